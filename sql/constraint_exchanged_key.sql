-- A key that is dropped, and one that takes its place further on in the script,
-- are exchanged in one moment, with the foreign keys that have to let go of it;
-- the index is built before.  psql -1 leaves the same schema.
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
    CREATE TABLE entity (id int CONSTRAINT entity_id_key UNIQUE, code text, class int NOT NULL, up int,
                         CONSTRAINT entity_pkey PRIMARY KEY (code, class));
    CREATE TABLE users (id int PRIMARY KEY, entity_id int CONSTRAINT users_entity_fkey REFERENCES entity (id));
    CREATE TABLE tree (id int PRIMARY KEY, other int NOT NULL CONSTRAINT tree_key UNIQUE, up int CONSTRAINT tree_up_fkey REFERENCES tree (other));
    CREATE VIEW grouped AS SELECT id, other FROM tree GROUP BY id;
    INSERT INTO entity SELECT n, 'c' || n, n, n FROM generate_series(1, 20) n;
    INSERT INTO users SELECT n, n FROM generate_series(1, 20) n;
    INSERT INTO tree SELECT n, n, n FROM generate_series(1, 20) n;
END
$body$;
INSERT INTO cases (script) VALUES
-- the foreign key is there again
('ALTER TABLE entity DROP CONSTRAINT entity_pkey; ALTER TABLE users DROP CONSTRAINT users_entity_fkey; ALTER TABLE entity DROP CONSTRAINT entity_id_key; ALTER TABLE entity ADD PRIMARY KEY (id); ALTER TABLE users ADD CONSTRAINT users_entity_fkey FOREIGN KEY (entity_id) REFERENCES entity (id)'),
-- by its name, and with a column that is NOT NULL already
('ALTER TABLE entity DROP CONSTRAINT entity_pkey; ALTER TABLE users DROP CONSTRAINT users_entity_fkey; ALTER TABLE entity DROP CONSTRAINT entity_id_key; ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (id); ALTER TABLE users ADD CONSTRAINT users_entity_fkey FOREIGN KEY (entity_id) REFERENCES entity (id)'),
('ALTER TABLE entity DROP CONSTRAINT entity_pkey; ALTER TABLE users DROP CONSTRAINT users_entity_fkey; ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (class); ALTER TABLE users ADD CONSTRAINT users_entity_fkey FOREIGN KEY (entity_id) REFERENCES entity (class)'),
-- it stays away
('ALTER TABLE users DROP CONSTRAINT users_entity_fkey; ALTER TABLE entity DROP CONSTRAINT entity_id_key'),
('ALTER TABLE users DROP entity_id; ALTER TABLE entity DROP CONSTRAINT entity_id_key'),
('DROP TABLE users; ALTER TABLE entity DROP CONSTRAINT entity_id_key'),
('DROP VIEW grouped; ALTER TABLE tree DROP CONSTRAINT tree_pkey'),
-- it refers to another key from then on
('ALTER TABLE entity ADD CONSTRAINT entity_up_key UNIQUE (up); ALTER TABLE users DROP CONSTRAINT users_entity_fkey; ALTER TABLE entity DROP CONSTRAINT entity_id_key; ALTER TABLE users ADD CONSTRAINT users_entity_fkey FOREIGN KEY (entity_id) REFERENCES entity (up)'),
-- something that scans is between
('ALTER TABLE entity DROP CONSTRAINT entity_pkey, ADD z int; ALTER TABLE entity ADD CHECK (class > 0); ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (class)'),
-- rows that have to change without it are changed without it
('ALTER TABLE entity DROP CONSTRAINT entity_pkey; UPDATE entity SET class = 21 - class; ALTER TABLE entity ADD CONSTRAINT entity_pkey PRIMARY KEY (class)'),
-- a primary key comes when the other one is gone, whatever its name
('ALTER TABLE users DROP id; ALTER TABLE users ADD CONSTRAINT other PRIMARY KEY (entity_id)'),
('DROP VIEW grouped; ALTER TABLE tree DROP CONSTRAINT tree_pkey; ALTER TABLE tree ADD CONSTRAINT "Other" PRIMARY KEY (other)'),
-- to itself
('ALTER TABLE tree DROP CONSTRAINT tree_up_fkey, DROP CONSTRAINT tree_key, ADD CONSTRAINT tree_up_fkey FOREIGN KEY (up) REFERENCES tree (id)'),
('ALTER TABLE tree DROP up; ALTER TABLE tree DROP CONSTRAINT tree_key')
;
\o /dev/null
SELECT make('plain'), make('online');
\o
SELECT format('SELECT %L', script), format('SELECT ''    '' || phase, action, target FROM gradual.explain(%L)', script) FROM public.cases ORDER BY n \gexec
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
