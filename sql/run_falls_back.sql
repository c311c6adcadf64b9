-- A prepare that fails leads back to ready, with its proofs undone, the number
-- of rows in the way and some of them; wait() raises; repaired, complete() passes.

CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, nullif(g % 100, 0) FROM generate_series(1, 300) g;

-- the fill may give NULL, so the proof waits for complete()
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a; ALTER TABLE t ALTER COLUMN b SET NOT NULL');
SELECT phase, action FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');

-- nothing of ours raises before complete()
INSERT INTO t VALUES (301, NULL);
UPDATE t SET b = NULL WHERE id = 1;
SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'c';

SELECT gradual.complete('m');
\set VERBOSITY terse
CALL gradual.wait('m');
\echo :SQLSTATE
\set VERBOSITY default
SELECT status, phase, progress,
       regexp_replace(error, '=\(\d+\)', '=(..)', 'g') AS error
FROM gradual.ledger;
SELECT step, phase, action, status, error IS NOT NULL AS error FROM gradual.step;
SELECT event, from_status, to_status FROM gradual.event WHERE event LIKE 'f%';

-- the keys are of rows that are in the way
SELECT count(*) = 5 AND bool_and(b IS NULL) AS all_in_the_way
FROM t WHERE id IN (SELECT m[1]::int FROM gradual.ledger, regexp_matches(error, '\(id\)=\((\d+)\)', 'g') m);

-- the application is as undisturbed as before
SELECT conname FROM pg_constraint WHERE conrelid = 't'::regclass AND contype = 'c';
INSERT INTO t VALUES (302, NULL);
INSERT INTO t VALUES (303, 7);
SELECT * FROM t WHERE id > 301;

-- a second time: the same
SELECT gradual.complete('m');
\set VERBOSITY terse
CALL gradual.wait('m');
\set VERBOSITY default
SELECT status, phase FROM gradual.ledger;

-- and again after a repair
UPDATE t SET b = 0 WHERE b IS NULL;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, phase, error FROM gradual.ledger;
\d t

-- auto_complete falls back, too, and does not try again by itself
SELECT gradual.define('n', 'ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = a; ALTER TABLE t ALTER COLUMN c SET NOT NULL');
SELECT gradual.start('n', auto_complete => true);
\set VERBOSITY terse
CALL gradual.wait('n');
\set VERBOSITY default
SELECT status, phase, error IS NOT NULL AS error FROM gradual.ledger WHERE name = 'n';
SELECT gradual.rollback('n');
CALL gradual.wait('n');
SELECT status, error FROM gradual.ledger WHERE name = 'n';
