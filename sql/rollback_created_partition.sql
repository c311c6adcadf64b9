-- A partition that the script creates is dropped by a rollback, also where foreign keys
-- refer to the partitioned table; not where rows do.
SET client_min_messages = warning;
CREATE TABLE p (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE p_1 PARTITION OF p FOR VALUES FROM (0) TO (100);
CREATE TABLE kid (item int REFERENCES p);
INSERT INTO p VALUES (1);
INSERT INTO kid VALUES (1);
SELECT gradual.define('part', $$
    CREATE TABLE "p'2%s" PARTITION OF p FOR VALUES FROM (100) TO (200);
    CREATE TABLE p_3 PARTITION OF p FOR VALUES FROM (200) TO (300);
    ALTER TABLE p ADD COLUMN x int;
    UPDATE p SET x = id;
$$);
SELECT gradual.start('part');
CALL gradual.wait('part');
ALTER TABLE p DETACH PARTITION p_3;
INSERT INTO p VALUES (150);
INSERT INTO kid VALUES (150);
SELECT gradual.rollback('part');
-- (the name of the foreign key differs)
\set VERBOSITY sqlstate
CALL gradual.wait('part');
\set VERBOSITY default
SELECT substring(error FROM 'Key .*') FROM gradual.ledger;
DELETE FROM kid WHERE item = 150;
SELECT gradual.rollback('part');
CALL gradual.wait('part');
SELECT relid FROM pg_partition_tree('p');
SELECT confrelid::regclass FROM pg_constraint WHERE contype = 'f' AND conrelid = 'kid'::regclass ORDER BY 1;
CALL gradual.run('part');
SELECT relid FROM pg_partition_tree('p');
SELECT gradual.forget('part');
DROP TABLE kid, p;
