-- A constraint that takes the name of one which the same ALTER TABLE drops, alone or
-- with a column: added NOT VALID, too, it comes no earlier than the other goes.  The
-- script leaves what psql -1 leaves; rolled back from ready it leaves what was there.
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
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
    CREATE TABLE r (id int PRIMARY KEY, n int);
    INSERT INTO r SELECT n, n FROM generate_series(1, 9) n;
    CREATE TABLE t (a int, b int, c int, CONSTRAINT k FOREIGN KEY (a) REFERENCES r, CONSTRAINT p CHECK (a > 0), CONSTRAINT u UNIQUE (a));
    INSERT INTO t SELECT n, n, n FROM generate_series(1, 9) n;
    CREATE TABLE tree (id int, n int, CONSTRAINT p CHECK (n > 0));
    CREATE TABLE kid () INHERITS (tree);
    INSERT INTO kid SELECT n, n FROM generate_series(1, 9) n;
    CREATE TABLE parts (id int, n int, CONSTRAINT p CHECK (n > 0)) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parts DEFAULT;
    INSERT INTO parts SELECT n, n FROM generate_series(1, 9) n;
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (a > -3) NOT VALID'),
('ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r ON DELETE CASCADE NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT k'),
('ALTER TABLE t DROP CONSTRAINT IF EXISTS p, ADD CONSTRAINT p CHECK (a > -3) NOT VALID, DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES r NOT VALID'),
('ALTER TABLE t DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r NOT VALID; ALTER TABLE t ALTER a TYPE bigint'),
('ALTER TABLE t ALTER a TYPE bigint, DROP CONSTRAINT k, ADD CONSTRAINT k FOREIGN KEY (a) REFERENCES r NOT VALID'),
('ALTER TABLE t DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (a > -3) NOT VALID; ALTER TABLE t ADD d int; UPDATE t SET d = a; ALTER TABLE t ALTER d SET NOT NULL'),
('ALTER TABLE t RENAME a TO x; ALTER TABLE t DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (x > -3) NOT VALID'),
('ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u CHECK (a > 0) NOT VALID'),
('ALTER TABLE t DROP CONSTRAINT u, ADD CONSTRAINT u UNIQUE (b, a), DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (b > 0)'),
('ALTER TABLE t DROP a, ADD CONSTRAINT p CHECK (b > 0) NOT VALID'),
('ALTER TABLE t DROP a, ADD CONSTRAINT k FOREIGN KEY (b) REFERENCES r, ADD CONSTRAINT u UNIQUE (b)'),
('ALTER TABLE t DROP a, ADD a bigint CONSTRAINT p CHECK (a > 0)'),
('ALTER TABLE t DROP CONSTRAINT p, ADD d int CONSTRAINT p REFERENCES r'),
('ALTER TABLE r DROP CONSTRAINT r_pkey CASCADE, ADD CONSTRAINT r_pkey CHECK (id > 0) NOT VALID'),
('ALTER TABLE tree DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (n > -5) NO INHERIT NOT VALID'),
('ALTER TABLE parts DROP CONSTRAINT p, ADD CONSTRAINT p CHECK (n > -5) NOT VALID');
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
