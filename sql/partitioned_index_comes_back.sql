-- An index of a partitioned table that a script drops comes back on a rollback,
-- on all partitions and with its comment.
CREATE TABLE events (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (6);
CREATE TABLE events_2 PARTITION OF events DEFAULT;
INSERT INTO events SELECT i, '2025-01-01' FROM generate_series(1, 10) i;
CREATE INDEX events_at ON events (at);
COMMENT ON INDEX events_at IS 'of much use';

SELECT gradual.define('drop', $$
    ALTER TABLE events ADD n int;
    UPDATE events SET n = id;
    DROP INDEX events_at;
    CREATE INDEX events_at ON events (at, id);
$$);
SELECT gradual.start('drop');
CALL gradual.wait('drop');
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('events')) ORDER BY 1;
SELECT gradual.rollback('drop');
CALL gradual.wait('drop');
SELECT pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid, 'pg_class')
FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('events')) ORDER BY 1;

CALL gradual.run('drop');
SELECT status FROM gradual.ledger;
SELECT pg_get_indexdef(indexrelid), indisvalid, obj_description(indexrelid, 'pg_class')
FROM pg_index WHERE indrelid IN (SELECT relid FROM pg_partition_tree('events')) ORDER BY 1;
