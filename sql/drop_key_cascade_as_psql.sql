-- DROP CONSTRAINT and DROP INDEX with CASCADE: what hangs on the key goes along in
-- the swap, and the plan names it; its names are free then.  Another primary key
-- waits for that, whatever its name.  psql -1 leaves the same schema.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset fieldsep ' | '
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE parent (id int PRIMARY KEY, code int NOT NULL CONSTRAINT code_key UNIQUE, n int);
    CREATE UNIQUE INDEX "Parent n" ON parent (n);
    CREATE TABLE child (id int PRIMARY KEY, parent_id int CONSTRAINT "child's parent" REFERENCES parent,
                        code int CONSTRAINT child_code REFERENCES parent (code), n int CONSTRAINT child_n REFERENCES parent (n));
    CREATE TABLE tree (id int PRIMARY KEY, up int CONSTRAINT tree_up REFERENCES tree);
    CREATE TABLE parts (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
    CREATE TABLE part PARTITION OF parts FOR VALUES FROM (0) TO (100);
    CREATE TABLE of_parts (id int PRIMARY KEY, part_id int CONSTRAINT of_parts_part REFERENCES parts);
    CREATE VIEW grouped AS SELECT id, n FROM parent GROUP BY id;
    CREATE VIEW above AS SELECT id FROM grouped;
    INSERT INTO parent SELECT n, n, n FROM generate_series(1, 20) n;
    INSERT INTO child SELECT n, n, n, n FROM generate_series(1, 20) n;
    INSERT INTO tree SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO parts SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO of_parts SELECT n, n FROM generate_series(1, 20) n;
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE'),
('ALTER TABLE parent DROP CONSTRAINT code_key CASCADE'),
('DROP INDEX "Parent n" CASCADE'),
('ALTER TABLE tree DROP CONSTRAINT tree_pkey CASCADE'),
('ALTER TABLE parts DROP CONSTRAINT parts_pkey CASCADE'),
-- nothing hangs on these
('ALTER TABLE child DROP CONSTRAINT child_pkey CASCADE, DROP CONSTRAINT child_n CASCADE; DROP INDEX "Parent n" CASCADE'),
-- gone before
('DROP VIEW above, grouped; ALTER TABLE child DROP parent_id; ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE'),
-- made anew, or something else by their names
('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE; ALTER TABLE parent ADD PRIMARY KEY (code); ALTER TABLE child ADD CONSTRAINT "child''s parent" FOREIGN KEY (parent_id) REFERENCES parent'),
('DROP INDEX "Parent n" CASCADE; CREATE UNIQUE INDEX "Parent n" ON parent (n, id); ALTER TABLE child ADD CONSTRAINT child_n CHECK (n > 0)'),
('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE; CREATE VIEW grouped AS SELECT 1 AS one'),
-- another primary key, by another name
('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE; ALTER TABLE parent ADD CONSTRAINT other PRIMARY KEY (code)'),
('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE, ADD CONSTRAINT other PRIMARY KEY (code)'),
('ALTER TABLE of_parts DROP id; ALTER TABLE of_parts ADD CONSTRAINT other PRIMARY KEY (part_id)'),
-- what the script itself has hung on it
('ALTER TABLE parent ADD CONSTRAINT n_key UNIQUE (n); ALTER TABLE tree ADD CONSTRAINT tree_n FOREIGN KEY (up) REFERENCES parent (code); ALTER TABLE parent DROP CONSTRAINT code_key CASCADE; ALTER TABLE tree ADD CONSTRAINT tree_n CHECK (up > 0)')
;
\o /dev/null
SELECT make('plain'), make('online');
\o
SELECT format('SELECT %L', script), format('SELECT ''    '' || phase, action, target, reversible || '' | '' || substring(note from ''CASCADE takes along: [^.]*'') FROM gradual.explain(%L)', script) FROM public.cases ORDER BY n \gexec
\o /dev/null
CREATE TABLE public.findings (n int, line text);
SELECT gradual_test.shape_as_psql(n, script) FROM public.cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2;
SELECT count(*), (SELECT count(*) FROM gradual.ledger WHERE status = 'completed') AS completed FROM cases;
DROP SCHEMA online, plain CASCADE;
DROP FUNCTION make(text);
DROP TABLE cases, findings;
