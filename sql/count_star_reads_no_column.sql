-- count(*) and products read no columns that are not named: what has them need not
-- wait for a column that changes late; what reads '*' waits.
\pset format unaligned
CREATE TABLE t (id int PRIMARY KEY, a int, b int, c int);
CREATE TABLE totals (n bigint PRIMARY KEY, m bigint);
INSERT INTO t SELECT g, g, g, g FROM generate_series(1, 3) g;
SELECT gradual.define('counts', $$
    ALTER TABLE t ALTER a TYPE bigint;
    ALTER TABLE t DROP COLUMN b;
    CREATE VIEW amount AS SELECT count(*) AS n FROM t;
    CREATE FUNCTION amount() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM t';
    INSERT INTO totals SELECT count(*), sum(id * 2) FROM t;
    CREATE VIEW whole AS SELECT * FROM t;
    CREATE FUNCTION whole() RETURNS SETOF t LANGUAGE sql AS 'SELECT * FROM t'
$$);
SELECT phase, statement, action FROM gradual.plan('counts') WHERE statement > 2;
CALL gradual.run('counts');
SELECT * FROM totals;
SELECT * FROM whole ORDER BY id;
DROP FUNCTION amount(), whole();
DROP VIEW amount, whole;
DROP TABLE t, totals;
SELECT gradual.forget('counts');
