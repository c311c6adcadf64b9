-- Claim: a row that one of the first batches has moved to the end of the table is
-- counted once, also when the end is read some five thousand batches later.
-- (345 pages of 16 rows are ten windows, and the last page, which has room for what
-- moves first, is in the ninth.)

CREATE TABLE t (id int, pad text) WITH (autovacuum_enabled = off);
ALTER TABLE t ALTER pad SET STORAGE PLAIN;
INSERT INTO t SELECT n, repeat('x', 460) FROM generate_series(1, 16 * 344 + 1) n;
SELECT pg_relation_size('t') / current_setting('block_size')::int AS pages;
SELECT gradual.define('t', 'ALTER TABLE t ADD n int; UPDATE t SET n = id', batch_size => 1);
SELECT gradual.start('t');
CALL gradual.wait('t');
SELECT status, processed, scanned FROM gradual.step WHERE name = 't' AND phase = 'backfill';
