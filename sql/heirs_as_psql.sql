-- Tables that are made LIKE one with foreign keys, or inherit from it, have none of these:
-- scripts that give them constraints of their own leave what psql -1 leaves, and nothing
-- if they are rolled back from ready.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE k (id int PRIMARY KEY);
    CREATE TABLE t (id int PRIMARY KEY, k int CONSTRAINT t_k REFERENCES k, CONSTRAINT t_id CHECK (id > 0));
    CREATE TABLE p (id int PRIMARY KEY, k int CONSTRAINT p_k REFERENCES k) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (9);
    CREATE TABLE free (id int PRIMARY KEY, k int CONSTRAINT p_k REFERENCES k);
    CREATE TABLE bad (n int);
    INSERT INTO k SELECT g FROM generate_series(1, 5) g;
    INSERT INTO t SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO p SELECT g, g FROM generate_series(1, 5) g;
    INSERT INTO bad VALUES (NULL);
END
$body$;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
INSERT INTO cases (script) VALUES
('CREATE TABLE c (LIKE t INCLUDING ALL); ALTER TABLE c ADD CONSTRAINT t_k FOREIGN KEY (k) REFERENCES k'),
('CREATE TABLE c (LIKE p INCLUDING ALL); ALTER TABLE c ADD CONSTRAINT p_k CHECK (k > 0)'),
('CREATE TABLE c (LIKE t INCLUDING ALL, CONSTRAINT t_k FOREIGN KEY (k) REFERENCES k); ALTER TABLE t ALTER k TYPE bigint'),
('CREATE TABLE c (LIKE p INCLUDING ALL, CONSTRAINT p_k CHECK (k > 0)); ALTER TABLE p ADD CONSTRAINT k CHECK (k > 0)'),
('CREATE TABLE c () INHERITS (t); ALTER TABLE c ADD CONSTRAINT t_k FOREIGN KEY (k) REFERENCES k'),
('CREATE TABLE c (LIKE t INCLUDING CONSTRAINTS); ALTER TABLE c INHERIT t'),
('CREATE TABLE c (LIKE t); ALTER TABLE c ADD CONSTRAINT t_id CHECK (id > 0); ALTER TABLE c INHERIT t; ALTER TABLE c ADD CONSTRAINT t_k CHECK (k > 0)'),
('CREATE TABLE c (LIKE t INCLUDING CONSTRAINTS); ALTER TABLE c INHERIT t; ALTER TABLE c NO INHERIT t; ALTER TABLE c DROP CONSTRAINT t_id'),
('CREATE TABLE c (LIKE p INCLUDING ALL); ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (10) TO (20)'),
('CREATE TABLE c (LIKE p INCLUDING ALL, CONSTRAINT p_k FOREIGN KEY (k) REFERENCES k); ALTER TABLE p ATTACH PARTITION c FOR VALUES FROM (10) TO (20); ALTER TABLE p ALTER k TYPE bigint'),
('ALTER TABLE p ATTACH PARTITION free FOR VALUES FROM (20) TO (30)'),
('ALTER TABLE p RENAME CONSTRAINT p_k TO k; ALTER TABLE free RENAME CONSTRAINT p_k TO k; ALTER TABLE p ATTACH PARTITION free FOR VALUES FROM (20) TO (30)');
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();

RESET search_path;
DROP SCHEMA online, before, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
