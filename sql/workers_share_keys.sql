-- Several workers share a backfill in the order of a key: each works at a range
-- of keys with a cursor of its own, and every row is changed and counted once,
-- whatever comes, goes and gets another key meanwhile.

CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, filler text NOT NULL);
ALTER TABLE t ALTER filler SET STORAGE plain;
INSERT INTO t SELECT g, 0, repeat('x', 3500) FROM generate_series(1, 2200) g WHERE g NOT IN (1500, 2000);
CREATE VIEW cursors AS
SELECT c.range, c.pages_total, c.position FROM gradual.migration_cursor c ORDER BY c.migration, c.range;

-- both are in the middle of a batch
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit', 2);
TABLE cursors;
SELECT status, processed, cardinality(worker) AS workers FROM gradual.ledger WHERE name = 'm';
-- a key that was reached, one above the last, one that was not reached; from one such to another
INSERT INTO t VALUES (0, 0, 'reached'), (5000, 0, 'above'), (1500, 0, 'not reached');
UPDATE t SET id = 2000, filler = 'moved' WHERE id = 600;
INSERT INTO t VALUES (600, 0, 'again');
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');
SELECT status, processed, scanned, total, progress FROM gradual.ledger WHERE name = 'm';
TABLE cursors;
SELECT n, count(*) FROM t GROUP BY n;
SELECT id, n, filler FROM t WHERE length(filler) < 3500 ORDER BY id;
SELECT gradual.forget('m');
TRUNCATE t;
INSERT INTO t SELECT g, 0, repeat('x', 3500) FROM generate_series(1, 2200) g;

-- one worker, in the middle of its pass, gets help
SELECT gradual.define('n', 'UPDATE t SET n = n + 1', batch_size => 100);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('n');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.alter('n', workers => 2);
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('backfill-rows-found', 2);
TABLE cursors;
SELECT cardinality(worker) AS workers, processed FROM gradual.ledger WHERE name = 'n';
SELECT gradual_test.release('backfill-rows-found');
CALL gradual.wait('n');
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'n';
SELECT n, count(*) FROM t GROUP BY n;

-- what two of them began can be driven to its end by run_batch; each range goes in windows
VACUUM ANALYZE t;
SELECT gradual.define('o', 'UPDATE t SET n = n + 1', batch_size => 20, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('o');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual.pause('o');
SELECT gradual_test.release('before-batch-commit');
DO $$
DECLARE
    done boolean := false;
BEGIN
    WHILE NOT done LOOP
        SELECT is_done INTO done FROM gradual.run_batch('o');
    END LOOP;
END $$;
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'o';
SELECT n, count(*) FROM t GROUP BY n;

-- cancel stops both; start goes on with what is left of their ranges
SELECT gradual.define('c', 'UPDATE t SET n = n + 1', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('c');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual.cancel('c');
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('c');
SELECT count(*) > 1 AS divided FROM cursors WHERE range > 0;
SELECT gradual.start('c');
CALL gradual.wait('c');
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'c';
SELECT n, count(*) FROM t GROUP BY n;

-- a row that raises is named, whoever meets it; then the ranges go on
ALTER TABLE t ADD CHECK (id <> 1700 OR n = 3) NOT VALID;
SELECT gradual.define('p', 'UPDATE t SET n = n + 1', batch_size => 100, workers => 2);
SELECT gradual.start('p');
CALL gradual.wait('p');
SELECT error FROM gradual.ledger WHERE name = 'p';
ALTER TABLE t DROP CONSTRAINT t_check;
SELECT gradual.start('p');
CALL gradual.wait('p');
SELECT status, processed FROM gradual.ledger WHERE name = 'p';
SELECT n, count(*) FROM t GROUP BY n;

-- or left out
ALTER TABLE t ADD CHECK (id NOT IN (1, 1700, 2200) OR n = 4) NOT VALID;
SELECT gradual.define('q', 'UPDATE t SET n = n + 1', on_error => 'quarantine', batch_size => 100, workers => 2);
SELECT gradual.start('q');
CALL gradual.wait('q');
SELECT status, processed, scanned, failed FROM gradual.ledger WHERE name = 'q';
SELECT key, sqlstate FROM gradual.quarantined WHERE name = 'q' ORDER BY key;
SELECT n, count(*) FROM t GROUP BY n ORDER BY n;
SELECT gradual.complete('q', force => true);
CALL gradual.wait('q');
ALTER TABLE t DROP CONSTRAINT t_check;

-- rows that are filled from another table: those that come meanwhile are looked for afterwards
CREATE TABLE u (id int PRIMARY KEY, v int NOT NULL);
INSERT INTO u SELECT g, -g FROM generate_series(0, 2300) g;
ANALYZE u;
VACUUM FULL t;
SELECT gradual.define('r', 'ALTER TABLE t ADD COLUMN v int; UPDATE t SET v = u.v FROM u WHERE u.id = t.id', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('r');
SELECT gradual_test.await('before-batch-commit', 2);
INSERT INTO t VALUES (0, 0, 'reached'), (2300, 0, 'above');
UPDATE t SET v = 5 WHERE id = 600;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('r');
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'r';
SELECT count(*), count(*) FILTER (WHERE v = -id) AS right, max(v) FROM t;
SELECT gradual.complete('r');
CALL gradual.wait('r');

-- a copy, whose trigger carries over what changes in rows of any range
VACUUM FULL t;
SELECT gradual.define('copy', 'CREATE TABLE target (serial bigserial, key int PRIMARY KEY, n int); INSERT INTO target (key, n) SELECT id, n FROM t WHERE n >= 0', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('copy');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT count(*) > 1 AS divided FROM cursors WHERE range > 0;
INSERT INTO t VALUES (-1, 10, 'reached'), (2301, 10, 'above');
DELETE FROM t WHERE id IN (601, 1601);
UPDATE t SET n = 20 WHERE id IN (602, 1602, 2202);
UPDATE t SET id = -id WHERE id = 2100;
UPDATE t SET n = -1 WHERE id = 603;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('copy');
UPDATE t SET n = 30 WHERE id IN (1, 1000, 2200);
SELECT status, progress FROM gradual.ledger WHERE name = 'copy';
SELECT count(*), count(t.id), count(DISTINCT serial), count(*) FILTER (WHERE t.n = target.n) AS right
FROM target FULL JOIN (SELECT * FROM t WHERE n >= 0) t ON t.id = key;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');

-- a small table has one worker
CREATE TABLE small AS SELECT g AS id, 0 AS n FROM generate_series(1, 1000) g;
ALTER TABLE small ADD PRIMARY KEY (id);
SELECT gradual.define('s', 'UPDATE small SET n = n + 1', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('s');
SELECT gradual_test.await('before-batch-commit');
SELECT count(*) FROM cursors WHERE range > 0;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('s');
SELECT n, count(*) FROM small GROUP BY n;

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP VIEW cursors;
DROP TABLE t, u, target, small;
