-- Names that tables have in common, in joins and without their table: a statement means
-- by them what it means where it stands in the script, whatever columns come, go or change
-- later on.  Scripts leave what psql -1 leaves.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL DEFAULT 3, b text);
    CREATE TABLE u (id int PRIMARY KEY, x int, y text);
    CREATE TABLE w (n int);
    INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 5) g;
    INSERT INTO u SELECT g, g + 1, 'y' || g FROM generate_series(1, 5) g;
    INSERT INTO w VALUES (1);
END
$body$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
CREATE FUNCTION run_as_psql(n int, script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT unnest(ARRAY[
        'SELECT public.make(''plain''), public.make(''online'')',
        'SET search_path = plain', 'BEGIN', script, 'COMMIT',
        'SET search_path = online',
        format('CALL gradual.run(%L, %L)', 'case ' || n, script),
        format('INSERT INTO public.findings SELECT %L, status, error FROM gradual.ledger WHERE name = %L AND status <> ''completed''', script, 'case ' || n),
        format('SELECT gradual.rollback(%L, force => true) FROM gradual.ledger WHERE name = %1$L AND status <> ''completed''', 'case ' || n),
        format('INSERT INTO public.findings SELECT %L, ''run'', gradual_test.differences(''online'', ''plain'')', script)])
$$;
INSERT INTO cases (script) VALUES
-- columns that come later
('ALTER TABLE t ADD c int; UPDATE t SET c = a; CREATE TABLE copy AS SELECT a, y FROM t NATURAL JOIN u; ALTER TABLE t ADD x int'),
('ALTER TABLE t ADD c int; UPDATE t SET c = a; CREATE TABLE copy AS SELECT a, y, count(*) FROM t JOIN u USING (id) GROUP BY a, y; ALTER TABLE t ADD y int'),
('ALTER TABLE t ADD c int; UPDATE t SET c = a; CREATE TABLE copy AS SELECT t.a FROM w JOIN t ON true JOIN u USING (id); ALTER TABLE w ADD id int'),
('UPDATE u SET y = y || ''!'' WHERE x IN (SELECT x FROM t WHERE t.a > 2); ALTER TABLE t ADD x int DEFAULT 7'),
('DELETE FROM u WHERE id IN (SELECT id FROM t WHERE a = x); ALTER TABLE t ADD x int DEFAULT 3'),
('UPDATE u SET y = b FROM t WHERE t.a = x; ALTER TABLE t ADD x int, ADD y text'),
('CREATE TABLE copy (id int PRIMARY KEY, n int); INSERT INTO copy SELECT t.id, x FROM t JOIN u USING (id); ALTER TABLE t ADD x int DEFAULT 9'),
('CREATE TABLE copy (id int PRIMARY KEY, n int); INSERT INTO copy SELECT t.id, x FROM t NATURAL JOIN u; ALTER TABLE t ADD x int DEFAULT 9'),
-- new names
('ALTER TABLE t ADD c int; UPDATE t SET c = a; CREATE TABLE copy AS SELECT y FROM t JOIN u ON t.id = u.id; ALTER TABLE t RENAME b TO y'),
('UPDATE u SET y = b FROM t WHERE t.a = x; ALTER TABLE t RENAME a TO x'),
('DELETE FROM u WHERE id IN (SELECT t.id FROM t WHERE a = x + 1); ALTER TABLE t RENAME b TO x'),
('ALTER TABLE t RENAME a TO id2; ALTER TABLE u RENAME id TO id2; CREATE TABLE copy AS SELECT t.id, y FROM t NATURAL JOIN u'),
('ALTER TABLE t RENAME a TO id2; ALTER TABLE u RENAME id TO id2; CREATE VIEW v AS SELECT t.id, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
('ALTER TABLE u RENAME id TO key; CREATE TABLE copy AS SELECT t.id, y FROM t NATURAL JOIN u'),
('ALTER TABLE u RENAME x TO a; CREATE VIEW v AS SELECT t.b, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
-- types
('ALTER TABLE t ALTER id TYPE text; ALTER TABLE u ALTER id TYPE text; CREATE VIEW v AS SELECT a, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
('ALTER TABLE t ALTER id TYPE bigint USING id + 1; CREATE VIEW v AS SELECT a, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
('ALTER TABLE t ALTER id TYPE bigint USING id + 1; CREATE VIEW v AS SELECT a, y FROM t JOIN u USING (id); CREATE TABLE copy AS SELECT a, y FROM t JOIN u USING (id)'),
('ALTER TABLE t ADD c int; UPDATE t SET c = a; CREATE TABLE copy AS SELECT a, y FROM t NATURAL JOIN u; ALTER TABLE u DROP COLUMN x'),
('ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD x int DEFAULT 2; CREATE VIEW v AS SELECT a, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
-- columns that went
('ALTER TABLE u RENAME x TO a; ALTER TABLE u DROP COLUMN a; CREATE VIEW v AS SELECT a, y FROM t NATURAL JOIN u; CREATE TABLE copy AS TABLE v'),
('ALTER TABLE u DROP COLUMN id; ALTER TABLE u ADD b text DEFAULT ''b2''; CREATE TABLE copy AS SELECT a, y FROM t NATURAL JOIN u'),
('ALTER TABLE u DROP COLUMN x; ALTER TABLE t ADD x int DEFAULT 5; UPDATE t SET b = (SELECT x FROM u WHERE u.id = t.id)');
\set VERBOSITY terse
\o /dev/null
SELECT run_as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT count(*) AS scripts, (SELECT count(*) FROM gradual.ledger WHERE name LIKE 'case %' AND status = 'completed') AS completed FROM public.cases;

RESET search_path;
DROP SCHEMA online, plain CASCADE;
DROP FUNCTION make(text), run_as_psql(int, text);
DROP TABLE cases, findings;
