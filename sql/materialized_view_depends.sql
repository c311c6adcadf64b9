-- A materialized view that the script creates depends on the columns that it reads.

CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.explain('CREATE MATERIALIZED VIEW mv AS SELECT n, count(*) FROM t GROUP BY n; ALTER TABLE t DROP COLUMN n');
SELECT phase, action FROM gradual.explain('CREATE MATERIALIZED VIEW mv AS SELECT n, count(*) FROM t GROUP BY n; DROP MATERIALIZED VIEW mv; ALTER TABLE t DROP COLUMN n') ORDER BY step;

DROP TABLE t;
