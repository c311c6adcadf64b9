-- A rollback from ready brings back the name of a table without rows, and undoes
-- what came after that.  Indexes have the names that psql gives them.
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
    CREATE TABLE fresh (id int, n int);
    CREATE TABLE years (id int, year int) PARTITION BY RANGE (year);
    CREATE TABLE used (id int PRIMARY KEY, n int);
    INSERT INTO used SELECT n, n FROM generate_series(1, 20) n;
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE fresh RENAME TO novel'),
('ALTER TABLE fresh RENAME TO novel; CREATE INDEX ON novel (id); CREATE UNIQUE INDEX ON novel (n, id) INCLUDE (n) WHERE n > 0'),
('ALTER TABLE years RENAME TO ages; CREATE TABLE age_1 PARTITION OF ages FOR VALUES FROM (1) TO (2); CREATE INDEX ON ages (id)'),
('CREATE TABLE year_1 PARTITION OF years FOR VALUES FROM (1) TO (2); ALTER TABLE years RENAME TO ages; CREATE INDEX ON ages (id)'),
('ALTER TABLE fresh RENAME TO novel; ALTER TABLE novel ADD x int NOT NULL; CREATE INDEX ON novel (x); ALTER TABLE novel ADD PRIMARY KEY (id); COMMENT ON COLUMN novel.x IS ''of novel'''),
('ALTER TABLE fresh RENAME TO novel; ALTER TABLE novel ADD FOREIGN KEY (n) REFERENCES used; ALTER TABLE used ADD CHECK (n > 0); ALTER TABLE novel RENAME COLUMN n TO m'),
('ALTER TABLE fresh RENAME TO novel; ALTER TABLE used RENAME TO fresh; ALTER TABLE novel RENAME TO used'),
('ALTER TABLE fresh RENAME TO other; ALTER TABLE other RENAME TO novel; ALTER TABLE novel ALTER n TYPE bigint; ALTER TABLE novel ADD CHECK (n > 0)'),
('ALTER TABLE years RENAME TO ages; CREATE TABLE age_1 PARTITION OF ages FOR VALUES FROM (1) TO (2); ALTER TABLE ages ADD n int; CREATE INDEX ON ages (n)');

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
