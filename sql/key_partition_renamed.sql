-- Partitions that are renamed in the middle of a backfill, or change places: the
-- migration goes on with the same partitions and changes each row once, also where
-- nothing in a row tells that it was changed.

CREATE SCHEMA "Old ones";
CREATE TABLE p (k int NOT NULL, id int NOT NULL, n int NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
INSERT INTO p SELECT 1 + g % 3, g, 0 FROM generate_series(1, 1500) g;

-- one that is done gets a name behind the others, one that is not before them
SELECT gradual.define('m', 'UPDATE p SET n = n + 1', batch_size => 100);
DO $$
BEGIN
    FOR i IN 1 .. 7 LOOP
        PERFORM gradual.run_batch('m');
    END LOOP;
END $$;
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;
ALTER TABLE p1 RENAME TO z1;
ALTER TABLE p3 RENAME TO a3;
SELECT * FROM gradual.run_batch('m');

-- the one at hand, between two batches of a session, and of a worker; and they
-- change places while it has them open
ALTER TABLE p2 SET SCHEMA "Old ones";
SELECT * FROM gradual.run_batch('m');
SELECT * FROM gradual.run_batch('m');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.resume('m');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
BEGIN;
ALTER TABLE "Old ones".p2 RENAME TO p1;
ALTER TABLE z1 RENAME TO p2;
ALTER TABLE "Old ones".p1 SET SCHEMA public;
COMMIT;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT k, tableoid::regclass, n, count(*) FROM p GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- rows that show that they are done: the name of the one that has rows comes
-- before that of the one that is done
CREATE TABLE q (k int NOT NULL, id int NOT NULL) PARTITION BY LIST (k);
CREATE TABLE q1 PARTITION OF q FOR VALUES IN (1);
CREATE TABLE q2 PARTITION OF q FOR VALUES IN (2);
INSERT INTO q SELECT 2, g FROM generate_series(1, 500) g;
SELECT gradual.define('f', 'ALTER TABLE q ADD COLUMN c int; UPDATE q SET c = id', batch_size => 100);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('f');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
ALTER TABLE q2 RENAME TO q0;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('f');
SELECT status, processed FROM gradual.ledger WHERE name = 'f';
SELECT k, count(*), count(*) FILTER (WHERE c = id) AS right FROM q GROUP BY k ORDER BY k;
SELECT gradual.complete('f');
CALL gradual.wait('f');

-- rows that an index finds: the list of a later sweep is read by the new names
CREATE TABLE r (id int NOT NULL, s text, pad text) PARTITION BY RANGE (id);
CREATE TABLE r1 PARTITION OF r FOR VALUES FROM (0) TO (10000);
CREATE TABLE r2 PARTITION OF r FOR VALUES FROM (10000) TO (20000);
INSERT INTO r SELECT g, CASE WHEN g % 500 = 0 THEN 'x' ELSE 'y' END, repeat('x', 100) FROM generate_series(1, 19999) g;
CREATE INDEX ON r (s);
VACUUM ANALYZE r;
SELECT gradual.define('i', $$UPDATE r SET s = 'z' WHERE s = 'x'$$, batch_size => 30);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('i');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
SELECT position LIKE '%source=index%' AS by_index FROM gradual.migration_cursor ORDER BY migration DESC LIMIT 1;
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual_test.release('before-batch');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch');
SELECT processed FROM gradual.ledger WHERE name = 'i';
ALTER TABLE r1 RENAME TO r9;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('i');
SELECT status, processed FROM gradual.ledger WHERE name = 'i';
SELECT s, count(*) FROM r GROUP BY s ORDER BY s;

SELECT name, count(*) AS attempts FROM gradual.event WHERE event IN ('failed', 'note') GROUP BY name;
SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP TABLE p, q, r;
DROP SCHEMA "Old ones";
