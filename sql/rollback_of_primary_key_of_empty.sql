-- A rollback of ADD PRIMARY KEY on a table without rows leaves no NOT NULL behind.
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
    CREATE TABLE t (a int, b int, "C c" int NOT NULL);
    CREATE TABLE p (a int) PARTITION BY LIST (a);
    CREATE TABLE p1 PARTITION OF p DEFAULT;
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE t ADD PRIMARY KEY (a)'),
('ALTER TABLE t ADD CONSTRAINT k PRIMARY KEY (a, "C c", b), ADD COLUMN d int'),
('CREATE UNIQUE INDEX i ON t (a); ALTER TABLE t ADD PRIMARY KEY USING INDEX i'),
('ALTER TABLE t ADD PRIMARY KEY (a); ALTER TABLE t RENAME COLUMN a TO d'),
('ALTER TABLE t ADD PRIMARY KEY (a); ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY'),
('ALTER TABLE t ALTER a SET NOT NULL, ADD PRIMARY KEY (a)'),
('ALTER TABLE t ADD PRIMARY KEY (a); ALTER TABLE t DROP CONSTRAINT t_pkey; ALTER TABLE t ADD PRIMARY KEY (b)'),
('ALTER TABLE p ADD PRIMARY KEY (a)')
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
