-- A row that is not filled yet, and whose value the fill cannot compute, still
-- counts as not filled when the application has written it: the statement
-- succeeds, the backfill fails with the script's error, and once the row is
-- repaired the migration goes on.

CREATE TABLE t (id int PRIMARY KEY, a text, x int);
INSERT INTO t SELECT g, g FROM generate_series(1, 6) g;
SELECT gradual.define('m', $$
    ALTER TABLE t ADD COLUMN b int, ADD COLUMN c text DEFAULT 'none', ADD COLUMN d int;
    UPDATE t SET b = a::int;
    UPDATE t SET c = 'c' || a, d = x;
$$);
SELECT gradual_test.hold('before-batch');
SELECT gradual.start('m', auto_complete => true);
SELECT gradual_test.await('before-batch');

-- columns behind b, which read as before, are filled when it is
UPDATE t SET a = 'one' WHERE id = 1;
UPDATE t SET a = 'two', x = 2 WHERE id = 2;
UPDATE t SET a = 'three' WHERE id = 3 RETURNING *;
UPDATE t SET id = id WHERE id = 3 RETURNING *;
-- what the statement assigns stays: b, or a column behind it
UPDATE t SET a = 'four', b = 40 WHERE id = 4;
UPDATE t SET a = 'five', d = 50 WHERE id = 5;
SELECT * FROM t ORDER BY id;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
UPDATE t SET a = id WHERE id IN (2, 3);
SELECT * FROM t WHERE id IN (2, 3) ORDER BY id;
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
UPDATE t SET a = id WHERE id = 1;
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT * FROM t ORDER BY id;
SELECT gradual.forget('m');
DROP TABLE t;

-- in the partitions of a table, whose columns have other numbers
CREATE TABLE p (id int, a text) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (0) TO (10);
CREATE TABLE p2 (gone int, a text, id int);
ALTER TABLE p2 DROP COLUMN gone;
ALTER TABLE p ATTACH PARTITION p2 FOR VALUES FROM (10) TO (20);
INSERT INTO p VALUES (1, 1), (2, 2), (11, 11), (12, 12);
SELECT gradual.define('m', 'ALTER TABLE p ADD COLUMN b int; UPDATE p SET b = a::int');
SELECT gradual_test.hold('before-batch');
SELECT gradual.start('m', auto_complete => true);
SELECT gradual_test.await('before-batch');
UPDATE p SET a = 'no' WHERE id IN (1, 11);
MERGE INTO p USING (VALUES (2), (12)) s(id) ON p.id = s.id
    WHEN MATCHED AND p.id = 2 THEN UPDATE SET a = 'mine', b = 20
    WHEN MATCHED THEN UPDATE SET a = 'mine', b = NULL;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('m');
UPDATE p SET a = id WHERE id = 1;
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
UPDATE p SET a = id WHERE id = 11;
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT * FROM p ORDER BY id;
