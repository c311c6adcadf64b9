-- A rollback brings a NOT NULL back under its name and with its comment, from PostgreSQL 18
-- on NOT VALID first, so that its rows are gone through while everybody reads and writes.
SELECT current_setting('server_version_num')::int >= 180000 AS has_named \gset
CREATE TABLE t (id int PRIMARY KEY, a int CONSTRAINT needed NOT NULL, b int CONSTRAINT other NOT NULL);
INSERT INTO t VALUES (1, 1, 1);
\if :has_named
COMMENT ON CONSTRAINT needed ON t IS 'why';
\endif
SELECT gradual.define('t', 'ALTER TABLE t ALTER a DROP NOT NULL, ALTER b DROP NOT NULL; ALTER TABLE t DROP COLUMN b');
SELECT gradual.start('t');
CALL gradual.wait('t');
-- by a command of its own, which takes a weak lock
SELECT NOT :'has_named' OR string_agg(command, '; ' ORDER BY n) ~ 'COMMIT; ALTER TABLE public.t VALIDATE CONSTRAINT needed; COMMIT' AS validates_or_older FROM gradual.migration_step, unnest(undo) WITH ORDINALITY u (command, n);
INSERT INTO t VALUES (2);
SELECT gradual.rollback('t');
UPDATE t SET a = 2, b = 2 WHERE id = 2;
SELECT gradual.rollback('t');
CALL gradual.wait('t');
SELECT attname FROM pg_attribute WHERE attrelid = 't'::regclass AND attnum > 0 AND attnotnull ORDER BY 1;
SELECT count(*) = CASE WHEN :'has_named' THEN 2 ELSE 0 END AS named, coalesce(bool_and(convalidated), true) AS valid,
       coalesce(string_agg(obj_description(oid, 'pg_constraint'), ''), 'why') AS comment
FROM pg_constraint WHERE conrelid = 't'::regclass AND conname IN ('needed', 'other');
DROP TABLE t;
