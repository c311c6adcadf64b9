-- DROP COLUMN takes the column from the tables below, with what hangs on it there: define
-- refuses what psql does, in the same words, and scripts that it accepts leave what
-- psql -1 leaves, and nothing if they are rolled back from ready.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE parent (id int PRIMARY KEY, a int, b int, c int, d int);
    CREATE TABLE child () INHERITS (parent);
    CREATE TABLE grandchild () INHERITS (child);
    ALTER TABLE grandchild ADD CONSTRAINT grandchild_b UNIQUE (b), ADD CONSTRAINT sum CHECK (c + d > 0);
    CREATE INDEX child_d ON child (lower(d::text));
    CREATE VIEW of_a AS SELECT a FROM grandchild;
    CREATE TABLE refers (b int CONSTRAINT refers_b REFERENCES grandchild (b));
    CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
    CREATE TRIGGER same BEFORE UPDATE OF c ON child FOR EACH ROW EXECUTE FUNCTION same();
    CREATE TABLE whole (id int PRIMARY KEY, a int, b int) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF whole FOR VALUES FROM (0) TO (9);
    CREATE INDEX part_b ON part (b);
    CREATE VIEW of_part AS SELECT a FROM part;
    CREATE TABLE bad (n int);
    INSERT INTO child SELECT g, g, g, g, g FROM generate_series(1, 5) g;
    INSERT INTO grandchild SELECT g, g, g, g, g FROM generate_series(11, 15) g;
    INSERT INTO refers VALUES (11);
    INSERT INTO whole SELECT g, g, g FROM generate_series(1, 5) g;
    INSERT INTO bad VALUES (NULL);
END
$body$;

-- what fails
CREATE TABLE scripts (script text);
INSERT INTO scripts VALUES
('ALTER TABLE parent DROP COLUMN a'),
('ALTER TABLE parent DROP COLUMN b'),
('ALTER TABLE parent DROP COLUMN c'),
('ALTER TABLE whole DROP COLUMN a'),
('CREATE VIEW v AS SELECT d FROM grandchild; ALTER TABLE parent DROP COLUMN d'),
('ALTER TABLE whole DROP COLUMN b; UPDATE part SET b = 1'),
('ALTER TABLE whole DROP COLUMN b; CREATE INDEX ON part (b)'),
('ALTER TABLE whole DROP COLUMN b; SELECT b FROM part'),
('ALTER TABLE whole DROP COLUMN b; CREATE TABLE other (LIKE part); INSERT INTO other (b) VALUES (1)'),
('ALTER TABLE whole DROP COLUMN b; COMMENT ON COLUMN part.b IS ''gone'''),
('ALTER TABLE whole DROP COLUMN b; GRANT SELECT (b) ON part TO public'),
('ALTER TABLE whole DROP COLUMN b; ANALYZE part (b)');
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
SET search_path = online, public;
SELECT make('online') \g /dev/null
SET search_path = online, public;
SELECT script, by_psql, by_define FROM scripts, error_of(script) AS by_psql, error_of(format('SELECT gradual.explain(%L)', script)) AS by_define
WHERE by_psql <> by_define;
SELECT count(*) AS refused FROM scripts, error_of(script) AS by_psql WHERE by_psql <> 'none';
RESET search_path;

-- what works
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script) VALUES
('ALTER TABLE parent DROP COLUMN a CASCADE; CREATE VIEW of_a AS SELECT b FROM child'),
('DROP VIEW of_a; ALTER TABLE parent DROP COLUMN a'),
('ALTER TABLE parent DROP COLUMN b CASCADE; ALTER TABLE refers ADD CONSTRAINT refers_b CHECK (b > 0); ALTER TABLE grandchild ADD CONSTRAINT grandchild_b UNIQUE (c)'),
('DROP TRIGGER same ON child; ALTER TABLE parent DROP COLUMN c; ALTER TABLE grandchild ADD CONSTRAINT sum CHECK (d > 0)'),
('ALTER TABLE child ADD CONSTRAINT diff CHECK (d - c < 99); ALTER TABLE parent DROP COLUMN d; CREATE INDEX child_d ON child (c); ALTER TABLE child ADD CONSTRAINT diff CHECK (c < 99)'),
('ALTER TABLE parent DROP COLUMN d; CREATE INDEX child_d ON refers (b)'),
('ALTER TABLE whole DROP COLUMN a CASCADE; CREATE TABLE of_part (a int)'),
('ALTER TABLE whole DROP COLUMN b; CREATE INDEX part_b ON part (id, a)'),
('CREATE INDEX twice ON whole (b, id); ALTER TABLE whole DROP COLUMN b; CREATE INDEX twice ON whole (a)'),
('ALTER TABLE whole DETACH PARTITION part; ALTER TABLE whole DROP COLUMN b; UPDATE part SET b = 1');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

RESET search_path;
DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text), error_of(text);
DROP TABLE cases, findings, scripts;
