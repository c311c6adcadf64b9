-- Partitions that are detached, dropped, attached and created in the middle of a
-- backfill: it goes on with what is there, changes no row of a partition that is
-- detached, changes each of the others once, and goes on in one that is attached again
-- where it was.

CREATE TABLE p (k int NOT NULL, id int NOT NULL, n int NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
CREATE TABLE p4 PARTITION OF p FOR VALUES IN (4);
CREATE TABLE p5 PARTITION OF p FOR VALUES IN (5);
INSERT INTO p SELECT 1 + g % 5, g, 0 FROM generate_series(1, 1000) g;
CREATE FUNCTION batches(name text, times int) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    FOR i IN 1 .. times LOOP
        SELECT format('%s of %s', sum(b.processed), max(b.continue_cursor)) INTO result FROM gradual.run_batch(name) b;
    END LOOP;
    RETURN result;
END $$;

-- nothing in a row tells that it was changed: one that is half done, one that is done, one
-- that is not, one that is never seen again
SELECT gradual.define('m', 'UPDATE p SET n = n + 1', batch_size => 50);
SELECT batches('m', 8);
ALTER TABLE p DETACH PARTITION p1;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p DETACH PARTITION p4;
DROP TABLE p5;
ALTER TABLE p1 RENAME TO q1;
SELECT batches('m', 3);
SELECT n, count(*) FROM p2 GROUP BY n ORDER BY n;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
ALTER TABLE p ATTACH PARTITION p4 FOR VALUES IN (4);
CREATE TABLE p0 PARTITION OF p FOR VALUES IN (0);
INSERT INTO p VALUES (0, 1, 0);
SELECT batches('m', 3);
-- back while the walk is at what was missed
ALTER TABLE p ATTACH PARTITION q1 FOR VALUES IN (1);
CREATE TABLE p6 PARTITION OF p FOR VALUES IN (6);
INSERT INTO p VALUES (6, 1, 0);
SELECT gradual.resume('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;

-- a fill
SELECT gradual.define('f', 'ALTER TABLE p ADD COLUMN c int; UPDATE p SET c = id', batch_size => 50);
SELECT batches('f', 6);
UPDATE p SET c = -1 WHERE id <= 100;
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p DETACH PARTITION p3;
DROP TABLE p4;
SELECT batches('f', 2);
SELECT count(*) FROM p2 WHERE c IS NULL;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES IN (2);
CREATE TABLE p7 (LIKE p3 INCLUDING INDEXES);
INSERT INTO p7 SELECT 7, g, 0, NULL FROM generate_series(1, 100) g;
ALTER TABLE p ATTACH PARTITION p7 FOR VALUES IN (7);
SELECT gradual.resume('f');
CALL gradual.wait('f');
SELECT status, processed FROM gradual.ledger WHERE name = 'f';
SELECT k, count(*), count(*) FILTER (WHERE c = CASE WHEN k < 7 AND id <= 100 THEN -1 ELSE id END) AS right FROM p GROUP BY k ORDER BY k;
SELECT count(*) FROM p3 WHERE c IS NULL;
SELECT name, detail FROM gradual.event WHERE event IN ('note', 'failed');
SELECT gradual.complete('f');
CALL gradual.wait('f');

-- a change that its WHERE proves
SELECT gradual.define('w', 'UPDATE p SET n = 5 WHERE n < 5', batch_size => 50);
SELECT batches('w', 3);
ALTER TABLE p DETACH PARTITION p2;
ALTER TABLE p2 RENAME TO p9;
SELECT batches('w', 2);
ALTER TABLE p ATTACH PARTITION p9 FOR VALUES IN (2);
SELECT gradual.resume('w');
CALL gradual.wait('w');
SELECT status FROM gradual.ledger WHERE name = 'w';
SELECT n, count(*) FROM p GROUP BY n ORDER BY n;

-- the partition at hand is taken away while a worker has it open
SELECT gradual.define('m2', 'UPDATE p SET n = n + 1', batch_size => 30);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m2');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
ALTER TABLE p DETACH PARTITION q1;
ALTER TABLE p DETACH PARTITION p0;
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual_test.release('before-batch');
SELECT gradual_test.await('before-batch-commit');
SELECT n, count(*) FROM q1 GROUP BY n ORDER BY n;
ALTER TABLE p ATTACH PARTITION q1 FOR VALUES IN (1);
DROP TABLE p0;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m2');
SELECT status FROM gradual.ledger WHERE name = 'm2';
SELECT n, count(*) FROM p GROUP BY n ORDER BY n;
SELECT name, detail FROM gradual.event WHERE event IN ('note', 'failed');

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP TABLE p, p3;
DROP FUNCTION batches;
