-- The new application may leave out a column that is dropped after complete from ready on,
-- also if its NOT NULL is NOT VALID, as there may be one from PostgreSQL 18 on; a rollback
-- leaves that as it was.
SELECT current_setting('server_version_num')::int >= 180000 AS has_unproved \gset
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, NULL), (2, 2);
\if :has_unproved
ALTER TABLE t ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
\endif
SELECT gradual.define('t', 'ALTER TABLE t DROP COLUMN a');
SELECT gradual.start('t');
CALL gradual.wait('t');
INSERT INTO t (id) VALUES (3);
SELECT gradual.rollback('t');
CALL gradual.wait('t');
SELECT * FROM t ORDER BY id;
SELECT array_agg(conname || CASE WHEN convalidated THEN '' ELSE ' not valid' END) IS NOT DISTINCT FROM
       CASE WHEN :'has_unproved' THEN ARRAY['a_nn not valid'] END AS as_it_was
FROM pg_constraint WHERE conrelid = 't'::regclass AND conname LIKE 'a%';

CALL gradual.run('t', 'ALTER TABLE t DROP COLUMN a');
SELECT * FROM t ORDER BY id;
DROP TABLE t;
