-- Generated columns follow what is filled; one that is filled cannot be assigned.

CREATE TABLE t (id int PRIMARY KEY, a int, twice int GENERATED ALWAYS AS (a * 2) STORED);
INSERT INTO t SELECT g, g FROM generate_series(1, 200) g;
\set VERBOSITY terse
SELECT gradual.define('g', 'UPDATE t SET twice = 1');
\set VERBOSITY default
-- a fill that reads one, and a change of what it is generated from
CALL gradual.run('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = twice + 1; UPDATE t SET a = a + 1');
SELECT count(*) FILTER (WHERE b = id * 2 + 1 AND a = id + 1 AND twice = a * 2), count(*) FROM t;
-- the application writes what it is generated from
SELECT gradual.define('n', 'ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = twice');
SELECT gradual.start('n');
CALL gradual.wait('n');
INSERT INTO t (id, a) VALUES (201, 5);
UPDATE t SET a = 100 WHERE id = 1;
SELECT id, a, twice, c FROM t WHERE id IN (1, 2, 201) ORDER BY id;
SELECT gradual.complete('n');
CALL gradual.wait('n');
-- on an empty table, as written
CREATE TABLE e (a int);
CALL gradual.run('e', 'ALTER TABLE e ADD COLUMN b int GENERATED ALWAYS AS (a + 1) STORED');
\d e
