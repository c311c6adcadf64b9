-- Partitioned tables: every leaf is filled, whatever its level, and what is added
-- later inherits everything.

CREATE SCHEMA online;
CREATE TABLE online.p (id int, k int, a int, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE online.p1 PARTITION OF online.p FOR VALUES IN (1);
CREATE TABLE online.p2 PARTITION OF online.p FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE online.p2a PARTITION OF online.p2 FOR VALUES FROM (1) TO (100);
CREATE TABLE online.p2b (a int, gone text, k int NOT NULL, id int NOT NULL);
ALTER TABLE online.p2b DROP COLUMN gone;
ALTER TABLE online.p2 ATTACH PARTITION online.p2b FOR VALUES FROM (100) TO (1000);
CREATE TABLE online.p3 PARTITION OF online.p FOR VALUES IN (3);
INSERT INTO online.p SELECT g, g % 2 + 1, g FROM generate_series(1, 400) g;
CREATE SCHEMA plain;
CREATE TABLE plain.p (id int, k int, a int, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE plain.p1 PARTITION OF plain.p FOR VALUES IN (1);
CREATE TABLE plain.p2 PARTITION OF plain.p FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE plain.p2a PARTITION OF plain.p2 FOR VALUES FROM (1) TO (100);
CREATE TABLE plain.p2b (a int, gone text, k int NOT NULL, id int NOT NULL);
ALTER TABLE plain.p2b DROP COLUMN gone;
ALTER TABLE plain.p2 ATTACH PARTITION plain.p2b FOR VALUES FROM (100) TO (1000);
CREATE TABLE plain.p3 PARTITION OF plain.p FOR VALUES IN (3);
INSERT INTO plain.p SELECT g, g % 2 + 1, g FROM generate_series(1, 400) g;

\set script 'ALTER TABLE p ADD COLUMN b int; UPDATE p SET b = a * 2; ALTER TABLE p ALTER COLUMN b SET NOT NULL; CREATE INDEX p_b ON p (b); UPDATE p SET a = a + 1 WHERE id > 100; DELETE FROM p WHERE id > 390;'
SET search_path = online;
SELECT gradual.define('m', :'script');
SELECT phase, action, target, lock_mode FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger;
SELECT action, processed FROM gradual.step WHERE processed IS NOT NULL;
-- the application, through the root and in a partition
INSERT INTO p (id, k, a) VALUES (500, 1, 5), (501, 2, 6), (502, 3, 7);
INSERT INTO p2b (id, k, a) VALUES (503, 2, 8);
CREATE TABLE p4 PARTITION OF p FOR VALUES IN (4);
INSERT INTO p (id, k, a) VALUES (504, 4, 9);
SELECT * FROM p WHERE id >= 500 ORDER BY id;
DELETE FROM p WHERE id >= 500;
DROP TABLE p4;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;

SET search_path = plain;
BEGIN;
:script
COMMIT;
SELECT gradual_test.shape('online') EXCEPT SELECT gradual_test.shape('plain');
SELECT gradual_test.shape('plain') EXCEPT SELECT gradual_test.shape('online');
SELECT count(*), count(*) FILTER (WHERE (o.k, o.a, o.b) = (p.k, p.a, p.b))
FROM online.p o FULL JOIN plain.p p USING (id);

-- and back
SET search_path = online;
CREATE TABLE before AS SELECT gradual_test.shape('online') AS line;
SELECT gradual.define('n', 'ALTER TABLE p ADD COLUMN c int; UPDATE p SET c = 1; CREATE INDEX p_c ON p (c); ALTER TABLE p ALTER COLUMN c SET NOT NULL; DROP INDEX p_b');
SELECT gradual.start('n');
CALL gradual.wait('n');
SELECT indexrelid::regclass, indisvalid FROM pg_index
WHERE indrelid IN (SELECT relid FROM pg_partition_tree('p')) AND indexrelid::regclass::text ~ '_c' ORDER BY indexrelid::regclass::text;
SELECT gradual.rollback('n');
CALL gradual.wait('n');
SELECT s FROM gradual_test.shape('online') s WHERE s !~ 'before' EXCEPT TABLE before;
SELECT line FROM before WHERE line !~ 'before' EXCEPT SELECT gradual_test.shape('online');
