-- wait() returns when the last request is fulfilled, raises when it cannot be,
-- and leaves the migration alone at the timeout; run() may be called again in
-- every status.

CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 50) g;

SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a');

-- defined: nothing was asked for
CALL gradual.wait('m');
\echo :SQLSTATE

-- timeout
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
CALL gradual.wait('m', '1 ms');
\echo :SQLSTATE
CALL gradual.wait('m', '0');
\echo :SQLSTATE
CALL gradual.wait('m', '-1 s');
\echo :SQLSTATE
SELECT status FROM gradual.ledger WHERE name = 'm';

-- not where it would hold a snapshot
BEGIN;
CALL gradual.wait('m');
\echo :SQLSTATE
ROLLBACK;
CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CALL gradual.wait('m'); END $$;
SELECT f();
BEGIN;
CALL gradual.run('m');
ROLLBACK;
-- a procedure that may commit can wait
CREATE PROCEDURE p(name text) LANGUAGE plpgsql AS $$ BEGIN CALL gradual.wait(name); END $$;

-- paused
SELECT gradual.pause('m');
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');

-- cancelled
SELECT gradual.cancel('m');
CALL gradual.wait('m');

-- ready is what start() asked for
SELECT gradual.start('m');
CALL p('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
CALL gradual.wait('m');
CALL gradual.wait('m', '1 h');

-- rolled back is what rollback() asked for
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger WHERE name = 'm';

-- unknown
CALL gradual.wait('nobody');
CALL gradual.wait(NULL);

-- auto_complete: not at ready
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
CALL gradual.wait('m');

-- run(): define, start, complete
CALL gradual.run('r', 'ALTER TABLE t ADD COLUMN r int; UPDATE t SET r = a');
SELECT status FROM gradual.ledger WHERE name = 'r';
-- completed
CALL gradual.run('r', 'ALTER TABLE t ADD COLUMN r int; UPDATE t SET r = a');
CALL gradual.run('r');
CALL gradual.run('r', 'ALTER TABLE t ADD COLUMN another int');
CALL gradual.run('nobody');
-- defined
SELECT gradual.define('s', 'ALTER TABLE t ADD COLUMN s int; UPDATE t SET s = a');
CALL gradual.run('s');
SELECT status FROM gradual.ledger WHERE name = 's';
-- ready
SELECT gradual.define('ready', 'ALTER TABLE t ADD COLUMN c1 int; UPDATE t SET c1 = a');
SELECT gradual.start('ready');
CALL gradual.wait('ready');
CALL gradual.run('ready');
SELECT status FROM gradual.ledger WHERE name = 'ready';
-- queued, by a start() without auto_complete
SELECT gradual.define('queued', 'ALTER TABLE t ADD COLUMN c2 int; UPDATE t SET c2 = a');
SELECT gradual.start('queued');
CALL gradual.run('queued');
SELECT status FROM gradual.ledger WHERE name = 'queued';
-- failed, repaired
SELECT gradual.define('failed', 'UPDATE t SET a = 1 / (a - 50)');
SELECT gradual.start('failed');
CALL gradual.wait('failed');
CALL gradual.run('failed');
UPDATE t SET a = 51 WHERE a = 50;
CALL gradual.run('failed');
SELECT status, processed FROM gradual.ledger WHERE name = 'failed';
-- cancelled
SELECT gradual.define('cancelled', 'UPDATE t SET a = 7 WHERE a <> 7');
BEGIN;
SELECT gradual.start('cancelled');
SELECT gradual.cancel('cancelled');
COMMIT;
CALL gradual.run('cancelled');
SELECT status, processed FROM gradual.ledger WHERE name = 'cancelled';
-- rolled back
SELECT gradual.define('back', 'ALTER TABLE t ADD COLUMN c3 int; UPDATE t SET c3 = a');
SELECT gradual.start('back');
CALL gradual.wait('back');
SELECT gradual.rollback('back');
CALL gradual.wait('back');
CALL gradual.run('back');
SELECT status FROM gradual.ledger WHERE name = 'back';
-- paused: somebody wants it to rest
SELECT gradual.define('paused', 'UPDATE t SET a = 8 WHERE a <> 8');
BEGIN;
SELECT gradual.start('paused');
SELECT gradual.pause('paused');
COMMIT;
CALL gradual.run('paused');
-- driven by run_batch(): nobody would do the work while we wait
CREATE TABLE u AS SELECT 1 AS id;
SELECT gradual.define('driven', 'ALTER TABLE u ADD COLUMN c int; UPDATE u SET c = id', batch_size => 100000);
DO $$ BEGIN LOOP EXIT WHEN (gradual.run_batch('driven')).is_done; END LOOP; END $$;
SELECT status FROM gradual.ledger WHERE name = 'driven';
SELECT gradual.complete('driven');
CALL gradual.wait('driven');
SELECT gradual.resume('driven');
CALL gradual.wait('driven');
SELECT status FROM gradual.ledger WHERE name = 'driven';
-- tracked: there is nothing to run
SELECT gradual.track_start('outside');
CALL gradual.run('outside');
