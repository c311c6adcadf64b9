-- pause and cancel stop at the next batch and leave everything in place; resume
-- and start go on from the cursor, reset from scratch; alter() takes effect live.

CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO t SELECT g, 0 FROM generate_series(1, 1000) g;

-- every row exactly once, whatever stands between
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 100);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.alter('m', batch_size => 50, batch_time => '5 ms', nice => 0.5);
SELECT batch_size FROM gradual.ledger WHERE name = 'm';
SELECT gradual.pause('m');
SELECT gradual.pause('m');
SELECT status, phase, activity FROM gradual.ledger WHERE name = 'm';
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual.resume('m');
SELECT gradual_test.await('backfill-rows-found');
SELECT gradual.cancel('m');
SELECT gradual_test.release('backfill-rows-found');
SELECT gradual.cancel('m');
SELECT status, phase, progress < 100 AS unfinished FROM gradual.ledger WHERE name = 'm';
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT n, count(*) FROM t GROUP BY n;

-- half of it, then cancelled: start goes on
SELECT gradual.define('n', 'UPDATE t SET n = n + 1', batch_size => 100);
SELECT processed > 0 AS some FROM gradual.run_batch('n');
SELECT processed > 0 AS some FROM gradual.run_batch('n');
SELECT gradual.cancel('n');
SELECT processed AS before FROM gradual.ledger WHERE name = 'n' \gset
SELECT count(*) = :before AS as_before, count(*) BETWEEN 1 AND 999 AS half FROM t WHERE n = 2;
-- reset is refused: it would add to these rows again
SELECT gradual.start('n', reset => true);
SELECT status, processed = :before AS as_before FROM gradual.ledger WHERE name = 'n';
SELECT gradual.start('n');
CALL gradual.wait('n');
SELECT status, processed FROM gradual.ledger WHERE name = 'n';
SELECT n, count(*) FROM t GROUP BY n;

-- reset of what can be undone begins anew, with the plan of now
SELECT gradual.define('f', 'ALTER TABLE t ADD COLUMN f int; UPDATE t SET f = n', batch_size => 100);
SELECT processed FROM gradual.run_batch('f');
SELECT processed > 0 AS some FROM gradual.run_batch('f');
SELECT gradual.cancel('f');
SELECT count(f) BETWEEN 1 AND 999 AS half FROM t;
UPDATE t SET f = -1 WHERE id = 1;
SELECT gradual.start('f', reset => true);
CALL gradual.wait('f');
SELECT status, processed FROM gradual.ledger WHERE name = 'f';
SELECT count(f), min(f) FROM t;
SELECT event, from_status, to_status, detail FROM gradual.event WHERE name = 'f' AND event NOT IN ('begin', 'note');

-- cancelled at ready: the column and its trigger stay
SELECT gradual.cancel('f');
INSERT INTO t VALUES (2000, 7);
SELECT * FROM t WHERE id = 2000;
SELECT gradual.start('f');
CALL gradual.wait('f');
SELECT status, processed FROM gradual.ledger WHERE name = 'f';

-- alter: what it refuses, what it leaves alone
SELECT gradual.alter('f', batch_size => -1);
SELECT gradual.alter('f', batch_time => '-1 s');
SELECT gradual.alter('f', nice => -1);
SELECT gradual.alter('f', workers => 0);
SELECT gradual.alter('f', batch_size => 0);
SELECT gradual.alter('f');
SELECT event, detail FROM gradual.event WHERE event = 'alter';
