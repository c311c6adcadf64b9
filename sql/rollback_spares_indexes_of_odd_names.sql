-- Indexes that partitions had are there after a rollback, whatever they, their tables
-- and their schemas are called.
CREATE SCHEMA "s RENAME TO t";
CREATE TABLE whole (id int, day int, n int) PARTITION BY LIST (day);
CREATE TABLE "s RENAME TO t".part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE "a""b.c" PARTITION OF whole FOR VALUES IN (2);
CREATE TABLE "a"" ON b" PARTITION OF whole FOR VALUES IN (3) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF "a"" ON b" DEFAULT;
INSERT INTO whole SELECT g, g % 3 + 1, g FROM generate_series(1, 30) g;
CREATE INDEX part_n ON "s RENAME TO t".part (n);
CREATE INDEX " IF NOT EXISTS " ON "a""b.c" (n);
CREATE INDEX "q"" ON i" ON "a"" ON b" (n);
ALTER TABLE "a""b.c" ADD CONSTRAINT " USING INDEX _gradual_""" UNIQUE (id, day);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE VIEW indexes AS SELECT pg_get_indexdef(indexrelid), pg_get_constraintdef(c.oid), conname, indisvalid
FROM pg_partition_tree('whole') t JOIN pg_index ON indrelid = t.relid LEFT JOIN pg_constraint c ON conindid = indexrelid;
CREATE TABLE before AS TABLE indexes;
SELECT gradual.define('odd_names', $$
    CREATE INDEX whole_n ON whole (n);
    ALTER TABLE whole ADD UNIQUE (id, day);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('odd_names');
CALL gradual.wait('odd_names');
SELECT gradual.rollback('odd_names');
CALL gradual.wait('odd_names');
SELECT count(*) FROM before;
TABLE before EXCEPT TABLE indexes;
TABLE indexes EXCEPT TABLE before;
SELECT gradual.forget('odd_names');
DROP VIEW indexes;
DROP TABLE whole, bad, before;
DROP SCHEMA "s RENAME TO t";
