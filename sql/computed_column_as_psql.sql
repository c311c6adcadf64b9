-- From PostgreSQL 18 on a generated column may be computed when it is read.  It is added
-- with its NOT NULL, and gets another expression, as psql -1 has it, and nobody waits for
-- a scan; rolled back from ready nothing is left.  Before 18 there is nothing to try.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 180000 AS has_computed \gset
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
\if :has_computed
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE k (id int PRIMARY KEY);
    CREATE TABLE t (id int PRIMARY KEY, f int REFERENCES k, a int, s int GENERATED ALWAYS AS (a + 1) STORED, v int GENERATED ALWAYS AS (a * 2) VIRTUAL);
    CREATE TABLE bad (n int);
    INSERT INTO t (id, a) SELECT n, n FROM generate_series(1, 5) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t ADD COLUMN y int GENERATED ALWAYS AS (id) VIRTUAL NOT NULL'),
('ALTER TABLE t ADD COLUMN y int CONSTRAINT named NOT NULL GENERATED ALWAYS AS (id) VIRTUAL CHECK (y > 0)'),
('ALTER TABLE t ADD COLUMN y int GENERATED ALWAYS AS (id) NOT NULL; ALTER TABLE t ALTER y DROP NOT NULL'),
('ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2)'),
('ALTER TABLE t ADD COLUMN z int; UPDATE t SET z = v; ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2)'),
('ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2); ALTER TABLE t ADD COLUMN z int; UPDATE t SET z = v'),
('ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2); ALTER TABLE t DROP COLUMN f'),
('ALTER TABLE t ALTER a SET NOT NULL; ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2)'),
('ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2); ALTER TABLE t ADD z int NOT NULL DEFAULT 1, ADD UNIQUE (a); ALTER TABLE t ALTER f TYPE bigint')
;
\endif
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT scripts = CASE WHEN :'has_computed' THEN 9 ELSE 0 END AS all_tried, completed = scripts AS completed, rolled_back = scripts AS rolled_back
FROM gradual_test.as_psql_counts();

-- what writes or reads all rows under lock is refused by its name
CREATE FUNCTION public.refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
    RETURN SQLERRM;
END
$$;
SELECT refusal !~ 'SET EXPRESSION' AS other_words FROM (VALUES
    ('ALTER TABLE t ALTER s SET EXPRESSION AS (a + 2)'),
    ('ALTER TABLE t ADD COLUMN y int GENERATED ALWAYS AS (id) NOT NULL; ALTER TABLE t ALTER y SET EXPRESSION AS (a)')) s (script),
    public.refusal(script)
WHERE :'has_computed' AND refusal !~ 'SET EXPRESSION';

-- and so is what would put a CHECK there before the expression is set, of which PostgreSQL then says no
SELECT s.script AS accepted FROM (VALUES
    ('SET NOT NULL', 'ALTER TABLE t ALTER a SET NOT NULL'), ('CHECK', 'ALTER TABLE t ADD CHECK (a > 0)'),
    ('type', 'ALTER TABLE t ALTER id TYPE bigint'), ('added', 'ALTER TABLE t ADD w int NOT NULL; UPDATE t SET w = 1'),
    ('key', 'ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (a)')) s (n, script),
    public.refusal('ALTER TABLE t ALTER v SET EXPRESSION AS (a + 2); ' || script)
WHERE :'has_computed' AND refusal !~ 'a CHECK after SET EXPRESSION';

RESET search_path;
DROP SCHEMA IF EXISTS online, before, plain CASCADE;
DROP FUNCTION IF EXISTS make(text), refusal(text);
DROP TABLE cases, findings;
