-- A foreign key or CHECK stays what it is under the name that the script gives it, and a
-- constraint that gets the name of a dropped one is another: scripts that go on with them
-- leave what psql -1 leaves, and rolled back from ready what was there.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 180000 AS has_virtual \gset
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE k (id int PRIMARY KEY, x int UNIQUE);
    CREATE TABLE t (id int PRIMARY KEY, k int CONSTRAINT t_k REFERENCES k, n int, c int);
    CREATE TABLE bad (n int);
    INSERT INTO k SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO t SELECT g, g, g, g FROM generate_series(1, 5) g;
    INSERT INTO bad VALUES (NULL);
    ALTER TABLE t ADD CONSTRAINT t_n FOREIGN KEY (n) REFERENCES k NOT VALID, ADD CONSTRAINT t_c CHECK (c > 0) NOT VALID;
    IF current_setting('server_version_num')::int >= 180000 THEN
        EXECUTE 'ALTER TABLE t ADD COLUMN v int GENERATED ALWAYS AS (k * 2)';
        ALTER TABLE t DROP CONSTRAINT t_c;
    END IF;
END
$body$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME CONSTRAINT t_k TO k; ALTER TABLE t ALTER CONSTRAINT k DEFERRABLE'),
('ALTER TABLE t RENAME CONSTRAINT t_n TO of_n; ALTER TABLE t VALIDATE CONSTRAINT of_n'),
('ALTER TABLE t RENAME CONSTRAINT t_k TO x; ALTER TABLE t RENAME CONSTRAINT t_n TO t_k; ALTER TABLE t RENAME CONSTRAINT x TO t_n; ALTER TABLE t VALIDATE CONSTRAINT t_k'),
('ALTER TABLE t RENAME CONSTRAINT t_k TO old; ALTER TABLE t ADD CONSTRAINT t_k FOREIGN KEY (k) REFERENCES k ON DELETE CASCADE; ALTER TABLE t DROP CONSTRAINT old'),
('ALTER TABLE t RENAME CONSTRAINT t_n TO of_n; ALTER TABLE k ALTER id TYPE bigint; ALTER TABLE t ALTER n TYPE bigint'),
('ALTER TABLE t RENAME CONSTRAINT t_n TO of_n; ALTER TABLE t ALTER n TYPE bigint; ALTER TABLE t RENAME CONSTRAINT of_n TO t_n'),
('ALTER TABLE t ALTER n TYPE bigint; ALTER TABLE t RENAME CONSTRAINT t_n TO of_n'),
('ALTER TABLE t ALTER n TYPE bigint; ALTER TABLE t RENAME CONSTRAINT t_n TO of_n; ALTER TABLE t DROP CONSTRAINT of_n'),
('ALTER TABLE t DROP CONSTRAINT t_n; ALTER TABLE t ADD CONSTRAINT t_n CHECK (n > 0); ALTER TABLE t ALTER n TYPE bigint'),
('ALTER TABLE t RENAME CONSTRAINT t_k TO k; ALTER TABLE t DROP CONSTRAINT k, DROP CONSTRAINT t_n; ALTER TABLE k DROP CONSTRAINT k_pkey; ALTER TABLE k ADD PRIMARY KEY (x)');
\if :has_virtual
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME CONSTRAINT t_k TO k; ALTER TABLE t ALTER v SET EXPRESSION AS (k * 3)');
\else
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME CONSTRAINT t_c TO c; ALTER TABLE t ALTER c TYPE bigint');
\endif
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors; but what was validated stays so
SELECT * FROM public.findings WHERE NOT (kind = 'rollback' AND script LIKE '%VALIDATE%' AND line LIKE '%constraint t_n %') ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

\o /dev/null
SELECT public.make('online');
\o
-- what hangs on it does so under its new name
CREATE FUNCTION public.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE statement;
    RETURN 'none';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
SELECT public.error_of(format('SELECT gradual.explain(%L)', s)) FROM (VALUES
    ('ALTER TABLE t RENAME CONSTRAINT t_k TO k; ALTER TABLE t DROP CONSTRAINT t_n; DROP TABLE k'),
    ('ALTER TABLE t RENAME CONSTRAINT t_k TO k; ALTER TABLE t DROP CONSTRAINT t_n; ALTER TABLE k DROP CONSTRAINT k_pkey')) x (s);

RESET search_path;
DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text), error_of(text);
DROP TABLE cases, findings;
