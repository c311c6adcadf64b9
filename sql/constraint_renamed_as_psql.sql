-- Constraints on what the script renames or drops: the script leaves what
-- psql -1 leaves, names and data; rolled back from ready it leaves what was there.
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
    CREATE TABLE r (id int PRIMARY KEY, u int, v text);
    CREATE UNIQUE INDEX r_u ON r (u);
    CREATE TABLE t (id int CONSTRAINT t_key PRIMARY KEY, a int, b text, r int, n int NOT NULL, CONSTRAINT t_a_check CHECK (a > -5));
    CREATE TABLE t_n_check (x int CONSTRAINT t_n_key CHECK (x > 0));
    CREATE TABLE nokey (a int, b int, c int NOT NULL);
    CREATE TABLE "Odd ""name" (id int PRIMARY KEY, "Co l" int);
    CREATE TABLE bad (n int);
    INSERT INTO r SELECT n, n, 'v' || n FROM generate_series(1, 20) n;
    INSERT INTO t SELECT n, n, 'b' || n, n, n FROM generate_series(1, 20) n;
    INSERT INTO nokey SELECT n, n, n FROM generate_series(1, 20) n;
    INSERT INTO "Odd ""name" SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t RENAME a TO x; ALTER TABLE t ADD CHECK (x < 100)'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t ADD CHECK (x < 100) NOT VALID, ADD CHECK (x < n + 100)'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t ADD UNIQUE (x), ADD UNIQUE (x, n) INCLUDE (b)'),
('ALTER TABLE t RENAME r TO x; ALTER TABLE t ADD FOREIGN KEY (x) REFERENCES r'),
('ALTER TABLE t RENAME id TO key; ALTER TABLE r ADD FOREIGN KEY (id) REFERENCES t'),
('ALTER TABLE t RENAME id TO key; ALTER TABLE r ADD FOREIGN KEY (id) REFERENCES t (key)'),
('ALTER TABLE t RENAME id TO key; ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES t'),
('ALTER TABLE nokey RENAME a TO x; ALTER TABLE nokey ADD PRIMARY KEY (x)'),
('ALTER TABLE nokey RENAME a TO x; ALTER TABLE nokey ADD PRIMARY KEY (c, x); ALTER TABLE nokey ADD CHECK (x > 0)'),
('ALTER TABLE t RENAME a TO x; CREATE UNIQUE INDEX i ON t (x); ALTER TABLE t ADD CONSTRAINT k UNIQUE USING INDEX i'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (x > 0)'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t RENAME CONSTRAINT t_a_check TO y; ALTER TABLE t ADD CHECK (x > 0)'),
('ALTER TABLE t RENAME TO u; ALTER TABLE u ADD CHECK (n > 0), ADD UNIQUE (n), ADD FOREIGN KEY (r) REFERENCES r'),
('ALTER TABLE t RENAME TO u; ALTER TABLE u ADD CHECK (n > 0) NOT VALID; ALTER TABLE r ADD FOREIGN KEY (id) REFERENCES u; ALTER TABLE u ADD c int UNIQUE CHECK (c > 0)'),
('ALTER TABLE nokey RENAME TO u; ALTER TABLE u ADD id serial PRIMARY KEY'),
('ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD a int UNIQUE CHECK (a > 0)'),
('ALTER TABLE t DROP COLUMN a; ALTER TABLE t ADD CHECK (n > 0), ADD CONSTRAINT t_a_check CHECK (r > 0)'),
('DROP TABLE t_n_check; ALTER TABLE t ADD CHECK (n > 0), ADD UNIQUE (n)');
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
