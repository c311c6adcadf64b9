-- A rollback that is broken off while it builds a dropped index of a partitioned table
-- anew leaves nothing of it when the migration goes forward again.

CREATE TABLE events (id int, at date) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (6);
CREATE TABLE events_2 PARTITION OF events DEFAULT;
INSERT INTO events SELECT i, '2025-01-01' FROM generate_series(1, 10) i;
CREATE INDEX events_at ON events (at);
CREATE VIEW indexes AS
    SELECT indexrelid::regclass, indisvalid, inhparent::regclass AS attached_to
    FROM pg_index LEFT JOIN pg_inherits ON inhrelid = indexrelid
    WHERE indrelid IN (SELECT relid FROM pg_partition_tree('events')) ORDER BY indexrelid::regclass::text;
SELECT gradual.define('drop', $$
    ALTER TABLE events ADD n int;
    UPDATE events SET n = id;
    DROP INDEX events_at;
    ALTER TABLE events ALTER n SET NOT NULL;
$$);
SELECT gradual.start('drop');
CALL gradual.wait('drop');
TABLE indexes;

-- Each time one transaction of the rollback more is committed, and the next one fails.
\set step 'SELECT gradual_test.hold(''before-commit-rollback''); SELECT gradual.rollback(''drop''); SELECT gradual_test.await(''before-commit-rollback''); SELECT gradual_test.fail_once(''before-commit-rollback''); SELECT gradual_test.release(''before-commit-rollback''); CALL gradual.wait(''drop'');'
\o /dev/null
:step
:step
:step
\o
TABLE indexes;
SELECT gradual.start('drop');
CALL gradual.wait('drop');
TABLE indexes;
SELECT gradual.rollback('drop');
CALL gradual.wait('drop');
TABLE indexes;
