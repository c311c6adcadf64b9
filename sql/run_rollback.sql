-- rollback() from every status before the swap leaves the schema and the rows
-- that were there; changes of rows that it cannot bring back are refused first,
-- and after the swap there is only forward.

CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text DEFAULT 'x', CHECK (a > 0));
CREATE INDEX t_b ON t (b);
COMMENT ON COLUMN t.b IS 'a comment';
INSERT INTO t SELECT g, g, 'b' || g FROM generate_series(1, 300) g;
CREATE TABLE shape_before AS SELECT gradual_test.shape('app') AS line;
CREATE TABLE rows_before AS TABLE t;

-- what differs from before
CREATE VIEW differences AS
    (SELECT 'gone' AS what, line FROM shape_before WHERE line !~ 'shape_before|rows_before|differences'
     EXCEPT SELECT 'gone', s FROM gradual_test.shape('app') s)
    UNION ALL
    (SELECT 'new', s FROM gradual_test.shape('app') s WHERE s !~ 'shape_before|rows_before|differences'
     EXCEPT SELECT 'new', line FROM shape_before)
    UNION ALL
    SELECT 'row', id::text FROM t FULL JOIN rows_before r USING (id)
    WHERE (t.a, t.b) IS DISTINCT FROM (r.a, r.b);
TABLE differences;

\set script 'ALTER TABLE t ADD COLUMN c int NOT NULL DEFAULT 7; ALTER TABLE t ADD COLUMN d int; UPDATE t SET d = a; ALTER TABLE t ALTER COLUMN d SET NOT NULL; ALTER TABLE t ALTER COLUMN b SET DEFAULT $s$y$s$; CREATE INDEX t_d ON t (d); CREATE TABLE other (id int REFERENCES t); DROP INDEX t_b; COMMENT ON COLUMN t.b IS $s$another$s$'

-- ready
SELECT gradual.define('m', :'script');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
SELECT count(*) > 0 AS changed FROM differences;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, phase, progress, processed, error FROM gradual.ledger;
SELECT step, phase, action, status, error FROM gradual.step;
TABLE differences;

-- running, held in the backfill
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.rollback('m');
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');
SELECT status, phase, processed FROM gradual.ledger;
TABLE differences;

-- paused
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.pause('m');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
TABLE differences;

-- cancelled at ready
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.cancel('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
TABLE differences;

-- queued
BEGIN;
SELECT gradual.start('m');
SELECT gradual.rollback('m');
COMMIT;
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
TABLE differences;

-- failed: an index that its rows refuse
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN d int; UPDATE t SET d = 1; CREATE UNIQUE INDEX t_d ON t (d)');
SELECT gradual.start('m');
\set VERBOSITY terse
CALL gradual.wait('m');
\set VERBOSITY default
SELECT status, phase, error FROM gradual.ledger;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
TABLE differences;

-- rows changed for good: refused, naming the step, before anything is undone
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN d int; UPDATE t SET a = a + 1000 WHERE id <= 100; UPDATE t SET d = 1');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
SELECT status FROM gradual.ledger;
-- forced: they stay, and the log says so
SELECT gradual.rollback('m', force => true);
CALL gradual.wait('m');
SELECT what, count(*) FROM differences GROUP BY what;
SELECT event, to_status, detail FROM gradual.event WHERE event LIKE 'roll%' ORDER BY at DESC LIMIT 2;
UPDATE t SET a = a - 1000 WHERE a > 1000;
TABLE differences;

-- of code nobody knows what it changed, and where
SELECT gradual.define('m', 'SELECT count(*) FROM t; TRUNCATE t');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
SELECT gradual.rollback('m', force => true);
CALL gradual.wait('m');

-- irreversible in the plan, but it changed no row
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN d int; UPDATE t SET d = 1; DELETE FROM t WHERE id > 1000');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE differences;

-- after the swap
SELECT gradual.define('m', :'script');
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT gradual.rollback('m');
SELECT gradual.rollback('m', force => true);
