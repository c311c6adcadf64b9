-- ATTACH PARTITION proves all bounds beforehand, those of a hash partition and of
-- the tables above included, also if the script has changed the columns before;
-- it leaves what psql leaves, and a rollback what was there.
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
    CREATE TABLE spread (id int, key int) PARTITION BY HASH (key);
    CREATE TABLE spread_0 PARTITION OF spread FOR VALUES WITH (MODULUS 2, REMAINDER 0);
    CREATE TABLE spread_1 (key int, id int);
    INSERT INTO spread SELECT n, n FROM generate_series(1, 50) n
        WHERE satisfies_hash_partition('spread'::regclass, 2, 0, n);
    INSERT INTO spread_1 SELECT n, n FROM generate_series(1, 50) n
        WHERE satisfies_hash_partition('spread'::regclass, 2, 1, n);
    CREATE TABLE years (year int, id int) PARTITION BY RANGE (year);
    CREATE TABLE year_1 PARTITION OF years FOR VALUES FROM (1) TO (2) PARTITION BY LIST (id);
    CREATE TABLE one (id int, year int);
    INSERT INTO one VALUES (1, 1);
    CREATE TABLE old (id int);
    INSERT INTO old VALUES (1);
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE spread ATTACH PARTITION spread_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)'),
('ALTER TABLE year_1 ATTACH PARTITION one FOR VALUES IN (1)'),
('CREATE TABLE tenants (id int, tenant int) PARTITION BY HASH (tenant); ALTER TABLE old ADD tenant int DEFAULT 7; ALTER TABLE tenants ATTACH PARTITION old FOR VALUES WITH (MODULUS 1, REMAINDER 0)'),
('ALTER TABLE spread RENAME TO scattered; ALTER TABLE scattered ATTACH PARTITION spread_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)'),
('ALTER TABLE one ALTER id SET NOT NULL; ALTER TABLE year_1 ATTACH PARTITION one FOR VALUES IN (1)'),
('ALTER TABLE spread ALTER id TYPE bigint; ALTER TABLE spread_1 ALTER id TYPE bigint; ALTER TABLE spread DETACH PARTITION spread_0; ALTER TABLE spread ATTACH PARTITION spread_1 FOR VALUES WITH (MODULUS 2, REMAINDER 1)');

SELECT make('online') \g /dev/null
SELECT n, x.sql FROM public.cases, gradual.explain(script) x WHERE x.phase = 'prepare' AND x.sql LIKE '%CHECK%NOT VALID%' ORDER BY n, x.step;
-- what a later phase changes cannot be proved before it
SELECT gradual.define('late', 'ALTER TABLE one RENAME id TO number; CREATE TABLE parts (number int, year int) PARTITION BY LIST (number); ALTER TABLE parts ATTACH PARTITION one FOR VALUES IN (1)');
SELECT gradual.define('late', 'CREATE TABLE parts (id numeric) PARTITION BY LIST (id); ALTER TABLE old ALTER id TYPE numeric; ALTER TABLE parts ATTACH PARTITION old FOR VALUES IN (1)');
RESET search_path;

\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
