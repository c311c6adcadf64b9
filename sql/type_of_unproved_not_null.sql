-- A column whose NOT NULL is NOT VALID, as there may be one from PostgreSQL 18 on, gets
-- no other type: the NOT NULL would go without a word.  Before 18 there is none.
SELECT current_setting('server_version_num')::int >= 180000 AS has_unproved \gset
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, NULL), (2, 2);
\if :has_unproved
ALTER TABLE t ADD CONSTRAINT a_nn NOT NULL a NOT VALID;
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
SELECT coalesce(refusal('ALTER TABLE t ALTER a TYPE bigint') ~ 'its NOT NULL is NOT VALID', false) = :'has_unproved'::bool AS as_it_should;

-- validated, it can
UPDATE t SET a = 1 WHERE a IS NULL;
\if :has_unproved
ALTER TABLE t VALIDATE CONSTRAINT a_nn;
\else
ALTER TABLE t ALTER a SET NOT NULL;
\endif
CALL gradual.run('t', 'ALTER TABLE t ALTER a TYPE bigint');
SELECT atttypid::regtype, attnotnull FROM pg_attribute WHERE attrelid = 't'::regclass AND attname = 'a';

DROP FUNCTION refusal;
DROP TABLE t;
