-- Of a partitioned table SET ACCESS METHOD is about partitions to come: it runs as written
-- from PostgreSQL 17 on, and a rollback takes it back.  Before, it is refused as in psql.
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 170000 AS has_it \gset
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE p (id int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p DEFAULT;
INSERT INTO p VALUES (1);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION method() RETURNS text LANGUAGE sql AS $$
    SELECT (SELECT amname FROM pg_am a WHERE a.oid = c.relam) FROM pg_class c WHERE oid = 'p'::regclass
$$;
SELECT error_of($$SELECT gradual.define('p', 'ALTER TABLE p SET ACCESS METHOD heap2; ALTER TABLE bad ALTER n SET NOT NULL')$$) =
       CASE WHEN :'has_it' THEN 'none' ELSE '42809: cannot change access method of a partitioned table' END AS as_it_should;
\if :has_it
SELECT gradual.start('p') \g /dev/null
CALL gradual.wait('p');
\endif
SELECT method() IS NOT DISTINCT FROM CASE WHEN :'has_it' THEN 'heap2' END AS set;
\if :has_it
SELECT gradual.rollback('p') \g /dev/null
CALL gradual.wait('p');
\endif
SELECT method() IS NULL AS as_it_was;
\if :has_it
ALTER TABLE p SET ACCESS METHOD heap2;
SELECT gradual.define('p', 'ALTER TABLE p SET ACCESS METHOD DEFAULT; ALTER TABLE bad ALTER n SET NOT NULL') \g /dev/null
SELECT gradual.start('p') \g /dev/null
CALL gradual.wait('p');
SELECT gradual.rollback('p') \g /dev/null
CALL gradual.wait('p');
\endif
SELECT method() IS NOT DISTINCT FROM CASE WHEN :'has_it' THEN 'heap2' END AS as_it_was;
DROP TABLE p, bad;
DROP FUNCTION error_of, method;
DROP ACCESS METHOD heap2;
