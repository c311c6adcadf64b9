-- The rows of a table that was never analyzed are estimated by its size: a plan does
-- not say that there are none, and a rehearsal does not take it for a small table.
CREATE TABLE t (id int PRIMARY KEY, a int) WITH (autovacuum_enabled = off);
INSERT INTO t SELECT g, g FROM generate_series(1, 20000) g;
CREATE TABLE small (id int) WITH (autovacuum_enabled = off);
INSERT INTO small VALUES (1);

SELECT step, action, est_rows BETWEEN 10000 AND 40000 AS about_all
FROM gradual.explain('ALTER TABLE t ADD b int; UPDATE t SET b = a; CREATE INDEX ON t (b)');
SELECT action, est_rows < 1000 AS few FROM gradual.explain('UPDATE small SET id = 2');

SET gradual.allow_blocking = on;
SELECT gradual.define('merge', 'MERGE INTO t USING t AS u ON t.id = u.id + 1 WHEN MATCHED THEN UPDATE SET a = u.a');
SELECT result, finding FROM gradual.rehearse('merge');

SELECT gradual.forget('merge');
DROP TABLE t, small;
