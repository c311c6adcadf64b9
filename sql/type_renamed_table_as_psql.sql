-- ALTER COLUMN TYPE of a table that the script renames or moves: the script leaves
-- what psql -1 leaves; rolled back from ready it leaves what was there.
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
    CREATE TABLE t (id serial PRIMARY KEY, b text, up int REFERENCES t, a int NOT NULL DEFAULT 3, CONSTRAINT t_a CHECK (a > -5));
    CREATE INDEX t_a_b ON t (a, lower(b)) WHERE a > 2;
    CREATE STATISTICS t_stats ON b, a FROM t;
    COMMENT ON INDEX t_a_b IS 'partial';
    CREATE TABLE kid (item int REFERENCES t ON DELETE CASCADE, n int GENERATED ALWAYS AS IDENTITY);
    CREATE TABLE "Odd ""t" ("Co l" int UNIQUE);
    CREATE TABLE bad (n int);
    INSERT INTO t (a, b, up) SELECT n, 'b' || n, n FROM generate_series(1, 20) n;
    INSERT INTO kid SELECT n FROM generate_series(1, 20) n;
    INSERT INTO "Odd ""t" SELECT n FROM generate_series(1, 20) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER a TYPE bigint'),
('ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER id TYPE bigint, ALTER up TYPE bigint; ALTER TABLE kid ALTER item TYPE bigint'),
('ALTER TABLE t RENAME TO u; DROP INDEX t_a_b; ALTER TABLE u DROP CONSTRAINT t_a, ALTER a TYPE text USING ''x'' || a; CREATE INDEX ON u (a)'),
('ALTER TABLE kid RENAME TO child; ALTER TABLE t ALTER id TYPE bigint; ALTER TABLE child ALTER n TYPE bigint'),
('ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t RENAME TO u; ALTER TABLE u ALTER id TYPE numeric'),
('ALTER TABLE t RENAME TO u; ALTER TABLE u ADD c int; UPDATE u SET c = a; ALTER TABLE u ALTER a TYPE bigint'),
('ALTER TABLE "Odd ""t" RENAME TO "Odder ""t"; ALTER TABLE "Odder ""t" ALTER "Co l" TYPE bigint');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

-- SET SCHEMA: indexes and sequences move along, and get their names there
CREATE SCHEMA plain_moved;
CREATE SCHEMA online_moved;
\o /dev/null
SELECT public.make('plain'), set_config('search_path', 'plain', false);
ALTER TABLE t SET SCHEMA plain_moved;
ALTER TABLE plain_moved.t ALTER id TYPE bigint, ALTER a TYPE numeric;
ALTER TABLE kid ALTER n TYPE bigint;
ALTER TABLE kid SET SCHEMA plain_moved;
ALTER TABLE plain_moved.kid ALTER item TYPE bigint;
SELECT public.make('online'), set_config('search_path', 'online', false);
\o
CALL gradual.run('moved', $$
ALTER TABLE t SET SCHEMA online_moved;
ALTER TABLE online_moved.t ALTER id TYPE bigint, ALTER a TYPE numeric;
ALTER TABLE kid ALTER n TYPE bigint;
ALTER TABLE kid SET SCHEMA online_moved;
ALTER TABLE online_moved.kid ALTER item TYPE bigint;
$$);
RESET search_path;
SELECT status, error FROM gradual.ledger WHERE name = 'moved';
-- (statistics do not move, and are shown with the name of their schema)
SELECT * FROM gradual_test.differences('plain_moved', 'online_moved') d WHERE d NOT LIKE '_ statistics %';
SELECT gradual_test.differences('plain', 'online');

DROP SCHEMA online, before, plain, online_moved, plain_moved CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
