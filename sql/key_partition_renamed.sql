-- A partition that is renamed in the middle of a backfill: where nothing in a row
-- tells that it was changed the migration stops until the name is back, and no
-- row is changed twice; else it goes on.

CREATE TABLE p (k int NOT NULL, id int NOT NULL, n int NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p SELECT 1 + g % 2, g, 0 FROM generate_series(1, 1000) g;

-- one that is done would come again behind the other
SELECT gradual.define('m', 'UPDATE p SET n = n + 1', batch_size => 100);
DO $$
BEGIN
    FOR i IN 1 .. 7 LOOP
        PERFORM gradual.run_batch('m');
    END LOOP;
END $$;
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;
ALTER TABLE p1 RENAME TO z1;
SELECT * FROM gradual.run_batch('m');
SELECT gradual.resume('m');
CALL gradual.wait('m');
ALTER TABLE z1 RENAME TO p1;

-- the worker has them open while they change places
SELECT gradual_test.hold('before-batch');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual_test.release('before-batch');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
BEGIN;
ALTER TABLE p1 RENAME TO p0;
ALTER TABLE p2 RENAME TO p1;
ALTER TABLE p0 RENAME TO p2;
COMMIT;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('m');
BEGIN;
ALTER TABLE p1 RENAME TO p0;
ALTER TABLE p2 RENAME TO p1;
ALTER TABLE p0 RENAME TO p2;
COMMIT;

-- others may come
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
INSERT INTO p VALUES (3, 1, 0);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;

-- rows that show that they are done
SELECT gradual.define('f', 'ALTER TABLE p ADD COLUMN c int; UPDATE p SET c = id', batch_size => 100);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('f');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
UPDATE p SET c = -1 WHERE id <= 100;
BEGIN;
ALTER TABLE p1 RENAME TO p0;
ALTER TABLE p2 RENAME TO p1;
ALTER TABLE p0 RENAME TO p2;
COMMIT;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('f');
SELECT status FROM gradual.ledger WHERE name = 'f';
SELECT k, count(*), count(*) FILTER (WHERE c = CASE WHEN id <= 100 THEN -1 ELSE id END) AS right FROM p GROUP BY k ORDER BY k;
SELECT gradual.complete('f');
CALL gradual.wait('f');

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP TABLE p;
