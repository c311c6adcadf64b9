-- A column whose NOT NULL is NOT VALID, as there may be one from PostgreSQL 18 on, keeps it
-- so with another type, and the comment on it.  Of a partitioned table it is refused:
-- the partitions may differ.  Before 18 there is none.
SELECT current_setting('server_version_num')::int >= 180000 AS has_unproved \gset
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL);
INSERT INTO t VALUES (1, 1), (2, 2);
CREATE TABLE p (id int, a int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p DEFAULT;
INSERT INTO p VALUES (1, 1);
\if :has_unproved
ALTER TABLE t ALTER a DROP NOT NULL, ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
COMMENT ON CONSTRAINT a_nn ON t IS 'why';
ALTER TABLE p ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
\endif

CREATE FUNCTION refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    PERFORM gradual.explain(script);
    RETURN NULL;
EXCEPTION WHEN feature_not_supported THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END
$$;
SELECT coalesce(refusal('ALTER TABLE p ALTER a TYPE bigint') ~ 'its NOT NULL is NOT VALID', false) = :'has_unproved'::bool AS as_it_should;

CALL gradual.run('t', 'ALTER TABLE t ALTER a TYPE bigint');
SELECT atttypid::regtype, attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a';
SELECT count(*) = 0 AS as_it_was FROM pg_constraint
WHERE conrelid = 't'::regclass AND conname = 'a_nn' AND (convalidated OR obj_description(oid, 'pg_constraint') <> 'why') IS NOT FALSE;

DROP FUNCTION refusal;
DROP TABLE t, p;
