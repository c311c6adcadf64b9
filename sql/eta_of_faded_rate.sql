-- A backfill that finds no row to change for hours has a rate near zero: then there is
-- no time to go, and the ledger can be read.
CREATE TABLE faded (id int PRIMARY KEY, n int);
INSERT INTO faded SELECT g, g FROM generate_series(1, 2000) g;
SELECT gradual.define('faded', 'ALTER TABLE faded ADD m int; UPDATE faded SET m = n', batch_size => 10);
SELECT processed FROM gradual.run_batch('faded');
SELECT processed FROM gradual.run_batch('faded');

-- as a worker has it between two batches
BEGIN;
UPDATE gradual.migration SET status = 'running' WHERE name = 'faded';
UPDATE gradual.migration_step SET status = 'running' WHERE kind = 'backfill';
UPDATE gradual.migration_cursor SET rate = 1e-310, pages_done = 1, pages_total = 1000000, updated_at = clock_timestamp() + interval '1 h';
SELECT status, rate, eta FROM gradual.ledger WHERE name = 'faded';
ROLLBACK;

SELECT gradual.rollback('faded');
CALL gradual.wait('faded');
SELECT gradual.forget('faded');
DROP TABLE faded;
