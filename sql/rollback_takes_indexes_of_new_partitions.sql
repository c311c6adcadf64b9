-- Partitions that are made while a migration is ready have its indexes and keys; a
-- rollback takes them away, also below; what was the partition's own stays.
CREATE TABLE whole (id int NOT NULL, day int, n int) PARTITION BY LIST (day);
CREATE TABLE mid PARTITION OF whole FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE INDEX mid_n ON mid (n);
CREATE TABLE mid_leaf PARTITION OF mid FOR VALUES IN (1);
INSERT INTO whole SELECT 1, 2, g FROM generate_series(1, 3) g;
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
SELECT gradual.define('new_parts', $$
    CREATE INDEX whole_n ON whole (n);
    ALTER TABLE whole ADD UNIQUE (id, day, n);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('new_parts');
CALL gradual.wait('new_parts');
CREATE TABLE fresh PARTITION OF whole FOR VALUES IN (3);
CREATE TABLE fresh_mid PARTITION OF whole FOR VALUES IN (4) PARTITION BY LIST (id);
CREATE TABLE fresh_leaf PARTITION OF fresh_mid DEFAULT;
CREATE TABLE mid_late PARTITION OF mid DEFAULT;
CREATE TABLE attached (id int NOT NULL, day int, n int, UNIQUE (id, day, n));
CREATE INDEX attached_n ON attached (n);
ALTER TABLE whole ATTACH PARTITION attached FOR VALUES IN (5);
SELECT gradual.rollback('new_parts');
CALL gradual.wait('new_parts');
SELECT t.relid, pg_get_indexdef(indexrelid), indisvalid FROM pg_partition_tree('whole') t JOIN pg_index ON indrelid = t.relid ORDER BY 1, 2;
INSERT INTO whole VALUES (1, 3, 1), (1, 3, 1);
SELECT gradual.forget('new_parts');
DROP TABLE whole, bad;
