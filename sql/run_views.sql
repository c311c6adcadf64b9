-- The views have the columns that the manual names, in that order.

SELECT c.relname, string_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod), ', ' ORDER BY a.attnum) AS columns
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
WHERE c.relnamespace = 'gradual'::regnamespace AND c.relkind = 'v' AND c.relname NOT LIKE 'migration%'
GROUP BY c.relname ORDER BY c.relname;

-- what they show at each stop
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 300) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a; CREATE INDEX t_b ON t (b)');
SELECT name, status, phase, bar, progress, rate, eta, activity FROM gradual.progress;
SELECT name, step, phase, statement, action, target, status, attempts, processed, scanned, started_at, duration, longest_lock_wait, error FROM gradual.step;

SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
SELECT name, status, phase, progress > 0 AND progress < 100 AS progress, failed, completed_at, error,
       array_length(worker, 1) AS workers, started_at <= updated_at AS started
FROM gradual.ledger;
SELECT step, status, started_at IS NOT NULL AS started, duration > '0' AS duration FROM gradual.step;
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');
SELECT name, status, phase, bar, progress, rate, eta, activity FROM gradual.progress;
SELECT step, phase, status, attempts, processed, scanned, duration >= '0' AS duration, longest_lock_wait < '1 s' AS lock_wait, error FROM gradual.step;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT name, status, phase, bar, progress, activity FROM gradual.progress;
SELECT status, processed, scanned, total, failed, cursor, completed_at >= started_at AS completed FROM gradual.ledger;

-- an event for every request and change of status, in their order
SELECT name, event, from_status, to_status, step, detail, by_role = current_user AS by_me,
       at >= lag(at) OVER () AS in_order
FROM gradual.event;
