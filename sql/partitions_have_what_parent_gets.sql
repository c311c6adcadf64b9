-- What a script gives to a table, those below it have for its later statements: define
-- accepts and refuses what psql does, in the same words, and what it accepts leaves what
-- psql -1 leaves, and nothing if it is rolled back from ready.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE whole (id int, day int, n int, PRIMARY KEY (id, day)) PARTITION BY LIST (day);
    CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
    CREATE TABLE mid PARTITION OF whole FOR VALUES IN (2) PARTITION BY RANGE (id);
    CREATE TABLE leaf PARTITION OF mid DEFAULT;
    CREATE TABLE parent (id int PRIMARY KEY, n int, CONSTRAINT n_some CHECK (n > 0));
    CREATE TABLE child (own int, PRIMARY KEY (id)) INHERITS (parent);
    CREATE TABLE grandchild (PRIMARY KEY (id)) INHERITS (child);
    CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TABLE bad (n int);
    INSERT INTO whole SELECT g, g % 2 + 1, g FROM generate_series(1, 10) g;
    INSERT INTO parent VALUES (1, 1);
    INSERT INTO child SELECT g, g, g FROM generate_series(11, 15) g;
    INSERT INTO grandchild SELECT g, g, g FROM generate_series(21, 25) g;
    INSERT INTO bad VALUES (NULL);
END
$body$;

-- what fails
CREATE TABLE scripts (script text);
INSERT INTO scripts VALUES
('ALTER TABLE whole ADD z int; ALTER TABLE part DROP COLUMN z'),
('ALTER TABLE whole ADD z int; ALTER TABLE part RENAME z TO y'),
('ALTER TABLE whole ADD z int; ALTER TABLE part ALTER z TYPE bigint'),
('ALTER TABLE whole ADD z int; ALTER TABLE part DROP COLUMN n'),
('ALTER TABLE whole RENAME n TO m; ALTER TABLE leaf RENAME m TO k'),
('ALTER TABLE whole RENAME n TO m; ALTER TABLE leaf DROP COLUMN m'),
('ALTER TABLE whole RENAME n TO m; UPDATE leaf SET n = 1'),
('ALTER TABLE whole RENAME n TO m; ALTER TABLE whole DROP COLUMN m; ALTER TABLE part ADD CHECK (m > 0)'),
('ALTER TABLE whole ALTER n TYPE text; UPDATE part SET n = n + 1'),
('ALTER TABLE whole ADD UNIQUE (day, n)'),
('ALTER TABLE whole DROP CONSTRAINT whole_pkey; ALTER TABLE whole ADD PRIMARY KEY (day, n)'),
('CREATE UNIQUE INDEX ON whole (day, n)'),
('ALTER TABLE whole ALTER id TYPE bigint'),
('ALTER TABLE whole RENAME id TO key; ALTER TABLE whole ALTER key TYPE text'),
('ALTER TABLE whole DROP COLUMN id'),
('ALTER TABLE parent ADD own text'),
('ALTER TABLE parent ADD own int; ALTER TABLE child DROP COLUMN own'),
('ALTER TABLE ONLY parent DROP COLUMN n; ALTER TABLE parent ADD n int; ALTER TABLE child DROP COLUMN n'),
('ALTER TABLE parent ADD CONSTRAINT c CHECK (n > 0); ALTER TABLE child DROP CONSTRAINT c'),
('ALTER TABLE parent ADD CONSTRAINT c CHECK (n > 0); ALTER TABLE child RENAME CONSTRAINT c TO d'),
('ALTER TABLE parent ADD CONSTRAINT c CHECK (n > 0); ALTER TABLE child ADD CONSTRAINT c CHECK (own > 0)'),
('ALTER TABLE child ADD CONSTRAINT c CHECK (own > 0); ALTER TABLE parent ADD CONSTRAINT c CHECK (n > 0)'),
('ALTER TABLE parent ADD z int; ALTER TABLE child DROP CONSTRAINT n_some');
CREATE FUNCTION error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    BEGIN
        EXECUTE statement;
        RAISE EXCEPTION USING errcode = 'UU000';
    EXCEPTION WHEN SQLSTATE 'UU000' THEN
        RETURN 'none';
    END;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ': ' || SQLERRM;
