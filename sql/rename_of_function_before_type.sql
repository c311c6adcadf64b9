-- A function or a sequence that the script renames or moves has its old name until
-- the swap, also in the indexes, constraints and triggers of a column that gets
-- another type, or a second name.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA tools;
CREATE SEQUENCE numbers;
CREATE FUNCTION norm(x bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT x % 10';
CREATE FUNCTION norm(x text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(x)';
CREATE TABLE parts (id int PRIMARY KEY, n int DEFAULT nextval('numbers') CHECK (norm(n) < 10), word text);
INSERT INTO parts SELECT g, g, 'W' || g FROM generate_series(1, 20) g;
CREATE INDEX normed ON parts (norm(n), norm(word)) WHERE norm(n) > 1;
CREATE FUNCTION counted() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE NOTICE ''%'', NEW.id; RETURN NULL; END';
CREATE TRIGGER worded AFTER UPDATE OF word ON parts FOR EACH ROW WHEN (norm(NEW.word) = 'z' AND norm(NEW.id) > 0) EXECUTE FUNCTION counted();
SELECT gradual.define('norm', $$
    ALTER FUNCTION norm(bigint) RENAME TO normal;
    ALTER FUNCTION norm(text) SET SCHEMA tools;
    ALTER FUNCTION counted() RENAME TO told;
    ALTER SEQUENCE numbers RENAME TO counts;
    ALTER TABLE parts ALTER COLUMN n TYPE bigint;
    ALTER TABLE parts RENAME COLUMN word TO label
$$);
SELECT gradual.start('norm');
CALL gradual.wait('norm');
INSERT INTO parts (id, label) VALUES (21, 'x');
UPDATE parts SET label = 'Z' WHERE id = 3;
SELECT gradual.complete('norm');
CALL gradual.wait('norm');
INSERT INTO parts (id, label) VALUES (22, 'y');
UPDATE parts SET label = 'Z' WHERE id = 4;
SELECT id, n, label FROM parts WHERE id > 20 ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 'parts' ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'parts'::regclass AND contype = 'c';
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'parts'::regclass;
DROP TABLE parts;
DROP SEQUENCE counts;
DROP FUNCTION normal(bigint);
DROP FUNCTION told();
DROP SCHEMA tools CASCADE;
