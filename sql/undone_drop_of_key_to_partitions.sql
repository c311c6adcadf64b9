-- A foreign key that comes back with a rollback is as it was: valid in all its parts where
-- it refers to a partitioned table; with the comments of those partitions that are there.
SET client_min_messages = warning;
CREATE TABLE p (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
CREATE TABLE p1 PARTITION OF p FOR VALUES FROM (1) TO (10);
CREATE TABLE p2 PARTITION OF p FOR VALUES FROM (10) TO (20);
CREATE TABLE p3 PARTITION OF p FOR VALUES FROM (20) TO (30);
CREATE TABLE c (id int REFERENCES p);
INSERT INTO p SELECT g, 11 FROM generate_series(1, 19) g;
INSERT INTO c VALUES (2), (12);
ALTER TABLE p ADD CONSTRAINT key UNIQUE (id, n);
COMMENT ON CONSTRAINT p1_id_n_key ON p1 IS 'of p1';
COMMENT ON CONSTRAINT p3_id_n_key ON p3 IS 'of p3';
CREATE VIEW keys AS
SELECT conrelid::regclass, confrelid::regclass, pg_get_constraintdef(oid), convalidated, obj_description(oid, 'pg_constraint')
FROM pg_constraint WHERE conrelid::regclass::text IN ('c', 'p', 'p1', 'p2') AND contype IN ('f', 'u');
CREATE TABLE before AS SELECT * FROM keys WHERE confrelid::text <> 'p3';
SELECT gradual.define('m', $$
    ALTER TABLE c DROP CONSTRAINT c_id_fkey;
    ALTER TABLE p DROP CONSTRAINT key;
    ALTER TABLE c ALTER id SET NOT NULL
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
DROP TABLE p3;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
TABLE before EXCEPT ALL TABLE keys;
TABLE keys EXCEPT ALL TABLE before;
DROP VIEW keys;
DROP TABLE before, c, p;
