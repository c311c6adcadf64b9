-- The sequence of a serial column belongs to the role that the script has given the
-- table to.

CREATE ROLE regress_new_owner;
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.define('m', 'ALTER TABLE t OWNER TO regress_new_owner; ALTER TABLE t ADD COLUMN s serial');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('t', 't_s_seq') ORDER BY 1;

DROP TABLE t;
DROP ROLE regress_new_owner;
