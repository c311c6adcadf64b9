-- Changes and copies of rows that have to wait for what the swap does run in batches
-- after it: they can be cancelled, fail and go on, but not be rolled back.
\pset format unaligned
\pset tuples_only on
CREATE TABLE items (id int PRIMARY KEY, n int, note text);
INSERT INTO items SELECT g, g - 50, 'note ' || g FROM generate_series(1, 100) g;
\set script 'ALTER TABLE items DROP COLUMN note; ALTER TABLE items ADD COLUMN note text DEFAULT ''new''; CREATE TABLE kept (id int, note text, part int NOT NULL); INSERT INTO kept SELECT id, note, 1000 / nullif(n, 7) FROM items WHERE n <> 5; UPDATE items SET n = n + 100, note = note || id; DELETE FROM items WHERE note LIKE ''%1'''
SELECT step, phase, action, cost, reversible, note FROM gradual.explain(:'script') WHERE phase = 'tail';
SELECT gradual.define('late', :'script', batch_size => 10);
SELECT gradual.start('late');
CALL gradual.wait('late');
SELECT status, processed FROM gradual.ledger;
SELECT gradual.complete('late');
CALL gradual.wait('late');
SELECT status, phase, processed FROM gradual.ledger;
SELECT gradual.rollback('late');
SELECT gradual.complete('late');
UPDATE items SET n = 8 WHERE n = 7;
SELECT gradual.start('late');
CALL gradual.wait('late');
UPDATE items SET n = 8 WHERE n = 0;
SELECT gradual.start('late');
CALL gradual.wait('late');
SELECT status, phase, processed FROM gradual.ledger;
SELECT count(*), sum(n), count(*) FILTER (WHERE note = 'new' || id) FROM items;
SELECT count(*), count(DISTINCT id), sum(part), min(note), max(note) FROM kept;
SELECT step, phase, status, processed FROM gradual.step WHERE phase = 'tail' ORDER BY step;
DROP TABLE items, kept;

-- cancelled between two batches, and resumed
CREATE TABLE items (id int PRIMARY KEY, n int, note text);
INSERT INTO items SELECT g, g - 50, 'note ' || g FROM generate_series(1, 100) g;
SELECT gradual.define('cancelled', 'ALTER TABLE items DROP COLUMN note; ALTER TABLE items ADD COLUMN note text DEFAULT ''note ''; UPDATE items SET n = n + 1, note = note || n', batch_size => 10);
SELECT gradual.start('cancelled');
CALL gradual.wait('cancelled');
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.complete('cancelled');
SELECT gradual_test.await('before-batch-commit');
SELECT gradual.cancel('cancelled');
SELECT gradual_test.release('before-batch-commit');
CALL gradual.wait('cancelled');
SELECT status, phase FROM gradual.ledger WHERE name = 'cancelled';
SELECT gradual.start('cancelled');
CALL gradual.wait('cancelled');
SELECT status, processed FROM gradual.ledger WHERE name = 'cancelled';
SELECT count(*), sum(n), count(*) FILTER (WHERE note = 'note ' || n - 1) FROM items;
DROP TABLE items;
