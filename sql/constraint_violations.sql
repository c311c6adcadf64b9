-- Rows that a new constraint does not allow make the migration fail, with their
-- number and some of their keys; when they are repaired, start() goes on.

CREATE TABLE orgs (id int PRIMARY KEY, region text, n int, UNIQUE (region, n));
CREATE TABLE users (id int PRIMARY KEY, age int, email text, org int, region text, n int);
CREATE TABLE notes (text text, at int);
INSERT INTO orgs SELECT i, 'r', i FROM generate_series(1, 10) i;
INSERT INTO users SELECT i, i - 3, 'user' || i / 2, i, CASE WHEN i > 2 THEN 'r' END, i FROM generate_series(1, 20) i;
INSERT INTO notes VALUES ('a', 1), ('a', 1), (NULL, 2), (NULL, 2), ('b', 3);

CREATE FUNCTION failure(migration text) RETURNS text LANGUAGE sql AS
    $$ SELECT format('%s in %s: %s', status, phase, regexp_replace(error, '_gradual_(ix|nn)_\d+_', '_gradual_\1_N_', 'g')) FROM gradual.ledger WHERE name = migration $$;
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse

-- CHECK
CALL gradual.run('check', 'ALTER TABLE users ADD CHECK (age > 0)');
SELECT failure('check');
-- new rows are refused already, and the application is told so
UPDATE users SET age = -1 WHERE id = 9;
UPDATE users SET age = 18 WHERE age <= 0;
CALL gradual.run('check');
SELECT failure('check');

-- FOREIGN KEY: more rows than are named
CALL gradual.run('foreign key', 'ALTER TABLE users ADD FOREIGN KEY (org) REFERENCES orgs');
SELECT failure('foreign key');
UPDATE users SET org = NULL WHERE org > 10;
CALL gradual.run('foreign key');
SELECT failure('foreign key');

-- of two columns, with and without MATCH FULL
CALL gradual.run('simple', 'ALTER TABLE users ADD CONSTRAINT simple FOREIGN KEY (region, n) REFERENCES orgs (region, n)');
SELECT failure('simple');
UPDATE users SET n = 1 WHERE n > 10;
CALL gradual.run('simple');
SELECT failure('simple');
CALL gradual.run('full', 'ALTER TABLE users ADD CONSTRAINT "full" FOREIGN KEY (region, n) REFERENCES orgs (region, n) MATCH FULL');
SELECT failure('full');
SELECT gradual.rollback('full');
CALL gradual.wait('full');

-- UNIQUE
CALL gradual.run('unique', 'ALTER TABLE users ADD UNIQUE (email)');
SELECT failure('unique');
UPDATE users SET email = email || '.' || id WHERE id % 2 = 1;
CALL gradual.run('unique');
SELECT failure('unique');

-- without a key rows are named by their address; NULLs may be the same, or not
CALL gradual.run('notes', 'ALTER TABLE notes ADD UNIQUE (text, at)');
SELECT failure('notes');
DELETE FROM notes WHERE ctid = '(0,2)';
CALL gradual.run('notes');
CALL gradual.run('nulls', 'ALTER TABLE notes ADD UNIQUE NULLS NOT DISTINCT (text, at)');
SELECT failure('nulls');
SELECT gradual.rollback('nulls');
CALL gradual.wait('nulls');

-- PRIMARY KEY: a NULL fails after complete, and leads back to ready
CALL gradual.run('key', 'ALTER TABLE notes ADD PRIMARY KEY (text)');
SELECT failure('key');
UPDATE notes SET text = at || 'c' WHERE ctid = '(0,3)';
DELETE FROM notes WHERE text IS NULL AND at = 2 AND ctid <> '(0,3)';
CALL gradual.run('key');
SELECT failure('key');

-- CREATE UNIQUE INDEX: expressions and a predicate
INSERT INTO notes VALUES ('A', 7), ('B', 8);
CALL gradual.run('index', 'CREATE UNIQUE INDEX lower_text ON notes (lower(text)) WHERE at < 8');
SELECT failure('index');
DELETE FROM notes WHERE text = 'A';
CALL gradual.run('index');
SELECT failure('index');

-- VALIDATE of a constraint that was there
ALTER TABLE users ADD CONSTRAINT adult CHECK (age > 17) NOT VALID;
ALTER TABLE users ADD CONSTRAINT org_n FOREIGN KEY (id) REFERENCES orgs NOT VALID;
CALL gradual.run('adult', 'ALTER TABLE users VALIDATE CONSTRAINT adult');
SELECT failure('adult');
SELECT gradual.rollback('adult');
CALL gradual.wait('adult');
CALL gradual.run('org_n', 'ALTER TABLE users VALIDATE CONSTRAINT org_n');
SELECT failure('org_n');
SELECT gradual.rollback('org_n');
CALL gradual.wait('org_n');

DROP FUNCTION failure(text);
DROP TABLE users, orgs, notes;
