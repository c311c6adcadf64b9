-- Somebody puts another table in the place of one that a migration works on.  The
-- migration neither goes on with the new one nor leaves its trigger on the old one:
-- it says which table it has begun with, and goes on, or back, once that has its
-- name again; or back alone, without that trigger.
\set VERBOSITY default

CREATE TABLE account (id int PRIMARY KEY, email text);
INSERT INTO account SELECT i, 'user' || i || '@x' FROM generate_series(1, 3) i;
SELECT gradual.define('names', $$
    ALTER TABLE account ADD COLUMN name text;
    UPDATE account SET name = split_part(email, '@', 1) WHERE name IS NULL;
$$);
SELECT gradual.start('names');
CALL gradual.wait('names');

BEGIN;
CREATE TABLE fresh (LIKE account INCLUDING ALL);
INSERT INTO fresh SELECT * FROM account;
ALTER TABLE account RENAME TO account_old;
ALTER TABLE fresh RENAME TO account;
COMMIT;
SELECT gradual.complete('names');
CALL gradual.wait('names');
SELECT gradual.rollback('names');
CALL gradual.wait('names');
SELECT gradual.rollback('names', force => true);
CALL gradual.wait('names');

-- its name back
ALTER TABLE account RENAME TO fresh;
ALTER TABLE account_old RENAME TO account;
SELECT gradual.rollback('names');
CALL gradual.wait('names');
\d account

-- without the trigger
SELECT gradual.start('names');
CALL gradual.wait('names');
ALTER TABLE account RENAME TO account_old;
ALTER TABLE fresh RENAME TO account;
SELECT gradual.rollback('names');
CALL gradual.wait('names');
SELECT tgname AS trigger FROM pg_trigger WHERE tgrelid = 'account_old'::regclass \gset
DROP TRIGGER :"trigger" ON account_old;
SELECT gradual.rollback('names');
CALL gradual.wait('names');
\d account

SELECT gradual.forget('names');
DROP TABLE account, account_old;
