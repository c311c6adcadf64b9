-- Of a backfill in the order of a key it is known how much of it is left: in each
-- range, after a restart, and when workers are asked for in the middle of a pass.

CREATE TABLE t (id int PRIMARY KEY, n int NOT NULL, filler text NOT NULL);
ALTER TABLE t ALTER filler SET STORAGE plain;
INSERT INTO t SELECT g, 0, repeat('x', 3500) FROM generate_series(1, 2200) g;
VACUUM ANALYZE t;
CREATE TABLE steps (at serial, progress numeric);
CREATE FUNCTION step_to_end(name text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    done boolean := false;
BEGIN
    TRUNCATE steps;
    WHILE NOT done LOOP
        INSERT INTO steps (progress) SELECT l.progress FROM gradual.ledger l WHERE l.name = $1;
        SELECT is_done INTO done FROM gradual.run_batch($1);
    END LOOP;
    INSERT INTO steps (progress) SELECT l.progress FROM gradual.ledger l WHERE l.name = $1;
END $$;
CREATE VIEW longest AS
SELECT max(progress - before) <= 15 AS small, min(progress - before) >= 0 AS never_back
FROM (SELECT progress, lag(progress) OVER (ORDER BY at) AS before FROM steps) s;

-- ranges, each begun and left, and driven to its end by another session
SELECT gradual.define('m', 'UPDATE t SET n = n + 1', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual.pause('m');
SELECT gradual_test.release('before-batch-commit');
CALL gradual_test.await_true($$ NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual worker') $$);
SELECT count(*) > 1 AS divided FROM gradual.migration_cursor WHERE range > 0;
SELECT step_to_end('m');
TABLE longest;
SELECT status, processed, scanned, progress FROM gradual.ledger WHERE name = 'm';

-- one session begins, another one goes on
VACUUM FULL t;
VACUUM ANALYZE t;
SELECT gradual.define('n', 'UPDATE t SET n = n + 1', batch_size => 100);
DO $$
BEGIN
    WHILE coalesce((SELECT processed < 1200 FROM gradual.ledger WHERE name = 'n'), true) LOOP
        PERFORM gradual.run_batch('n');
    END LOOP;
END $$;
\c -
SELECT step_to_end('n');
TABLE longest;

-- the large partition is done, with far fewer rows than its statistics say; of the small one nothing is
CREATE TABLE p (k int NOT NULL, id int NOT NULL, n int NOT NULL, filler text NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
ALTER TABLE p ALTER filler SET STORAGE plain;
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
INSERT INTO p SELECT 1, g, 0, repeat('x', 3500) FROM generate_series(1, 2200) g;
INSERT INTO p SELECT 2, g, 0, 'x' FROM generate_series(1, 300) g;
VACUUM ANALYZE p;
DELETE FROM p WHERE k = 1 AND id >= 100;
SELECT gradual.define('p', 'UPDATE p SET n = n + 1', batch_size => 100);
SELECT * FROM gradual.run_batch('p');
SELECT gradual.alter('p', workers => 2);
SELECT gradual.resume('p');
CALL gradual.wait('p');
SELECT status, processed, scanned, progress FROM gradual.ledger WHERE name = 'p';
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k;

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP VIEW longest;
DROP FUNCTION step_to_end;
DROP TABLE t, steps, p;
