-- What others do to the table between ready and complete.  Maintenance, and columns
-- of their own, do no harm; what takes away what the migration needs makes complete
-- fail with words, nothing is half done, and once that is mended it goes on.

\set VERBOSITY terse

CREATE TABLE account (id int PRIMARY KEY, email text);
INSERT INTO account SELECT i, 'user' || i || '@x' FROM generate_series(1, 10) i;

CREATE PROCEDURE make_ready(migration text)
LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.define(migration, format($script$
        ALTER TABLE account ADD COLUMN %1$I text;
        UPDATE account SET %1$I = split_part(email, '@', 1) WHERE %1$I IS NULL;
        ALTER TABLE account ALTER %1$I SET NOT NULL;
        ALTER TABLE account RENAME email TO %2$I;
    $script$, migration, 'mail_' || migration));
    PERFORM gradual.start(migration);
END
$$;

-- What everybody may do
CALL make_ready('a');
CALL gradual.wait('a');
VACUUM FULL account;
CLUSTER account USING account_pkey;
ANALYZE account;
REINDEX TABLE account;
ALTER TABLE account ADD COLUMN other int DEFAULT 1;
ALTER TABLE account DROP COLUMN other;
ALTER TABLE account ADD CONSTRAINT positive CHECK (id > 0);
CREATE INDEX account_other ON account (email, id);
INSERT INTO account (id, email) VALUES (11, 'user11@x');
SELECT gradual.complete('a');
CALL gradual.wait('a');
SELECT count(*), count(*) FILTER (WHERE a = 'user' || id AND mail_a = a || '@x') AS right FROM account;
TRUNCATE account;
INSERT INTO account SELECT i, 'user' || i || '@x', 'a' FROM generate_series(1, 10) i;
DROP INDEX account_other;
ALTER TABLE account RENAME mail_a TO email;
ALTER TABLE account ALTER a DROP NOT NULL;

-- Emptied
CALL make_ready('b');
CALL gradual.wait('b');
TRUNCATE account;
INSERT INTO account (id, email) VALUES (1, 'user1@x');
SELECT gradual.complete('b');
CALL gradual.wait('b');
SELECT * FROM account;
ALTER TABLE account RENAME mail_b TO email;

-- Renamed, and moved to another schema
CALL make_ready('c');
CALL gradual.wait('c');
ALTER TABLE account RENAME TO person;
SELECT gradual.complete('c');
CALL gradual.wait('c');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'c';
INSERT INTO person (id, email, b) VALUES (2, 'user2@x', 'b');
ALTER TABLE person RENAME TO account;
CREATE SCHEMA elsewhere;
ALTER TABLE account SET SCHEMA elsewhere;
SELECT gradual.complete('c');
CALL gradual.wait('c');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'c';
ALTER TABLE elsewhere.account SET SCHEMA public;
SELECT gradual.complete('c');
CALL gradual.wait('c');
SELECT * FROM account ORDER BY id;
ALTER TABLE account RENAME mail_c TO email;
ALTER TABLE account ALTER b DROP NOT NULL, ALTER c DROP NOT NULL;

-- The column that is to be NOT NULL is renamed
CALL make_ready('d');
CALL gradual.wait('d');
ALTER TABLE account RENAME d TO other;
INSERT INTO account (id, email) VALUES (3, 'user3@x');
SELECT gradual.complete('d');
CALL gradual.wait('d');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'd';
ALTER TABLE account RENAME other TO d;
UPDATE account SET d = 'user3' WHERE id = 3;
SELECT gradual.complete('d');
CALL gradual.wait('d');
SELECT * FROM account ORDER BY id;
ALTER TABLE account RENAME mail_d TO email;
ALTER TABLE account ALTER d DROP NOT NULL;

-- The second column of the rename is dropped: the application that uses the old
-- name goes on
CALL make_ready('e');
CALL gradual.wait('e');
ALTER TABLE account DROP COLUMN mail_e;
INSERT INTO account (id, email) VALUES (4, 'user4@x');
UPDATE account SET email = 'other@x' WHERE id = 1;
SELECT gradual.complete('e');
CALL gradual.wait('e');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'e';
SELECT * FROM account ORDER BY id;
SELECT gradual.rollback('e', force => true) FROM gradual.ledger WHERE name = 'e' AND status <> 'completed';
CALL gradual.wait('e');

-- The table is dropped: there is nothing left to complete, and what is left can be given up
CALL make_ready('f');
CALL gradual.wait('f');
DROP TABLE account;
SELECT gradual.complete('f');
CALL gradual.wait('f');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'f';
SELECT gradual.rollback('f', force => true);
CALL gradual.wait('f');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'f';
-- .. with the sequence that its new column had until then
CREATE TABLE numbered (id int);
INSERT INTO numbered VALUES (1);
SELECT gradual.define('g', 'ALTER TABLE numbered ADD number serial');
SELECT gradual.start('g');
CALL gradual.wait('g');
DROP TABLE numbered;
SELECT gradual.rollback('g', force => true);
CALL gradual.wait('g');
SELECT status, error FROM gradual.ledger WHERE name = 'g';
SELECT relname FROM pg_class WHERE relname LIKE '\_gradual\_%';

DROP PROCEDURE make_ready;
DROP SCHEMA elsewhere;
