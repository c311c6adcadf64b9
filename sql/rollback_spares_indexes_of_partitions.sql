-- Indexes that partitions had before CREATE INDEX on the whole table took them in are
-- there after a rollback, with their names and comments.
CREATE TABLE whole (id int, day int, n int, x int) PARTITION BY LIST (day);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE mid PARTITION OF whole FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF mid DEFAULT;
INSERT INTO whole SELECT g, g % 2 + 1, g, g FROM generate_series(1, 20) g;
CREATE INDEX part_n ON part (n);
COMMENT ON INDEX part_n IS 'of much use';
CREATE INDEX leaf_part ON leaf (lower(n::text)) WHERE x > 3;
CREATE INDEX mid_x ON mid (x);
CREATE UNIQUE INDEX "Leaf of mid" ON leaf (id, day);
CREATE TABLE keyed (id int NOT NULL, n int) PARTITION BY LIST (id);
CREATE TABLE keyed_part PARTITION OF keyed DEFAULT;
ALTER TABLE keyed_part ADD CONSTRAINT mine PRIMARY KEY (id);
INSERT INTO keyed VALUES (1, 1), (2, 2);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE VIEW indexes AS SELECT pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid, 'pg_class'), c.relispartition
FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE indrelid IN (SELECT relid FROM pg_partition_tree('whole') UNION SELECT 'keyed_part'::regclass);
CREATE TABLE before AS TABLE indexes;
SELECT gradual.define('takes_in', $$
    CREATE INDEX whole_n ON whole (n);
    CREATE INDEX whole_part ON whole (lower(n::text)) WHERE x > 3;
    CREATE INDEX whole_x ON whole (x);
    CREATE UNIQUE INDEX whole_id ON whole (id, day);
    ALTER TABLE keyed ADD PRIMARY KEY (id);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('takes_in');
CALL gradual.wait('takes_in');
SELECT count(*) FROM indexes WHERE relispartition;
SELECT gradual.rollback('takes_in');
CALL gradual.wait('takes_in');
TABLE before EXCEPT TABLE indexes;
TABLE indexes EXCEPT TABLE before;
SELECT count(*) FROM indexes;
SELECT conrelid::regclass, conname, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid IN ('keyed'::regclass, 'keyed_part'::regclass) AND contype = 'p';
SELECT gradual.forget('takes_in');
DROP VIEW indexes;
DROP TABLE whole, keyed, bad, before;
