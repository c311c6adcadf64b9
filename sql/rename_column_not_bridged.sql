-- RENAME COLUMN where there can be no second column: the plan says why, the old
-- name holds until complete, and the schema is then what psql -1 leaves.

CREATE SCHEMA online;
SET search_path = online;
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', phase, action, note) FROM gradual.explain(script);
$$;

-- a partition key, of the table or of a partition of it
CREATE TABLE parts (k int, sub int, a text) PARTITION BY LIST (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1) PARTITION BY HASH (sub);
CREATE TABLE parts_1_1 PARTITION OF parts_1 FOR VALUES WITH (MODULUS 1, REMAINDER 0);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts VALUES (1, 1, 'one'), (2, 2, 'two');
SELECT plan_of('ALTER TABLE parts RENAME k TO key');
SELECT plan_of('ALTER TABLE parts RENAME sub TO subkey');
SELECT count(*) AS steps FROM plan_of('ALTER TABLE parts RENAME a TO b');

-- rules
CREATE TABLE ruled (id int, a text);
CREATE TABLE log (a text);
CREATE RULE write AS ON INSERT TO ruled DO ALSO INSERT INTO log VALUES (NEW.a);
INSERT INTO ruled VALUES (1, 'one');
SELECT plan_of('ALTER TABLE ruled RENAME a TO b');

-- children that inherit
CREATE TABLE parent (id int, a text);
CREATE TABLE child (x int) INHERITS (parent);
INSERT INTO child VALUES (1, 'one');
SELECT plan_of('ALTER TABLE parent RENAME a TO b');

-- triggers that fire before or after ours
CREATE FUNCTION pass() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TABLE first (id int, a text);
INSERT INTO first VALUES (1, 'one');
CREATE TRIGGER "!" BEFORE INSERT ON first FOR EACH ROW EXECUTE FUNCTION pass();
SELECT plan_of('ALTER TABLE first RENAME a TO b');
CREATE TABLE last (id int, a text);
INSERT INTO last VALUES (1, 'one');
CREATE TRIGGER "~ last" BEFORE UPDATE ON last FOR EACH ROW EXECUTE FUNCTION pass();
CREATE TRIGGER "~~ after all" AFTER UPDATE ON last FOR EACH ROW EXECUTE FUNCTION pass();
SELECT count(*) AS steps FROM plan_of('ALTER TABLE last RENAME a TO b');
CREATE TRIGGER "~~ last" BEFORE UPDATE ON last FOR EACH ROW EXECUTE FUNCTION pass();
SELECT plan_of('ALTER TABLE last RENAME a TO b');

-- a name that is taken; a column of a view
CREATE TABLE swapped (a int, b int);
INSERT INTO swapped VALUES (1, 2);
CREATE VIEW seen AS SELECT a FROM swapped;
SELECT plan_of('ALTER TABLE swapped RENAME a TO c; ALTER TABLE swapped RENAME b TO a; ALTER TABLE swapped RENAME c TO b');
SELECT plan_of('ALTER VIEW seen RENAME a TO b');

-- what is no table of ours to write to
CREATE MATERIALIZED VIEW kept AS SELECT a FROM swapped;
CREATE UNIQUE INDEX kept_a ON kept (a);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER nowhere FOREIGN DATA WRAPPER nowhere;
CREATE FOREIGN TABLE far (id int, a text) SERVER nowhere;
CREATE TABLE halves (id int, a text) PARTITION BY LIST (id);
CREATE TABLE near PARTITION OF halves FOR VALUES IN (1);
CREATE FOREIGN TABLE away PARTITION OF halves FOR VALUES IN (2) SERVER nowhere;
INSERT INTO halves VALUES (1, 'one');
SELECT plan_of('ALTER MATERIALIZED VIEW kept RENAME a TO b');
SELECT plan_of('ALTER FOREIGN TABLE far RENAME a TO b');
SELECT plan_of('ALTER TABLE halves RENAME a TO b');
SELECT plan_of('ALTER TABLE kept_a RENAME COLUMN a TO b');

-- no old name to keep: a table and columns that the script adds
SELECT plan_of('CREATE TABLE made (a int); ALTER TABLE made RENAME a TO b');
SELECT plan_of('ALTER TABLE swapped ADD c int; ALTER TABLE swapped RENAME c TO d');
SELECT plan_of('ALTER TABLE IF EXISTS nothing RENAME a TO b');

-- what PostgreSQL refuses is refused at once
CREATE TYPE pair AS (a int, b int);
CREATE TABLE typed OF pair;
CREATE TABLE parent_2 (id int, a text);
CREATE TABLE child_of_two () INHERITS (parent, parent_2);
CREATE TABLE child_with_b (b int) INHERITS (parent_2);
\set VERBOSITY terse
SELECT plan_of('ALTER TABLE swapped RENAME x TO y');
SELECT plan_of('ALTER TABLE swapped RENAME a TO b');
SELECT plan_of('ALTER TABLE swapped RENAME ctid TO b');
SELECT plan_of('ALTER TABLE swapped RENAME a TO ctid');
SELECT plan_of('ALTER TABLE nothing RENAME a TO b');
SELECT plan_of('ALTER TABLE child RENAME a TO b');
SELECT plan_of('ALTER TABLE ONLY parent RENAME a TO b');
SELECT plan_of('ALTER TABLE parts_2 RENAME a TO b');
SELECT plan_of('ALTER TABLE parent_2 RENAME a TO b');
SELECT plan_of('ALTER TABLE parent RENAME a TO b');
SELECT plan_of('ALTER TABLE typed RENAME a TO b');
\set VERBOSITY default
DROP TABLE child_of_two, child_with_b;

-- all of them, to the end
CALL gradual.run('not_bridged', $$
    ALTER TABLE parts RENAME k TO key;
    ALTER TABLE parts RENAME sub TO subkey;
    ALTER TABLE ruled RENAME a TO b;
    ALTER TABLE parent RENAME a TO b;
    ALTER TABLE first RENAME a TO b;
    ALTER TABLE last RENAME a TO b;
    ALTER TABLE swapped RENAME a TO c;
    ALTER TABLE swapped RENAME b TO a;
    ALTER TABLE swapped RENAME c TO b;
    ALTER VIEW seen RENAME a TO b;
    ALTER MATERIALIZED VIEW kept RENAME a TO b;
    ALTER FOREIGN TABLE far RENAME a TO b;
    ALTER TABLE halves RENAME a TO b;
    ALTER TABLE kept_a RENAME COLUMN a TO b;
    ALTER TABLE empty RENAME a TO b;
$$);
SELECT c.relname, string_agg(a.attname, ', ' ORDER BY a.attnum)
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = 'online'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'i') GROUP BY 1 ORDER BY 1;
TABLE swapped;
TABLE seen;
INSERT INTO ruled VALUES (2, 'two');
TABLE log;

SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
DROP FOREIGN DATA WRAPPER nowhere CASCADE;
