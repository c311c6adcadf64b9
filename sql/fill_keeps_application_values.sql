-- What the application writes into a filled column stays, NULL too, whatever
-- visits follow: before its row is filled, between two batches, and at ready.

CREATE TABLE t (id int PRIMARY KEY, a text, pad text DEFAULT repeat('x', 700));
INSERT INTO t SELECT g, 'a' || g FROM generate_series(1, 200) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b text; UPDATE t SET b = upper(a)', batch_size => 10);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('m');
SELECT gradual_test.await('before-batch-commit');

-- the first batch is not committed, these rows are far behind it
UPDATE t SET b = 'mine' WHERE id = 190;
UPDATE t SET b = NULL WHERE id = 191;
UPDATE t SET a = 'new' WHERE id = 192;
UPDATE t SET a = 'new', b = 'mine' WHERE id = 193;
UPDATE t SET pad = '' WHERE id = 194;
INSERT INTO t (id, a) VALUES (201, 'new');
INSERT INTO t (id, a, b) VALUES (202, 'new', 'mine');
SELECT id, a, b FROM t WHERE id >= 190 ORDER BY id;

-- the first batch is committed, the second has chosen its rows
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('backfill-rows-found');
UPDATE t SET b = 'mine' WHERE id IN (1, 2, 3, 20, 30, 60, 90, 120);
UPDATE t SET b = NULL WHERE id IN (4, 5, 6, 21, 31, 61, 91, 121);
UPDATE t SET a = 'newer' WHERE id IN (7, 8, 22, 32, 62, 92, 122);
SELECT gradual_test.release('backfill-rows-found');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;

-- ready
UPDATE t SET b = 'mine' WHERE id = 150;
UPDATE t SET b = NULL WHERE id = 151;
UPDATE t SET a = 'newest' WHERE id = 152;
UPDATE t SET a = 'newest' WHERE id = 190;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT id, a, b FROM t WHERE b IS DISTINCT FROM 'A' || id ORDER BY id;
SELECT count(*) FROM t;
