-- A collation that the script renames or moves has its old name until the swap, also
-- in the indexes and constraints of a column that gets another type, or a second name.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA tools;
CREATE COLLATION cold FROM "C";
CREATE COLLATION far FROM "C";
CREATE TABLE parts (id int PRIMARY KEY, word text COLLATE cold CHECK (word > 'A' COLLATE far), label text COLLATE far);
INSERT INTO parts SELECT g, 'W' || g, 'L' || g FROM generate_series(1, 20) g;
CREATE INDEX collated ON parts (word COLLATE far, upper(label) COLLATE cold) WHERE word > 'B' COLLATE cold;
SELECT gradual.define('collation', $$
    ALTER COLLATION cold RENAME TO chill;
    ALTER COLLATION far SET SCHEMA tools;
    ALTER TABLE parts ALTER COLUMN word TYPE varchar(20) COLLATE chill;
    ALTER TABLE parts RENAME COLUMN label TO title
$$);
SELECT gradual.start('collation');
CALL gradual.wait('collation');
INSERT INTO parts (id, word, title) VALUES (21, 'X', 'x');
SELECT gradual.complete('collation');
CALL gradual.wait('collation');
INSERT INTO parts (id, word, title) VALUES (22, 'Y', 'y');
SELECT id, word, title FROM parts WHERE id > 20 ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 'parts' ORDER BY 1;
SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'parts'::regclass AND contype = 'c';
SELECT attname, atttypid::regtype, attcollation::regcollation FROM pg_attribute WHERE attrelid = 'parts'::regclass AND attnum > 1 AND NOT attisdropped ORDER BY 1;
DROP TABLE parts;
DROP COLLATION chill;
DROP SCHEMA tools CASCADE;
