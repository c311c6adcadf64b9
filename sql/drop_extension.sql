-- DROP EXTENSION with a migration under way: refused while a sync trigger of it is
-- on a table; with CASCADE the triggers go along, and so does what they alone keep
-- right, so that no statement of the application fails afterwards.  Made anew it
-- knows nothing of what was.

CREATE TABLE account (id int PRIMARY KEY, email varchar(40) NOT NULL UNIQUE, age int NOT NULL, n text);
INSERT INTO account SELECT i, 'user' || i || '@x', i, i::text FROM generate_series(1, 20) i;

SELECT gradual.define('fill', $$
    ALTER TABLE account ADD COLUMN name text;
    UPDATE account SET name = split_part(email, '@', 1);
    ALTER TABLE account ALTER name SET NOT NULL;
$$);
SELECT gradual.start('fill');
CALL gradual.wait('fill');

DROP EXTENSION pg_gradual;

DROP EXTENSION pg_gradual CASCADE;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'account'::regclass AND NOT tgisinternal;
SELECT conname FROM pg_constraint WHERE conrelid = 'account'::regclass AND contype <> 'n' ORDER BY 1;
INSERT INTO account (id, email, age) VALUES (101, 'new@x', 1);
UPDATE account SET email = 'other@x' WHERE id = 1;
\d account

CREATE EXTENSION pg_gradual;
SELECT count(*) FROM gradual.ledger;
ALTER TABLE account DROP COLUMN IF EXISTS name;

-- renamed and retyped
SELECT gradual.define('shapes', $$
    ALTER TABLE account RENAME email TO mail;
    ALTER TABLE account ALTER id TYPE bigint;
    ALTER TABLE account ALTER age TYPE bigint;
    ALTER TABLE account ALTER n TYPE int USING n::int;
$$);
SELECT gradual.start('shapes');
CALL gradual.wait('shapes');
DROP EXTENSION pg_gradual CASCADE;
INSERT INTO account (id, email, age, n) VALUES (102, 'new2@x', 1, 'x');
INSERT INTO account (id, email, age, n) VALUES (103, 'new3@x', 1, 'x');
UPDATE account SET email = 'third@x', age = 7 WHERE id = 2;
UPDATE account SET id = 200 WHERE id = 3;
DELETE FROM account WHERE id = 4;
\d account
CREATE EXTENSION pg_gradual;

-- A constraint that is to stay does not go with it
SELECT gradual.define('stays', $$
    ALTER TABLE account ADD CONSTRAINT known CHECK (age >= 0);
    ALTER TABLE account ALTER age TYPE numeric;
$$);
SELECT gradual.start('stays', auto_complete => true);
CALL gradual.wait('stays');
DROP EXTENSION pg_gradual;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'account'::regclass AND contype = 'c';
CREATE EXTENSION pg_gradual;
