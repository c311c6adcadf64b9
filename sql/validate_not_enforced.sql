-- VALIDATE CONSTRAINT of one that is NOT ENFORCED (PostgreSQL 18) is refused at define in
-- the words of psql.  Before 18 there is none.
SELECT current_setting('server_version_num')::int >= 180000 AS has_not_enforced \gset
CREATE TABLE r (id int PRIMARY KEY);
CREATE TABLE t (id int, r int);
INSERT INTO t VALUES (1, 1);
\if :has_not_enforced
ALTER TABLE t ADD CONSTRAINT key FOREIGN KEY (r) REFERENCES r NOT ENFORCED;
ALTER TABLE t ADD CONSTRAINT chk CHECK (id > 1) NOT ENFORCED;
\endif
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT script, by_define = by_psql AS same
FROM (VALUES ('ALTER TABLE t VALIDATE CONSTRAINT key'), ('ALTER TABLE t VALIDATE CONSTRAINT chk')) s (script),
     error_of(script) AS by_psql, error_of(format('SELECT gradual.explain(%L)', script)) AS by_define;
DROP FUNCTION error_of;
DROP TABLE t, r;
