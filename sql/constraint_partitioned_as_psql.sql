-- A script that adds constraints to partitioned tables, or foreign keys to them, leaves what
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
    CREATE TABLE p (id int PRIMARY KEY, a int) PARTITION BY RANGE (id);
    CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
    CREATE TABLE p2 (a int, id int NOT NULL);
    ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (100);
    CREATE TABLE q (id int NOT NULL, a int) PARTITION BY LIST (id);
    CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1, 2, 3, 4, 5, 6, 7, 8) PARTITION BY RANGE (id);
    CREATE TABLE "q 11" PARTITION OF q1 FOR VALUES FROM (0) TO (4);
    CREATE TABLE q12 PARTITION OF q1 DEFAULT;
    CREATE TABLE q2 PARTITION OF q DEFAULT;
    INSERT INTO p SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO q SELECT n, n FROM generate_series(1, 20) n;
    CREATE TABLE bad (n int);
    INSERT INTO r SELECT n, n, 'v' || n FROM generate_series(1, 20) n;
    INSERT INTO t SELECT n, n, 'b' || n, n, n FROM generate_series(1, 20) n;
    INSERT INTO nokey SELECT n, n, n FROM generate_series(1, 20) n;
    INSERT INTO "Odd ""name" SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO bad VALUES (NULL);
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE p ADD CHECK (a > 0)'),
('ALTER TABLE p ADD c int; UPDATE p SET c = a; ALTER TABLE p ADD CHECK (c > 0), ALTER c SET NOT NULL'),
('ALTER TABLE t ADD FOREIGN KEY (a) REFERENCES p'),
('ALTER TABLE t ADD c int REFERENCES p (id)'),
('ALTER TABLE p ADD FOREIGN KEY (a) REFERENCES r'),
('ALTER TABLE p ADD CONSTRAINT f FOREIGN KEY (a) REFERENCES p ON DELETE CASCADE DEFERRABLE'),
('ALTER TABLE p ADD c int REFERENCES r CHECK (c > 0); UPDATE p SET c = a'),
('ALTER TABLE p ADD UNIQUE (id, a)'),
('ALTER TABLE p ADD CONSTRAINT u UNIQUE (a, id) DEFERRABLE'),
('ALTER TABLE q ADD PRIMARY KEY (id)'),
('ALTER TABLE q ADD PRIMARY KEY (id, a); ALTER TABLE t ADD FOREIGN KEY (a, n) REFERENCES q'),
('ALTER TABLE q ADD CONSTRAINT k PRIMARY KEY (a, id)'),
('ALTER TABLE p DROP CONSTRAINT p_pkey; ALTER TABLE p ADD PRIMARY KEY (id, a)'),
('CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id); CREATE TABLE p31 PARTITION OF p3 DEFAULT; ALTER TABLE p ADD c int REFERENCES r');
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
