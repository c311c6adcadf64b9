-- DROP COLUMN comes after complete; until then both applications can write: the
-- old one that knows the column, the new one that leaves it out.  A rollback
-- before that leaves the schema and the rows that were there.
\set VERBOSITY terse
CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE orgs (id int PRIMARY KEY);
CREATE TABLE users (id int PRIMARY KEY, "Full Name" text NOT NULL, org int REFERENCES orgs,
    a int NOT NULL DEFAULT 1, b int, CONSTRAINT a_and_b UNIQUE (a, b), CHECK (b > 0));
CREATE INDEX by_name ON users (lower("Full Name")) WHERE id > 0;
CREATE INDEX by_both ON users ("Full Name", b);
COMMENT ON COLUMN users."Full Name" IS 'a comment';
INSERT INTO orgs VALUES (1);
INSERT INTO users SELECT g, 'n' || g, 1, g, g FROM generate_series(1, 100) g;
CREATE TABLE shape_before AS SELECT gradual_test.shape('app') AS line;
CREATE TABLE rows_before AS TABLE users;
CREATE VIEW differences AS
    (SELECT 'gone' AS what, line FROM shape_before WHERE line !~ 'shape_before|rows_before|differences'
     EXCEPT SELECT 'gone', s FROM gradual_test.shape('app') s)
    UNION ALL
    (SELECT 'new', s FROM gradual_test.shape('app') s WHERE s !~ 'shape_before|rows_before|differences'
     EXCEPT SELECT 'new', line FROM shape_before);

\x on
SELECT step, phase, action, sql, lock_mode, cost, reversible, note FROM gradual.explain('ALTER TABLE users DROP COLUMN "Full Name"');
SELECT step, phase, action, sql, lock_mode, cost, reversible, note FROM gradual.explain('ALTER TABLE users DROP COLUMN org, DROP COLUMN IF EXISTS nothing, DROP a');
\x off
-- The primary key cannot be left out before
SELECT step, phase, action, note FROM gradual.explain('ALTER TABLE users DROP id');

-- What is rejected
SELECT * FROM gradual.explain('ALTER TABLE users DROP COLUMN nothing');
SELECT * FROM gradual.explain('ALTER TABLE users DROP b; ALTER TABLE users DROP b');
SELECT * FROM gradual.explain('ALTER TABLE orgs DROP id');
\set VERBOSITY default
CREATE VIEW seen AS SELECT a FROM users;
SELECT * FROM gradual.explain('ALTER TABLE users DROP a');
DROP VIEW seen;

-- There and back
SELECT gradual.define('m', 'ALTER TABLE users ADD COLUMN nick text; UPDATE users SET nick = lower("Full Name"); ALTER TABLE users DROP "Full Name", DROP org');
SELECT gradual.start('m');
CALL gradual.wait('m');
INSERT INTO users (id, nick) VALUES (101, 'new');
INSERT INTO users (id, "Full Name", b) VALUES (102, 'OLD', 7);
SELECT id, "Full Name", nick FROM users WHERE id > 99 ORDER BY id;
DELETE FROM users WHERE id = 101;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE differences;
SELECT count(*) FROM users JOIN rows_before USING (id) WHERE users IS DISTINCT FROM rows_before;

SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, progress FROM gradual.ledger;
SELECT what, line FROM differences WHERE line !~ '_not_null on ' ORDER BY what, line;
SELECT count(*), min(nick), max(nick) FROM users;

SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
