-- A script that does the same in two schemas, where everything has the same names,
-- leaves in each what psql leaves; rolled back from ready, what was there.  What is
-- said of the one table does not keep that of the other for later.
\set ECHO none
\set QUIET on
\pset format unaligned
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (n int, kind text, line text);
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TYPE mood AS ENUM ('sad', 'ok');
    CREATE TABLE p (id int PRIMARY KEY);
    CREATE TABLE t (id serial PRIMARY KEY, x int NOT NULL, y int, m mood, p int REFERENCES p,
        CONSTRAINT t_x CHECK (x > 0), CONSTRAINT t_once UNIQUE (y, x), CONSTRAINT t_apart EXCLUDE (x WITH =));
    CREATE INDEX t_index ON t (y);
    CREATE STATISTICS t_stats ON x, y FROM t;
    EXECUTE format('COMMENT ON STATISTICS t_stats IS %L', right(schema, 1));
    INSERT INTO p SELECT generate_series(1, 10);
    INSERT INTO t (x, y, m, p) SELECT n, n % 7, 'ok', n FROM generate_series(1, 10) n;
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE %1$s.t ALTER id TYPE bigint; ALTER TABLE %1$s.t ALTER y TYPE bigint;'),
('ALTER TABLE %1$s.t ALTER y TYPE bigint; ALTER TABLE %1$s.t ALTER p TYPE bigint; ALTER TABLE %1$s.p ALTER id TYPE bigint;'),
('CREATE INDEX ON %1$s.t (y, m); ALTER TABLE %1$s.t ADD CHECK (y < 100); ALTER TABLE %1$s.t ADD UNIQUE (y, id); ALTER TABLE %1$s.t ALTER y TYPE bigint;'),
('ALTER TABLE %1$s.t RENAME y TO z; ALTER TABLE %1$s.t ALTER z TYPE bigint; ALTER TABLE %1$s.t RENAME TO u; CREATE INDEX ON %1$s.u (z, m);'),
('ALTER TYPE %1$s.mood RENAME TO mood_old; CREATE TYPE %1$s.mood AS ENUM (''ok'', ''new''); ALTER TABLE %1$s.t ALTER m TYPE %1$s.mood USING m::text::%1$s.mood; DROP TYPE %1$s.mood_old;'),
('CREATE TABLE %1$s.n (id int PRIMARY KEY, u text UNIQUE); ALTER TABLE %1$s.n ALTER id TYPE bigint; INSERT INTO %1$s.n SELECT id FROM %1$s.t;'),
('CREATE TABLE %1$s.n (LIKE %1$s.t) PARTITION BY LIST (id); ALTER TABLE %1$s.n ADD PRIMARY KEY (id); ALTER TABLE %1$s.n ATTACH PARTITION %1$s.t DEFAULT; ALTER TABLE %1$s.n ADD z int;'),
('SET LOCAL search_path = %1$s; ALTER TABLE t ADD c int; UPDATE t SET c = x; ALTER TABLE t ALTER c SET NOT NULL; ALTER TABLE t ALTER y TYPE bigint;');

CREATE TABLE bad AS SELECT NULL::int AS n;

-- For \gexec: the script through psql, as a migration up to ready and back, and to its end.
CREATE FUNCTION as_psql(n int, script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT unnest(ARRAY[
        'SELECT public.make(s) FROM unnest(''{plain_a,plain_b,online_a,online_b,before_a,before_b}''::text[]) s',
        'BEGIN', format(script, 'plain_a'), format(script, 'plain_b'), 'COMMIT', 'RESET search_path',
        -- what comes in prepare makes any script stop at ready
        format('SELECT gradual.define(%L, %L)', 'rollback ' || n, format(script, 'online_a') || format(script, 'online_b') || 'ALTER TABLE public.bad ALTER n SET NOT NULL'),
        format('SELECT gradual.start(%L)', 'rollback ' || n),
        format('CALL gradual.wait(%L)', 'rollback ' || n),
        format('SELECT gradual.rollback(%L)', 'rollback ' || n),
        format('CALL gradual.wait(%L)', 'rollback ' || n),
        format('INSERT INTO findings SELECT %s, ''rollback'', gradual_test.differences(''online_'' || s, ''before_'' || s) FROM unnest(''{a,b}''::text[]) s', n),
        format('CALL gradual.run(%L, %L)', 'case ' || n, format(script, 'online_a') || format(script, 'online_b')),
        format('INSERT INTO findings SELECT %s, status, error FROM gradual.ledger WHERE name = %L AND status <> ''completed''', n, 'case ' || n),
        format('INSERT INTO findings SELECT %s, ''run'', gradual_test.differences(''online_'' || s, ''plain_'' || s) FROM unnest(''{a,b}''::text[]) s', n)])
$body$;
\o /dev/null
SELECT as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

\o /dev/null
SELECT make('a'), make('b');
\o
RESET search_path;
SELECT phase, action FROM cases, gradual.explain(format(script, 'a') || format(script, 'b')) WHERE n = 3;
DROP SCHEMA plain_a, plain_b, online_a, online_b, before_a, before_b, a, b CASCADE;
