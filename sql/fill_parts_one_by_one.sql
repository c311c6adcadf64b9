-- A column of a partitioned table that is filled partition by partition: each fill has
-- its trigger in its partition, unless the script needs one in a table above or below.
SET client_min_messages = warning;
CREATE TABLE p (id int, k int, a int, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2) PARTITION BY RANGE (id);
CREATE TABLE p2a PARTITION OF p2 FOR VALUES FROM (1) TO (100);
CREATE TABLE p2b (a int, gone text, k int NOT NULL, id int NOT NULL);
ALTER TABLE p2b DROP COLUMN gone;
ALTER TABLE p2 ATTACH PARTITION p2b FOR VALUES FROM (100) TO (1000);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
INSERT INTO p SELECT g, g % 3 + 1, g FROM generate_series(1, 300) g;
CREATE TABLE before AS SELECT line FROM gradual_test.shape('public') line;

SELECT gradual.define('m', $$
    ALTER TABLE p ADD COLUMN b int DEFAULT 0, ADD COLUMN c text;
    UPDATE p1 SET b = a + 1, c = 'one';
    UPDATE p2 SET b = a + 2, c = 'two' WHERE a > 5;
    UPDATE p3 SET c = b::text;
    ALTER TABLE p ALTER COLUMN b SET NOT NULL
$$);
SELECT phase, action, target, lock_mode FROM gradual.plan('m');
SELECT gradual.start('m') \g /dev/null
CALL gradual.wait('m');
-- the application, through each table
INSERT INTO p (id, k, a) VALUES (500, 1, 500), (501, 2, 501), (502, 2, 3), (503, 3, 503);
INSERT INTO p1 (id, k, a) VALUES (504, 1, 504);
INSERT INTO p2b (id, k, a, b) VALUES (505, 2, 505, 77);
UPDATE p SET a = 9 WHERE id = 7;
UPDATE p SET k = 1 WHERE id = 503;
SELECT * FROM p WHERE id >= 500 OR id = 7 ORDER BY id;
SELECT k, count(*), count(*) FILTER (WHERE b = a + k), count(c) FROM p WHERE id < 500 GROUP BY k ORDER BY k;
SELECT tgrelid::regclass, tgparentid <> 0 AS of_parent FROM pg_trigger WHERE tgname ~ '_gradual_' ORDER BY 1::text;
SELECT gradual.rollback('m') \g /dev/null
CALL gradual.wait('m');
SELECT line FROM gradual_test.shape('public') line WHERE line !~ 'before' EXCEPT TABLE before;
TABLE before EXCEPT SELECT gradual_test.shape('public');

SELECT gradual.start('m') \g /dev/null
CALL gradual.wait('m');
-- one of them gets another name, and one is dropped
ALTER TABLE p1 RENAME TO q1;
SELECT gradual.rollback('m') \g /dev/null
CALL gradual.wait('m');
ALTER TABLE q1 RENAME TO p1;
SELECT gradual.start('m') \g /dev/null
CALL gradual.wait('m');
DROP TABLE p3;
SELECT gradual.complete('m') \g /dev/null
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
SELECT count(*) FROM pg_trigger WHERE tgname ~ '_gradual_';
SELECT id FROM p WHERE b IS NULL OR (k <> 3 AND a > 5 AND b <> a + k AND b <> 77);

-- without a row anywhere; and what else could be there for the fills of a partition
TRUNCATE p;
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
SELECT note FROM gradual.explain($$
    ALTER TABLE p ADD COLUMN d int; UPDATE p1 SET d = a
$$) WHERE action = 'add column d';
INSERT INTO p SELECT g, g % 3 + 1, g FROM generate_series(1, 300) g;
CREATE FUNCTION fills(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', action, target, CASE WHEN note ~ 'order' THEN 'in order' ELSE substring(note FROM 'A sync trigger|each key once') END)
    FROM gradual.explain(script) WHERE phase IN ('expand', 'backfill')
$$;
SELECT fills('ALTER TABLE p ADD COLUMN d int; UPDATE p1 SET d = a; UPDATE p1 SET d = 0 WHERE d = 5; UPDATE p SET d = 1 WHERE d IS NULL');
SELECT fills('ALTER TABLE p ADD COLUMN d int; UPDATE p SET d = 1; UPDATE p1 SET d = a');
SELECT fills('ALTER TABLE p ADD COLUMN d int, ADD COLUMN e int; UPDATE p SET d = 1; UPDATE p1 SET e = a');
SELECT fills('ALTER TABLE p ADD COLUMN d int; UPDATE p2 SET d = 1; UPDATE p2a SET d = a');
SELECT fills('ALTER TABLE p ADD COLUMN d int, ADD COLUMN e int; UPDATE p2 SET d = 1; UPDATE p2a SET e = a');
SELECT fills('ALTER TABLE p RENAME a TO f; ALTER TABLE p ADD COLUMN e int; UPDATE p1 SET e = f');
DROP TABLE p, before;
DROP FUNCTION fills(text);
