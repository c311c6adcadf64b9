-- A row in the quarantine stays known when partitions change places: in the middle of
-- the backfill, which does not try it again, and afterwards, when retry_quarantined
-- finds it where it is.

CREATE TABLE p (k int NOT NULL, id int, t text) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p SELECT k, g, CASE WHEN k = 1 AND g IN (3, 300) THEN 'bad' ELSE g::text END
FROM generate_series(1, 2) k, generate_series(1, 500) g;
SELECT gradual.define('q', 'ALTER TABLE p ADD COLUMN n int; UPDATE p SET n = t::int',
    on_error => 'quarantine', max_errors => 1, batch_size => 50);

-- the second one stops it
SELECT gradual.start('q');
CALL gradual.wait('q');
SELECT "table", row ->> 'id' AS id FROM gradual.quarantined;
BEGIN;
ALTER TABLE p1 RENAME TO p0;
ALTER TABLE p2 RENAME TO p1;
ALTER TABLE p0 RENAME TO p2;
COMMIT;
UPDATE p SET t = '300' WHERE id = 300;
SELECT gradual.start('q');
CALL gradual.wait('q');
SELECT status, failed FROM gradual.ledger WHERE name = 'q';
SELECT "table", row ->> 'id' AS id FROM gradual.quarantined;
SELECT tableoid::regclass, k, id FROM p WHERE n IS NULL;

UPDATE p SET t = '3' WHERE id = 3;
SELECT gradual.retry_quarantined('q');
SELECT gradual.complete('q');
CALL gradual.wait('q');

-- every key once, and it is done
ALTER TABLE p ADD PRIMARY KEY (k, id), ADD CONSTRAINT few CHECK (n <> 11) NOT VALID;
SELECT gradual.define('once', 'UPDATE p SET n = n + 1', on_error => 'quarantine');
SELECT gradual.start('once');
CALL gradual.wait('once');
SELECT "table", key FROM gradual.quarantined ORDER BY 1, 2;
BEGIN;
ALTER TABLE p1 RENAME TO p0;
ALTER TABLE p2 RENAME TO p1;
COMMIT;
ALTER TABLE p DROP CONSTRAINT few;
SELECT gradual.retry_quarantined('once');
SELECT count(*) FROM gradual.quarantined;
SELECT count(*) FROM p WHERE n IS DISTINCT FROM id + 1;
CALL gradual.run('once');

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP TABLE p;
