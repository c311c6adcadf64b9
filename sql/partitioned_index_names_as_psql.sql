-- The indexes of partitions get the names and comments that psql -1 gives them, also where others are
-- built beside them that are gone after complete, or take over the name of an older one.
-- Each script runs three times: up to ready and back, to its end, and plainly.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE p (id int PRIMARY KEY, a int, c int) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE "P 2" PARTITION OF p FOR VALUES FROM (10) TO (100);
    INSERT INTO p SELECT n, n, n FROM generate_series(1, 20) n;
    CREATE INDEX ON p (a);
    COMMENT ON INDEX p_a_idx IS 'of the whole';
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('CREATE INDEX ON p (a); ALTER TABLE p ALTER a TYPE bigint'),
('ALTER TABLE p ALTER a TYPE bigint; CREATE INDEX ON p (a)'),
('CREATE INDEX ON p (a, c); ALTER TABLE p ALTER a TYPE bigint; CREATE INDEX ON p (a, c)'),
('CREATE INDEX ON p (a); ALTER TABLE p RENAME a TO b'),
('ALTER TABLE p RENAME a TO b; CREATE INDEX ON p (b)'),
('ALTER TABLE p RENAME a TO b; CREATE INDEX ON p (b); CREATE INDEX ON p (b)'),
('DROP INDEX p_a_idx; CREATE INDEX ON p (a); ALTER TABLE p ALTER a TYPE bigint');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
