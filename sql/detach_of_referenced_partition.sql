-- DETACH PARTITION looks for rows that refer to the partition, under its locks: it is
-- refused where these are in a table that is not small, unless that is allowed.
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
CREATE TABLE c (id int CONSTRAINT refers REFERENCES p);
INSERT INTO p SELECT generate_series(1, 19);
INSERT INTO c VALUES (12);
SELECT gradual.explain('ALTER TABLE p DETACH PARTITION p1');
-- one without rows; where the script drops the foreign key; of a small table; on request
SELECT action, target, lock_mode, cost FROM gradual.explain('ALTER TABLE p DETACH PARTITION p3');
SELECT action, target, lock_mode, cost FROM gradual.explain('ALTER TABLE c DROP CONSTRAINT refers; ALTER TABLE p DETACH PARTITION p1; ALTER TABLE c ADD CONSTRAINT refers FOREIGN KEY (id) REFERENCES p');
SET gradual.direct_pages = 10;
SELECT action, target, lock_mode, cost, note ~ 'Looks through public.c' AS looks FROM gradual.explain('ALTER TABLE p DETACH PARTITION p1');
SET gradual.direct_pages = 0;
SET gradual.allow_blocking = on;
CALL gradual.run('m', 'ALTER TABLE p DETACH PARTITION p1');
SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'p'::regclass ORDER BY 1;
DROP TABLE c, p, p1;
