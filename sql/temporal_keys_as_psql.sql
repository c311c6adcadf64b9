-- Keys WITHOUT OVERLAPS and foreign keys with PERIOD (PostgreSQL 18): scripts about their
-- tables leave what psql -1 leaves; a key is added under lock, or refused, since its index
-- cannot be built concurrently.  Before 18 there is nothing to try.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
SELECT current_setting('server_version_num')::int >= 180000 AS has_temporal \gset
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
\if :has_temporal
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE rooms (room int4range, at daterange, price int, note text, PRIMARY KEY (room, at WITHOUT OVERLAPS));
    CREATE TABLE stays (id int PRIMARY KEY, room int4range, at daterange,
        CONSTRAINT stay FOREIGN KEY (room, PERIOD at) REFERENCES rooms (room, PERIOD at));
    CREATE TABLE bare (room int4range, at daterange);
    CREATE TABLE bad (n int);
    INSERT INTO rooms SELECT int4range(n, n + 1), '[2020-01-01,2021-01-01)', n, 'n' || n FROM generate_series(1, 5) n;
    INSERT INTO stays SELECT n, int4range(n, n + 1), '[2020-02-01,2020-03-01)' FROM generate_series(1, 5) n;
    INSERT INTO bare SELECT room, at FROM rooms;
    INSERT INTO bad VALUES (NULL);
END
$body$;
SET gradual.allow_blocking = on;
INSERT INTO cases (script) VALUES
('ALTER TABLE rooms RENAME COLUMN at TO during'),
('ALTER TABLE stays RENAME COLUMN room TO place'),
('ALTER TABLE rooms ADD COLUMN z int; UPDATE rooms SET z = price; ALTER TABLE rooms DROP COLUMN note'),
('ALTER TABLE rooms ALTER price TYPE bigint'),
('ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY (room, at WITHOUT OVERLAPS)'),
('ALTER TABLE bare ADD UNIQUE (room, at WITHOUT OVERLAPS), ADD COLUMN c int'),
('ALTER TABLE stays DROP CONSTRAINT stay; ALTER TABLE stays ADD CONSTRAINT stay FOREIGN KEY (room, PERIOD at) REFERENCES rooms (room, PERIOD at)'),
('ALTER TABLE rooms DROP COLUMN at CASCADE'),
('CREATE TABLE copy (room int4range, at daterange, PRIMARY KEY (room, at WITHOUT OVERLAPS)); INSERT INTO copy SELECT room, at FROM rooms')
;
\endif
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT scripts = CASE WHEN :'has_temporal' THEN 9 ELSE 0 END AS all_tried, completed = scripts AS completed, rolled_back = scripts AS rolled_back
FROM gradual_test.as_psql_counts();

RESET gradual.allow_blocking;
CREATE FUNCTION public.refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
    RETURN SQLERRM;
END
$$;
SELECT * FROM (VALUES
    ('ALTER TABLE bare ADD CONSTRAINT k PRIMARY KEY (room, at WITHOUT OVERLAPS)'),
    ('ALTER TABLE bare ADD UNIQUE (room, at WITHOUT OVERLAPS)')) s (script),
    public.refusal(script)
WHERE :'has_temporal' AND refusal !~ 'ADD (PRIMARY KEY|UNIQUE) .. WITHOUT OVERLAPS';

RESET search_path;
DROP SCHEMA IF EXISTS online, before, plain CASCADE;
DROP FUNCTION IF EXISTS make(text), refusal(text);
DROP TABLE cases, findings;
