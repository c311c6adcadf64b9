-- Several workers share a backfill: each works at a range with a cursor of its
-- own, and every row is changed and counted once.

CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, filler text NOT NULL);
ALTER TABLE t ALTER filler SET STORAGE plain;
INSERT INTO t SELECT g, g, repeat('x', 3500) FROM generate_series(1, 2200) g;
CREATE TABLE changed (id int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS
'BEGIN INSERT INTO changed VALUES (NEW.id); RETURN NEW; END';
CREATE TRIGGER note BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION note();
CREATE VIEW cursors AS
SELECT c.range, c.pages_total, regexp_replace(c.position, 'file=\d+', 'file=N', 'g') AS position
FROM gradual.migration_cursor c ORDER BY c.migration, c.range;

-- both are in the middle of a batch
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = -a', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit', 2);
TABLE cursors;
SELECT status, processed, cardinality(worker) AS workers FROM gradual.ledger WHERE name = 'm';
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('m');

-- what they did is joined, and looked at once more
SELECT status, processed, scanned, total, progress FROM gradual.ledger WHERE name = 'm';
SELECT range, position ~ 'done=1.*sweep=2' AS looked_again FROM cursors;
SELECT action, status, processed FROM gradual.step WHERE name = 'm' AND phase = 'backfill';
SELECT count(*) FILTER (WHERE b = -a) AS right FROM t;
SELECT count(*), count(DISTINCT id) FROM changed;
SELECT event, detail FROM gradual.event WHERE name = 'm' AND event IN ('note', 'failed');
SELECT gradual.complete('m');
CALL gradual.wait('m');

-- one worker, in the middle of its sweep, gets help
TRUNCATE changed;
SELECT gradual.define('n', 'UPDATE t SET b = 1 WHERE b < 0', batch_size => 100);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('n');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.alter('n', workers => 2);
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('backfill-rows-found', 2);
SELECT cardinality(worker) AS workers, processed > 0 AS some FROM gradual.ledger WHERE name = 'n';
SELECT gradual_test.release('backfill-rows-found');
CALL gradual.wait('n');
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'n';
SELECT count(*) FILTER (WHERE b = 1) AS right FROM t;
SELECT count(*), count(DISTINCT id) FROM changed;

-- what two of them began can be driven to its end by run_batch
TRUNCATE changed;
SELECT gradual.define('o', 'UPDATE t SET b = 2 WHERE b = 1', batch_size => 100, workers => 2);
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
SELECT count(*) FILTER (WHERE b = 2) AS right FROM t;
SELECT count(*), count(DISTINCT id) FROM changed;

-- a row that raises is named, whoever meets it
ALTER TABLE t DISABLE TRIGGER note;
ALTER TABLE t ADD CHECK (id <> 1500 OR b = 2) NOT VALID;
SELECT gradual.define('p', 'UPDATE t SET b = 3 WHERE b = 2', batch_size => 100, workers => 2);
SELECT gradual.start('p');
CALL gradual.wait('p');
SELECT gradual.rollback('p', force => true);
CALL gradual.wait('p');
SELECT count(*) FROM gradual.migration_cursor c JOIN gradual.migration m ON m.id = c.migration AND m.name = 'p';


-- or left out, by whoever meets it
SELECT gradual.define('u', 'UPDATE t SET b = 4 WHERE b IN (2, 3)', on_error => 'quarantine', batch_size => 100, workers => 2);
SELECT gradual.start('u');
CALL gradual.wait('u');
SELECT status, processed, failed FROM gradual.ledger WHERE name = 'u';
SELECT step, key, sqlstate FROM gradual.quarantined WHERE name = 'u';
SELECT b, count(*) FROM t GROUP BY b ORDER BY b;
SELECT gradual.complete('u', force => true);
CALL gradual.wait('u');
ALTER TABLE t DROP CONSTRAINT t_check;

-- a row that refuses is named, too
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refuse BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION refuse();
SELECT gradual.define('r', 'UPDATE t SET filler = NULL WHERE id % 2000 = 0 AND filler IS NOT NULL', workers => 2);
SELECT gradual.start('r');
CALL gradual.wait('r');

DROP VIEW cursors;
DROP TABLE t, changed;
DROP FUNCTION note, refuse;
