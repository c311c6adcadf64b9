-- A worker that is cancelled while it reads the ledger, at no step yet, leaves the
-- steps as they are: a change of rows that has begun has not become one that has not,
-- which a rollback would pass over.
CREATE TABLE item (id int PRIMARY KEY, n int NOT NULL);
INSERT INTO item SELECT i, 0 FROM generate_series(1, 100) i;
ANALYZE item;
SELECT gradual.define('count', 'UPDATE item SET n = n + 1', batch_size => 10);
SELECT gradual.run_batch('count');
SELECT gradual.run_batch('count');
SELECT count(*) > 0 AS begun FROM item WHERE n = 1;
SELECT action, status FROM gradual.step;

-- The worker waits for the ledger
CREATE VIEW waiting AS
    SELECT l.pid, l.waitstart FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE NOT l.granted AND l.relation = 'gradual.migration'::regclass AND a.backend_type = 'gradual worker';
CREATE TABLE waited AS TABLE waiting;
SELECT gradual_test.hold('after-claim');
SELECT gradual.resume('count');
SELECT gradual_test.await('after-claim');
BEGIN;
LOCK TABLE gradual.migration;
PREPARE TRANSACTION 'ledger';
SELECT gradual_test.release('after-claim');
CALL gradual_test.await_true('(SELECT count(waitstart) = 1 FROM waiting)');
INSERT INTO waited TABLE waiting;
SELECT pg_cancel_backend(pid) FROM waiting;
-- Then to say that it has failed
CALL gradual_test.await_true('(SELECT count(w.waitstart) = 1 FROM waiting w, waited WHERE w.waitstart > waited.waitstart)');
ROLLBACK PREPARED 'ledger';
CALL gradual.wait('count');
SELECT action, status FROM gradual.step;
SELECT gradual.rollback('count');
SELECT gradual.start('count');
CALL gradual.wait('count');
SELECT n, count(*) FROM item GROUP BY n;