END
$$;
CREATE FUNCTION detail_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    EXECUTE statement;
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END
$$;
SELECT make('online') \g /dev/null
SET search_path = online, public;
SELECT script, by_psql, by_define FROM scripts, error_of(script) AS by_psql, error_of(format('SELECT gradual.explain(%L)', script)) AS by_define
WHERE by_psql <> by_define;
SELECT count(*) AS refused FROM scripts, error_of(script) AS by_psql WHERE by_psql <> 'none';

-- What a partition has of its own would not survive the new type: also what the script gives it
SELECT script, regexp_replace(detail, '.*: ', '') FROM (VALUES
    ('ALTER TABLE part ALTER n SET DEFAULT 5; ALTER TABLE whole ALTER n TYPE bigint'),
    ('ALTER TABLE part ADD CONSTRAINT own CHECK (n > 0); ALTER TABLE whole ALTER n TYPE bigint'),
    ('CREATE INDEX own ON leaf (n); ALTER TABLE whole ALTER n TYPE bigint'),
    ('ALTER TABLE leaf ALTER n SET NOT NULL; ALTER TABLE whole ALTER n TYPE bigint')) scripts (script),
    LATERAL (SELECT public.detail_of(format('SELECT gradual.explain(%L)', script)) AS detail) d;
RESET search_path;

