-- What a DROP takes away may be needed until a later phase: a primary key by the NOT NULL
-- of its columns, a sequence, a type or a function by columns and defaults that go after
-- complete only.  All of it goes in an order that PostgreSQL accepts, as psql -1 has it.
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
    CREATE TYPE kind AS ENUM ('a', 'b');
    CREATE FUNCTION seven() RETURNS int LANGUAGE sql AS 'SELECT 7';
    CREATE TABLE items (id serial PRIMARY KEY, n int DEFAULT seven(), k kind, CONSTRAINT items_once UNIQUE (n, id));
    CREATE TABLE nothing (id serial PRIMARY KEY, n int);
    CREATE TABLE pairs (a int, b int, c int, PRIMARY KEY (a, b));
    INSERT INTO bad VALUES (NULL);
    INSERT INTO items (k) SELECT 'a' FROM generate_series(1, 5);
    INSERT INTO pairs SELECT n, n, n FROM generate_series(1, 5) n;
END
$body$;
INSERT INTO cases (script) VALUES
('ALTER TABLE pairs DROP COLUMN a; ALTER TABLE pairs DROP COLUMN b'),
('ALTER TABLE pairs DROP COLUMN a, DROP COLUMN b'),
('ALTER TABLE pairs DROP COLUMN c, ADD COLUMN c text; ALTER TABLE nothing DROP COLUMN n, ADD COLUMN n text NOT NULL'),
('ALTER TABLE nothing DROP COLUMN n, ADD COLUMN n text NOT NULL DEFAULT 1; CREATE TABLE made (n int); ALTER TABLE made DROP n, ADD n text; CREATE INDEX ON made (n)'),
('CREATE TABLE made (n int); CREATE VIEW reads AS SELECT n FROM made; ALTER TABLE made DROP n CASCADE, ADD n text'),
('ALTER TABLE items DROP CONSTRAINT items_pkey; ALTER TABLE items DROP COLUMN id; ALTER TABLE items ADD id bigserial NOT NULL; ALTER TABLE items ADD PRIMARY KEY (id)'),
('ALTER TABLE nothing DROP CONSTRAINT nothing_pkey; ALTER TABLE nothing DROP COLUMN id; ALTER TABLE nothing ADD id bigserial; ALTER SEQUENCE nothing_id_seq RESTART 7'),
('ALTER TABLE items DROP COLUMN id; CREATE SEQUENCE items_id_seq START 3'),
('ALTER TABLE items DROP CONSTRAINT items_once; ALTER TABLE items ALTER n TYPE bigint; ALTER TABLE items ADD CONSTRAINT items_once UNIQUE (id, n)'),
('ALTER TABLE items DROP CONSTRAINT items_once; ALTER TABLE items ALTER n TYPE bigint; CREATE INDEX items_once ON items (n)'),
('ALTER TABLE pairs ADD COLUMN d int; UPDATE pairs SET d = c; ALTER TABLE pairs DROP CONSTRAINT pairs_pkey; ALTER TABLE pairs DROP COLUMN b'),
('ALTER TABLE pairs ADD COLUMN d int; UPDATE pairs SET d = c; ALTER TABLE pairs DROP CONSTRAINT pairs_pkey; ALTER TABLE pairs ALTER b DROP NOT NULL'),
('ALTER TABLE pairs DROP CONSTRAINT pairs_pkey, ADD PRIMARY KEY (a); ALTER TABLE pairs ALTER b DROP NOT NULL'),
('ALTER TABLE pairs RENAME a TO old_a; ALTER TABLE pairs ADD COLUMN a text; UPDATE pairs SET a = old_a::text; ALTER TABLE pairs ALTER a SET NOT NULL; CREATE UNIQUE INDEX pairs_key ON pairs (a, b); ALTER TABLE pairs DROP CONSTRAINT pairs_pkey, ADD CONSTRAINT pairs_key PRIMARY KEY USING INDEX pairs_key; ALTER TABLE pairs DROP COLUMN old_a'),
('ALTER TABLE items RENAME id TO old_id; ALTER TABLE items ADD COLUMN id text; UPDATE items SET id = old_id::text; ALTER TABLE items ALTER id SET NOT NULL; ALTER TABLE items ALTER old_id DROP DEFAULT; DROP SEQUENCE items_id_seq; ALTER TABLE items DROP CONSTRAINT items_pkey; ALTER TABLE items DROP COLUMN old_id; ALTER TABLE items ADD PRIMARY KEY (id)'),
('ALTER TABLE items RENAME n TO m; ALTER TABLE items ADD COLUMN n text; UPDATE items SET n = k || ''-'' || m; ALTER TABLE items DROP COLUMN k; DROP TYPE kind; ALTER TABLE items DROP COLUMN m; DROP FUNCTION seven()'),
('ALTER TABLE nothing ALTER id DROP DEFAULT; DROP SEQUENCE nothing_id_seq; ALTER TABLE nothing DROP COLUMN id; ALTER TABLE nothing ADD PRIMARY KEY (n)')
;
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT scripts = 17 AS all_tried, completed = scripts AS completed, rolled_back = scripts AS rolled_back
FROM gradual_test.as_psql_counts();
