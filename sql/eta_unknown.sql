-- While no page is done the time to go is unknown, which is shown as NULL and not 0;
-- while no batch comes, it grows.
CREATE TABLE parcels (id int PRIMARY KEY, n int);
INSERT INTO parcels SELECT n, n FROM generate_series(1, 2000) n;
SELECT gradual.define('eta', 'ALTER TABLE parcels ADD m int; UPDATE parcels SET m = n', batch_size => 10);
SELECT processed FROM gradual.run_batch('eta');
SELECT processed FROM gradual.run_batch('eta');

-- as a worker has it between two batches
BEGIN;
UPDATE gradual.migration SET status = 'running' WHERE name = 'eta';
UPDATE gradual.migration_step SET status = 'running' WHERE kind = 'backfill';
UPDATE gradual.migration_cursor SET rate = 10, pages_done = 1, pages_total = 3, updated_at = clock_timestamp() + interval '1 h';
SELECT status, processed, rate, eta FROM gradual.ledger;
UPDATE gradual.migration_cursor SET pages_done = 0;
SELECT status, processed, rate, eta FROM gradual.ledger;
SELECT eta FROM gradual.progress;
UPDATE gradual.migration_cursor SET pages_done = 1, updated_at = clock_timestamp() - interval '100 s';
SELECT rate, eta FROM gradual.ledger;
ROLLBACK;

SELECT gradual.rollback('eta');
CALL gradual.wait('eta');
SELECT gradual.forget('eta');
DROP TABLE parcels;
