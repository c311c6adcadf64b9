-- Claim: a backfill that is interrupted at the last page of a window counts the
-- rows of that window, too.  (A batch reads 2000 pages at most, so the fourth ends
-- with the 125th window of 64 pages.)

CREATE TABLE t (id int, done bool, pad text) WITH (fillfactor = 10, autovacuum_enabled = off);
ALTER TABLE t ALTER pad SET STORAGE PLAIN;
INSERT INTO t SELECT n, true, repeat('x', 500) FROM generate_series(1, 8100) n;
SELECT pg_relation_size('t') / current_setting('block_size')::int AS pages;
SELECT gradual.define('t', 'UPDATE t SET done = true WHERE done IS NULL', batch_time => '10 s');
SELECT gradual.start('t');
CALL gradual.wait('t');
SELECT status, processed, scanned FROM gradual.step WHERE name = 't';
