-- run_batch() does the worker's work in the caller's transaction: in many or in
-- one, up to ready and to completed; what an error undoes has not happened.

CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL);
INSERT INTO t SELECT g, g FROM generate_series(1, 500) g;

-- drives a migration to its next stop: the calls, and the rows that were changed
CREATE FUNCTION drive(name text, OUT several boolean, OUT rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    result record;
    calls int := 0;
BEGIN
    rows := 0;
    LOOP
        result := gradual.run_batch(name);
        rows := rows + result.processed;
        calls := calls + 1;
        EXIT WHEN result.is_done;
    END LOOP;
    several := calls > 1;
END
$$;

-- a call a transaction: DDL returns 0, every batch the rows that it changed
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a; ALTER TABLE t ALTER COLUMN b SET NOT NULL',
                      batch_size => 200);
SELECT * FROM gradual.run_batch('m');
SELECT status, phase, activity, worker FROM gradual.ledger WHERE name = 'm';
SELECT processed > 0 AS some, is_done FROM gradual.run_batch('m');
SELECT processed > 0 AS some, is_done, continue_cursor IS NOT NULL AS cursor FROM gradual.run_batch('m');
SELECT * FROM drive('m') \gset
SELECT :'several' AS several, (SELECT processed FROM gradual.ledger WHERE name = 'm') AS all_rows;
SELECT status, phase, progress, processed FROM gradual.ledger WHERE name = 'm';
SELECT count(*) FROM t WHERE b = a;

-- ready: nothing to do until complete is asked for
\set VERBOSITY terse
SELECT * FROM gradual.run_batch('m');
\set VERBOSITY default

-- the contract in one transaction with the request
BEGIN;
SELECT gradual.complete('m');
ROLLBACK;
SELECT gradual.pause('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
BEGIN;
SELECT gradual.complete('m');
SELECT gradual.pause('m');
SELECT * FROM drive('m') \gset
SELECT :'several' AS several, :rows AS rows;
SELECT status, phase FROM gradual.ledger WHERE name = 'm';
COMMIT;
SELECT status, phase, progress FROM gradual.ledger WHERE name = 'm';
\d t

-- all in one transaction, and rolled back: nothing has happened
SELECT gradual.define('n', 'ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = -a; UPDATE t SET a = a + 1000 WHERE id > 250');
BEGIN;
SELECT * FROM drive('n') \gset
SELECT :rows AS rows, status FROM gradual.ledger WHERE name = 'n';
SELECT count(*) FROM t WHERE c = -a;
ROLLBACK;
SELECT status, processed, started_at FROM gradual.ledger WHERE name = 'n';
\d t
-- again, and kept
BEGIN;
SELECT * FROM drive('n') \gset
SELECT :rows AS rows, status FROM gradual.ledger WHERE name = 'n';
COMMIT;
SELECT count(*), count(*) FILTER (WHERE a = id + 1000), count(*) FILTER (WHERE c = -id) FROM t;
SELECT gradual.rollback('n', force => true);
CALL gradual.wait('n');
UPDATE t SET a = id;

-- an error goes to the caller and nothing of the call is kept
SELECT gradual.define('e', 'UPDATE t SET a = 1000 / (id - 300)', batch_size => 100);
BEGIN;
SELECT is_done FROM gradual.run_batch('e');
SELECT processed > 0 AS some FROM gradual.run_batch('e');
COMMIT;
SELECT processed AS before FROM gradual.ledger WHERE name = 'e' \gset
SELECT * FROM drive('e');
SELECT status, error, processed = :before AS as_before FROM gradual.ledger WHERE name = 'e';
SELECT count(*) = :before AS as_before FROM t WHERE a <> id;
-- within a savepoint, too
BEGIN;
SAVEPOINT s;
SELECT * FROM drive('e');
ROLLBACK TO s;
UPDATE t SET id = 1300 WHERE id = 300;
SELECT :before + rows AS rows FROM drive('e');
COMMIT;
SELECT status, processed FROM gradual.ledger WHERE name = 'e';

-- while a worker lives
SELECT gradual.define('w', 'UPDATE t SET a = 5 WHERE a <> 5');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('w');
SELECT gradual_test.await('before-batch-commit');
SELECT * FROM gradual.run_batch('w');
SELECT gradual.pause('w');
SELECT gradual_test.release('before-batch-commit');
SELECT status FROM gradual.ledger WHERE name = 'w';
SELECT rows > 0 AS some FROM drive('w');
SELECT count(*) FROM t WHERE a <> 5;

-- a step that refuses a transaction block is left to a worker
SELECT gradual.define('i', 'ALTER TABLE t ADD COLUMN i int; CREATE INDEX t_a ON t (a)');
SELECT processed, is_done FROM gradual.run_batch('i');
SELECT * FROM gradual.run_batch('i');
\echo :SQLSTATE
SELECT gradual.resume('i');
CALL gradual.wait('i');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid = 't'::regclass ORDER BY 1;

-- a rolled back migration begins anew
SELECT gradual.define('r', 'ALTER TABLE t ADD COLUMN r int; UPDATE t SET r = 1');
SELECT rows FROM drive('r');
SELECT gradual.rollback('r');
CALL gradual.wait('r');
SELECT rows FROM drive('r');
SELECT count(r) FROM t;
