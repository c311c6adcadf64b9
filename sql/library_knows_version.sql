-- A library that does not know the version of the extension's SQL refuses to act, with
-- a hint, in the session and in a worker; applications and views go on.
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 5) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a * 2; CREATE TABLE copy (id int PRIMARY KEY, a int); INSERT INTO copy SELECT id, a FROM t');
SELECT gradual.start('m');
CALL gradual.wait('m');
CREATE TABLE u (id int PRIMARY KEY, a int);
INSERT INTO u SELECT g, g FROM generate_series(1, 5) g;
SELECT gradual.define('worker', 'UPDATE u SET a = a + 1');
BEGIN;
SELECT gradual.start('worker');
-- what ALTER EXTENSION UPDATE does to an installed library
UPDATE pg_extension SET extversion = '9.9' WHERE extname = 'pg_gradual';
COMMIT;

SELECT gradual.define('new', 'CREATE TABLE n ()');
\set VERBOSITY terse
SELECT gradual.explain('CREATE TABLE n ()');
SELECT gradual.start('m');
SELECT gradual.complete('m');
SELECT gradual.run_batch('m');
SELECT gradual.has_run('m');
CALL gradual.wait('m');
CALL gradual.run('m');
SELECT name, status FROM gradual.ledger WHERE name = 'm';
INSERT INTO t VALUES (6, 6);
UPDATE t SET a = 50 WHERE id = 5;
SELECT * FROM t WHERE id > 4 ORDER BY id;
SELECT * FROM copy WHERE id > 4 ORDER BY id;

UPDATE pg_extension SET extversion = '1.0' WHERE extname = 'pg_gradual';
CALL gradual.wait('worker');
SELECT count(*), sum(a) FROM u;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT name, status FROM gradual.ledger ORDER BY name;
SELECT gradual.forget(name) FROM gradual.ledger;
DROP TABLE t, u, copy;