-- what works
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script) VALUES
('ALTER TABLE whole ADD z int; UPDATE part SET z = n; CREATE INDEX ON part (z); ALTER TABLE part ALTER z SET DEFAULT 5; ALTER TABLE part ADD CHECK (z > 0)'),
('ALTER TABLE whole ADD z int; UPDATE leaf SET z = n; UPDATE part SET z = 0; ALTER TABLE whole ALTER z SET NOT NULL'),
('ALTER TABLE whole ADD z int; UPDATE part SET z = n; UPDATE whole SET z = coalesce(z, 0) + 1'),
('ALTER TABLE whole ADD z int; ALTER TABLE whole ALTER z SET DEFAULT 9; UPDATE part SET z = DEFAULT'),
('ALTER TABLE whole ADD z int; CREATE VIEW v AS SELECT z FROM part; CREATE TABLE c (LIKE leaf); INSERT INTO c SELECT * FROM leaf; COMMENT ON COLUMN part.z IS ''z''; GRANT SELECT (z) ON part TO public; ANALYZE part (z)'),
('ALTER TABLE whole ADD z int; CREATE TRIGGER t BEFORE UPDATE OF z ON part FOR EACH ROW WHEN (old.z > 0) EXECUTE FUNCTION same()'),
('ALTER TABLE whole ADD z int; ALTER TABLE whole DETACH PARTITION part; ALTER TABLE part DROP COLUMN z'),
('ALTER TABLE whole RENAME n TO m; ALTER TABLE whole ADD n text; UPDATE part SET n = m::text'),
('ALTER TABLE whole DETACH PARTITION mid; ALTER TABLE whole DROP CONSTRAINT whole_pkey; ALTER TABLE whole ADD PRIMARY KEY (day, n)'),
('ALTER TABLE whole ALTER n TYPE text; UPDATE part SET n = ''a''; ALTER TABLE leaf ADD CHECK (n <> ''b''); CREATE INDEX ON leaf (n)'),
('ALTER TABLE whole ADD CONSTRAINT c CHECK (n > 0) NOT VALID; ALTER TABLE part VALIDATE CONSTRAINT c; ALTER TABLE whole VALIDATE CONSTRAINT c'),
('ALTER TABLE parent ADD z int CHECK (z > 0) DEFAULT 4; UPDATE ONLY child SET z = 5 WHERE z = 4; CREATE INDEX ON grandchild (z)'),
('ALTER TABLE parent ADD own int; ALTER TABLE parent RENAME own TO mine; CREATE INDEX ON child (mine); ALTER TABLE parent DROP COLUMN mine'),
('ALTER TABLE parent RENAME n TO m; ALTER TABLE child ADD n text; UPDATE ONLY child SET n = m::text'),
('ALTER TABLE parent RENAME CONSTRAINT n_some TO m_some; ALTER TABLE child ADD CONSTRAINT n_some CHECK (own > 0); ALTER TABLE parent DROP CONSTRAINT m_some; ALTER TABLE child ADD CONSTRAINT m_some CHECK (own < 99)');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- and what cannot be undone
TRUNCATE public.cases;
INSERT INTO public.cases (script) VALUES
('ALTER TABLE whole ADD z int; UPDATE whole SET z = n; UPDATE part SET z = z + 1; UPDATE mid SET n = n + 1'),
('ALTER TABLE whole RENAME n TO m; UPDATE part SET m = m + 1; ALTER TABLE leaf ALTER m SET DEFAULT 3; CREATE INDEX ON leaf (m); ALTER TABLE part ADD CHECK (m > 0)'),
('UPDATE part SET n = n + 1; ALTER TABLE whole RENAME n TO m; DELETE FROM part WHERE m > 5'),
('CREATE UNIQUE INDEX u ON whole (n, day, id); INSERT INTO part VALUES (2, 1, 2) ON CONFLICT (n, day, id) DO UPDATE SET n = 50'),
('ALTER TABLE whole ADD z int; UPDATE whole SET z = 1; ALTER TABLE whole ALTER n SET DEFAULT 70, ALTER z SET DEFAULT 7; INSERT INTO part (id, day) VALUES (70, 1)'),
('ALTER TABLE whole ADD z int; UPDATE whole SET z = 1; ALTER TABLE whole ALTER n SET DEFAULT 70; UPDATE part SET n = DEFAULT WHERE id < 7'),
('ALTER TABLE whole ADD z int; UPDATE part SET z = n; UPDATE whole SET n = n + 1; UPDATE mid SET z = n'),
('ALTER TABLE whole ADD z int; UPDATE part SET z = n; INSERT INTO whole VALUES (50, 1, 5), (51, 2, 5); UPDATE leaf SET z = n'),
('ALTER TABLE whole ADD z int, ADD y int; UPDATE part SET z = n; UPDATE leaf SET y = 1; UPDATE part SET n = 0; UPDATE leaf SET z = y + n'),
('UPDATE bad SET n = 1 WHERE n IS NULL; INSERT INTO part (id, day) VALUES (60, 1); ALTER TABLE whole ALTER n SET DEFAULT 9'),
('ALTER TABLE bad ADD z int; ALTER TABLE whole ADD z int; UPDATE bad SET z = 1; WITH x AS (UPDATE part SET n = n + 100 RETURNING n) UPDATE bad SET n = x.n FROM x WHERE x.n = 102; UPDATE part SET z = n'),
('ALTER TABLE ONLY parent DROP COLUMN n; ALTER TABLE child RENAME n TO m; UPDATE ONLY child SET m = 7');
\o /dev/null
SELECT unnest(ARRAY['SELECT public.make(''online''), public.make(''plain'')',
    'SET search_path = plain', 'BEGIN', script, 'COMMIT',
    'SET search_path = online', format('CALL gradual.run(%L, %L)', 'change ' || n, script),
    format('INSERT INTO public.findings SELECT %L, ''run'', gradual_test.differences(''online'', ''plain'')', script)])
FROM public.cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT split_part(name, ' ', 1), status, count(*) FROM gradual.ledger GROUP BY 1, 2 ORDER BY 1, 2;

RESET search_path;
DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text), error_of(text), detail_of(text);
DROP TABLE cases, findings, scripts;
