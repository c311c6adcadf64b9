-- What copies a table's columns, or its rows as a whole, and has to wait for an earlier
-- statement, copies nothing that a later one changes: scripts leave what psql -1 leaves,
-- and nothing if they are rolled back from ready, or they are refused.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE t (id int PRIMARY KEY CONSTRAINT t_id CHECK (id > 0), a int NOT NULL DEFAULT 3, b text);
    CREATE TABLE bad (n int);
    INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 5) g;
    INSERT INTO bad VALUES (NULL);
    CREATE INDEX t_a ON t (a);
END
$body$;
CREATE TABLE starts (start text, n int);
INSERT INTO starts VALUES ('ALTER TABLE t RENAME b TO x; ', 1), ('CREATE INDEX t_b ON t (b); ', 2), ('ALTER TABLE t ADD c int; UPDATE t SET c = a; ', 3);
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script)
SELECT start || rest FROM starts, (VALUES
('CREATE TABLE copy (LIKE t INCLUDING ALL); CREATE INDEX t_aa ON t (a); ALTER TABLE t ALTER a SET DEFAULT 5, ADD CHECK (a > 0), ALTER a DROP NOT NULL', ARRAY[1, 2]),
('CREATE TABLE copy (LIKE t INCLUDING ALL); ALTER TABLE t ADD UNIQUE (a); DROP INDEX t_a; CREATE STATISTICS s ON id, a FROM t; COMMENT ON COLUMN t.a IS $$late$$', ARRAY[1, 2]),
('CREATE TABLE copy (LIKE t); ALTER TABLE t ALTER a SET DEFAULT 5; ALTER TABLE t ALTER a DROP NOT NULL', ARRAY[1]),
('CREATE TABLE copy (LIKE t INCLUDING ALL); ALTER TABLE t RENAME CONSTRAINT t_id TO t_no', ARRAY[1, 2]),
('CREATE VIEW copy AS SELECT * FROM t; ALTER TABLE t ADD z int', ARRAY[1]),
('CREATE TABLE copy AS SELECT * FROM t; ALTER TABLE t ADD z int', ARRAY[1, 3]),
('CREATE TABLE copy (id int PRIMARY KEY, j text); INSERT INTO copy SELECT id, to_json(t)::text FROM t', ARRAY[1]),
('CREATE MATERIALIZED VIEW copy AS SELECT count(*) FROM t; ALTER TABLE t ADD z int; ALTER TABLE t ALTER a TYPE bigint', ARRAY[3])) x (rest, after)
WHERE n = ANY (after);
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

CREATE FUNCTION public.refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
    RETURN SQLERRM;
END
$$;
\o /dev/null
SELECT public.make('online');
\o
-- interim columns would be copied
SELECT start, rest, public.refusal(start || rest) FROM public.starts, (VALUES
('CREATE TABLE copy (LIKE t); ALTER TABLE t RENAME a TO z', ARRAY[1, 2]),
('CREATE TABLE copy (LIKE t); ALTER TABLE t ALTER a TYPE bigint', ARRAY[2]),
('CREATE TABLE copy (LIKE t); ALTER TABLE t ADD z int', ARRAY[2]),
('CREATE VIEW copy AS SELECT * FROM t; ALTER TABLE t RENAME a TO z', ARRAY[1]),
('CREATE TABLE copy AS SELECT t FROM t; ALTER TABLE t RENAME a TO z', ARRAY[1, 3]),
('SELECT * INTO copy FROM t; ALTER TABLE t ALTER a TYPE bigint', ARRAY[3])) x (rest, after)
WHERE n = ANY (after) ORDER BY rest, n;
-- .. by changes of rows, too, which come after all new columns; not into the target, nor where no column is asked for
SELECT rest, public.refusal(rest) FROM (VALUES
('INSERT INTO bad SELECT length(to_json(t)::text) FROM t; ALTER TABLE t RENAME a TO z'),
('INSERT INTO bad SELECT length(to_json(t.*)::text) FROM t; ALTER TABLE t ALTER a TYPE text'),
('UPDATE bad SET n = 1 WHERE n IN (SELECT length(x::text) FROM t AS x); ALTER TABLE t ALTER a TYPE text'),
('UPDATE t SET b = to_json(t)::text; ALTER TABLE t RENAME a TO z'),
('INSERT INTO t SELECT *, 2 FROM bad WHERE n > 0; ALTER TABLE t RENAME a TO z'),
('DELETE FROM t WHERE EXISTS (SELECT * FROM bad WHERE n = a); ALTER TABLE bad ALTER n TYPE text')) x (rest);
-- what is not copied does not wait
SELECT phase, action FROM gradual.explain('ALTER TABLE t RENAME b TO x; CREATE TABLE copy (LIKE t); ALTER TABLE t ADD CONSTRAINT t_a CHECK (a > 0)')
WHERE action ~ 'constraint|create';

RESET search_path;
DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text), refusal(text);
DROP TABLE starts, cases, findings;
