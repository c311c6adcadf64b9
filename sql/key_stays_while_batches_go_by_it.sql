-- A key that the script drops, before or after a change of rows that goes by it, is
-- there as long as that does; a change that would come after it is refused.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on
SET client_min_messages = warning;
SET gradual.direct_pages = 0;
SET check_function_bodies = off;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE t (a int, b int, c int NOT NULL, PRIMARY KEY (a, b));
    CREATE TABLE u (a int NOT NULL, n text);
    CREATE UNIQUE INDEX u_a ON u (a);
    CREATE TABLE w (id int PRIMARY KEY, n text);
    INSERT INTO t SELECT i, i, i FROM generate_series(1, 500) i;
    INSERT INTO u SELECT i FROM generate_series(1, 20) i;
    INSERT INTO w SELECT i, 'n' || i FROM generate_series(1, 20) i;
END
$$;
CREATE FUNCTION state() RETURNS SETOF text LANGUAGE sql AS $$
    SELECT md5((SELECT jsonb_agg(to_jsonb(t) - 'id' ORDER BY a, b, c) FROM t)::text || (SELECT jsonb_agg(u ORDER BY a) FROM u)::text)
    UNION ALL SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid IN ('t'::regclass, 'u'::regclass) ORDER BY 1
$$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO cases (script) VALUES
('ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD id serial PRIMARY KEY; ALTER TABLE t ADD n text; UPDATE t SET n = w.n FROM w WHERE t.a = w.id'),
('ALTER TABLE t DROP CONSTRAINT t_pkey, ADD id serial PRIMARY KEY; ALTER TABLE t ADD n text; UPDATE t SET n = w.n FROM w WHERE t.a = w.id'),
('ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD n text; UPDATE t SET n = w.n FROM w WHERE t.a = w.id'),
('ALTER TABLE t ADD n text; UPDATE t SET n = w.n FROM w WHERE t.a = w.id; ALTER TABLE t DROP CONSTRAINT t_pkey'),
('ALTER TABLE t DROP CONSTRAINT t_pkey; UPDATE t SET c = c + 1; UPDATE t SET c = c * 2'),
('DROP INDEX u_a; UPDATE u SET n = w.n FROM w WHERE u.a = w.id'),
('ALTER TABLE u ADD m text; UPDATE u SET m = w.n FROM w WHERE u.a = w.id; DROP INDEX u_a'),
('CREATE TABLE x (a int, b int, PRIMARY KEY (a, b)); ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO x SELECT a, b FROM t'),
-- too late for it
('ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ALTER c TYPE bigint; UPDATE t SET c = c + 1'),
('ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (1, 1, 1); UPDATE t SET c = c + 1'),
-- there is another one by then
('ALTER TABLE t DROP CONSTRAINT t_pkey; INSERT INTO t VALUES (1, 1, 0); ALTER TABLE t ADD PRIMARY KEY (c); ALTER TABLE t ADD n text; UPDATE t SET n = w.n FROM w WHERE t.a = w.id');
CREATE PROCEDURE twice(number int, script text) LANGUAGE plpgsql AS $$
DECLARE
    expected text[];
BEGIN
    PERFORM public.make('plain');
    EXECUTE script;
    expected := ARRAY(SELECT public.state());
    PERFORM public.make('online');
    COMMIT;
    CALL gradual.run('case ' || number, script);
    IF expected <> ARRAY(SELECT public.state()) THEN
        RAISE WARNING 'case %: % instead of %', number, ARRAY(SELECT public.state()), expected;
    END IF;
END
$$;
SELECT make('online') \g /dev/null
SELECT format('SELECT %L', script), format('SELECT ''    '' || phase, action, target FROM gradual.explain(%L)', script) FROM public.cases ORDER BY n \gexec
SELECT format('CALL public.twice(%s, %L)', n, script) FROM public.cases WHERE n NOT IN (9, 10) ORDER BY n \gexec
SELECT name, status, error FROM gradual.ledger ORDER BY name;
DROP SCHEMA online, plain CASCADE;
RESET search_path;
DROP TABLE cases;
DROP PROCEDURE twice;
DROP FUNCTION make, state;
