-- A script that adds, replaces, alters or validates constraints leaves what
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
('ALTER TABLE t ADD CHECK (n > 0)'),
('ALTER TABLE t ADD CHECK (a < 100), ADD CHECK (a < n + 100), ADD CHECK (true)'),
('ALTER TABLE t ADD CHECK (a < 100) NOT VALID'),
('ALTER TABLE t ADD CONSTRAINT c CHECK (a < 100) NOT VALID; ALTER TABLE t VALIDATE CONSTRAINT c'),
('ALTER TABLE t DROP CONSTRAINT t_a_check; ALTER TABLE t ADD CHECK (a > -50)'),
('ALTER TABLE t RENAME CONSTRAINT t_a_check TO c; ALTER TABLE t ADD CHECK (a > -50)'),
('ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES r'),
('ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES r (u) MATCH FULL ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE INITIALLY DEFERRED NOT VALID'),
('ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES r; ALTER TABLE t DROP CONSTRAINT f; ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES r ON DELETE CASCADE'),
('ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES t'),
('ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES r, ADD UNIQUE (a), ADD CHECK (n > 0)'),
('ALTER TABLE t ADD CONSTRAINT f FOREIGN KEY (r) REFERENCES r; ALTER TABLE t ALTER CONSTRAINT f DEFERRABLE INITIALLY DEFERRED; COMMENT ON CONSTRAINT f ON t IS ''x'''),
('ALTER TABLE t ADD UNIQUE (a)'),
('ALTER TABLE t ADD UNIQUE (a) INCLUDE (b), ADD UNIQUE NULLS NOT DISTINCT (b, a), ADD UNIQUE (n) DEFERRABLE'),
('ALTER TABLE t ADD UNIQUE (a) WITH (fillfactor = 70)'),
('CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD CONSTRAINT q UNIQUE USING INDEX i'),
('CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD UNIQUE USING INDEX i DEFERRABLE'),
('ALTER TABLE r ADD CONSTRAINT q UNIQUE USING INDEX r_u; ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES r (u)'),
('ALTER TABLE nokey ADD PRIMARY KEY (c)'),
('ALTER TABLE nokey ADD PRIMARY KEY (a, c)'),
('ALTER TABLE nokey ADD CONSTRAINT k PRIMARY KEY (b) INCLUDE (a)'),
('CREATE UNIQUE INDEX i ON nokey (a); ALTER TABLE nokey ADD CONSTRAINT k PRIMARY KEY USING INDEX i'),
('ALTER TABLE nokey ADD PRIMARY KEY (a); ALTER TABLE t ADD FOREIGN KEY (r) REFERENCES nokey'),
('ALTER TABLE t DROP CONSTRAINT t_key; ALTER TABLE t ADD CONSTRAINT t_key PRIMARY KEY (n)'),
('ALTER TABLE t DROP CONSTRAINT t_key; ALTER TABLE t ADD PRIMARY KEY (a)'),
('ALTER TABLE "Odd ""name" ADD UNIQUE ("Co l"), ADD CHECK ("Co l" > 0), ADD FOREIGN KEY ("Co l") REFERENCES "Odd ""name"'),
('ALTER TABLE t ADD c int; UPDATE t SET c = n; ALTER TABLE t ADD CHECK (c > 0), ADD UNIQUE (c), ADD FOREIGN KEY (c) REFERENCES r'),
('ALTER TABLE t ADD c int; UPDATE t SET c = n; ALTER TABLE t DROP CONSTRAINT t_key; ALTER TABLE t ADD PRIMARY KEY (c)'),
('CREATE TABLE n (id int PRIMARY KEY, t int REFERENCES t, UNIQUE (t)); ALTER TABLE n ADD CHECK (t > 0), ADD UNIQUE (id, t); ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES n NOT VALID'),
('ALTER TABLE nokey ALTER a SET NOT NULL, ADD PRIMARY KEY (a), ADD CHECK (a > 0)'),
('ALTER TABLE t DROP CONSTRAINT t_key, ADD PRIMARY KEY (n), DROP CONSTRAINT t_a_check, ADD CONSTRAINT t_a_check CHECK (a > 0)')
;
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
