-- An index that becomes a constraint's takes the constraint's name, and another one may get
-- its own after that: so it leaves what psql -1 leaves, and rolled back what was there.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE bare (id int PRIMARY KEY, a int);
    CREATE TABLE t (id int PRIMARY KEY, a int);
    CREATE TABLE bad (n int);
    INSERT INTO t SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO bad VALUES (NULL);
END
$body$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script)
SELECT format(script, name)
FROM unnest('{bare,t}'::text[]) name, unnest(ARRAY[
    'ALTER TABLE %1$s RENAME a TO b; CREATE UNIQUE INDEX u ON %1$s (b); ALTER TABLE %1$s ADD CONSTRAINT uc UNIQUE USING INDEX u; CREATE INDEX IF NOT EXISTS u ON %1$s (b)',
    'ALTER TABLE %1$s RENAME a TO b; CREATE UNIQUE INDEX u ON %1$s (b); ALTER TABLE %1$s ADD UNIQUE USING INDEX u; CREATE INDEX IF NOT EXISTS u ON %1$s (b)',
    'CREATE UNIQUE INDEX u ON %1$s (a); ALTER TABLE %1$s ADD CONSTRAINT uc UNIQUE USING INDEX u; ALTER TABLE %1$s RENAME a TO b; CREATE UNIQUE INDEX u ON %1$s (b, id)'
]) script;
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

RESET search_path;
DROP SCHEMA online, plain, before CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
