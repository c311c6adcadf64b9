-- A rollback gives an object back the comment that it had, or none: schemas, rules,
-- policies, types, extensions and what else the plan says it can.  Of the others the
-- plan says that the new comment stays.
CREATE SCHEMA app;
CREATE TABLE t (id int PRIMARY KEY, n int);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE RULE r AS ON DELETE TO t WHERE old.id < 0 DO NOTHING;
CREATE POLICY p ON t USING (true);
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION f(int, text) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE COLLATION c FROM "C";
CREATE STATISTICS s ON id, n FROM t;
COMMENT ON SCHEMA app IS 'app''s';
COMMENT ON RULE r ON t IS 'rule';
COMMENT ON TYPE pair IS '\pair';
COMMENT ON CONSTRAINT t_pkey ON t IS 'key';
CREATE VIEW shown AS
    SELECT i.type, i.identity, d.description FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.objoid >= 'app'::regnamespace
    UNION ALL SELECT 'extension', extname, obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'pg_gradual_test';
CREATE TABLE before AS TABLE shown;
SELECT gradual.define('comments', $$
    COMMENT ON SCHEMA app IS NULL;
    COMMENT ON SCHEMA public IS 'everybody''s';
    COMMENT ON RULE r ON t IS NULL;
    COMMENT ON POLICY p ON public.t IS 'new';
    COMMENT ON TYPE pair IS 'new';
    COMMENT ON COLUMN t.id IS 'new';
    COMMENT ON FUNCTION f(int, text) IS 'new';
    COMMENT ON CONSTRAINT t_pkey ON t IS 'new';
    COMMENT ON EXTENSION pg_gradual_test IS 'new';
    COMMENT ON COLLATION c IS 'new';
    COMMENT ON STATISTICS s IS 'new';
    ALTER TABLE bad ALTER n SET NOT NULL;
$$);
SELECT statement, reversible, note FROM gradual.plan('comments') WHERE phase = 'expand' AND reversible <> 'yes';
SELECT obj_description('public'::regnamespace, 'pg_namespace') AS public \gset
SELECT gradual.start('comments');
CALL gradual.wait('comments');
SELECT * FROM shown ORDER BY 1, 2;
SELECT gradual.rollback('comments');
CALL gradual.wait('comments');
TABLE shown EXCEPT TABLE before ORDER BY 1, 2;
TABLE before EXCEPT TABLE shown ORDER BY 1, 2;
SELECT obj_description('public'::regnamespace, 'pg_namespace') IS NOT DISTINCT FROM :'public' AS as_before;
