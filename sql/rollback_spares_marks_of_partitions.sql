-- What was said of a partition's own index or key is there after the rollback of one of
-- the whole that took it in: comment, tablespace, CLUSTER mark, statistics.  While a
-- foreign key refers to it, the rollback stops and says what to do.
SET client_min_messages = warning;
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE elsewhere LOCATION '';
CREATE TABLE whole (id int NOT NULL, n int, x int) PARTITION BY LIST (id);
CREATE TABLE one PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE two PARTITION OF whole DEFAULT;
INSERT INTO whole SELECT g, g, g FROM generate_series(1, 20) g;
CREATE INDEX "one %I n" ON one (n) TABLESPACE elsewhere WHERE x > 3;
CREATE INDEX two_n ON two ((n + 1), (x + 1));
ALTER INDEX two_n ALTER COLUMN 1 SET STATISTICS 77, ALTER COLUMN 2 SET STATISTICS 88;
ALTER TABLE one ADD CONSTRAINT "one %I key" UNIQUE (id) WITH (fillfactor = 70) USING INDEX TABLESPACE elsewhere, CLUSTER ON "one %I key";
COMMENT ON CONSTRAINT "one %I key" ON one IS 'it''s a key';
COMMENT ON INDEX "one %I key" IS 'its index';
ALTER TABLE two CLUSTER ON two_n;
ALTER TABLE two ADD CONSTRAINT two_key UNIQUE (id) DEFERRABLE;
CREATE VIEW marks AS
SELECT c.relname, pg_get_indexdef(indexrelid) AS definition, spcname, indisvalid, indisclustered, obj_description(indexrelid, 'pg_class') AS comment,
    (SELECT string_agg(attstattarget::text, ' ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0) AS statistics,
    conname, obj_description(k.oid, 'pg_constraint') AS constraint_comment, condeferrable
FROM pg_index JOIN pg_class c ON c.oid = indexrelid LEFT JOIN pg_constraint k ON k.conindid = indexrelid AND k.conrelid = indrelid
LEFT JOIN pg_tablespace s ON s.oid = c.reltablespace
WHERE indrelid IN (SELECT relid FROM pg_partition_tree('whole'));
CREATE TABLE before AS TABLE marks;
SELECT spcname, indisclustered, comment, statistics, conname, constraint_comment FROM before ORDER BY relname COLLATE "C";
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
SELECT gradual.define('takes_in', $$
    CREATE INDEX whole_n ON whole (n) WHERE x > 3;
    CREATE INDEX whole_two ON whole ((n + 1), (x + 1));
    ALTER TABLE whole ADD CONSTRAINT whole_key UNIQUE (id);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('takes_in');
CALL gradual.wait('takes_in');
SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relispartition;
CREATE TABLE "of one" (id int CONSTRAINT refers REFERENCES one (id));
SELECT gradual.rollback('takes_in');
CALL gradual.wait('takes_in');
ALTER TABLE "of one" DROP CONSTRAINT refers;
SELECT gradual.rollback('takes_in');
CALL gradual.wait('takes_in');
SELECT status FROM gradual.ledger;
TABLE before EXCEPT TABLE marks;
TABLE marks EXCEPT TABLE before;
DROP VIEW marks;
DROP TABLE whole, bad, before, "of one";
DROP TABLESPACE elsewhere;
