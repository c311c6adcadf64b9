-- A new partition that takes the bounds of one which the script drops waits for that;
-- another one does not.
CREATE TABLE t (id int NOT NULL, n int) PARTITION BY RANGE (id);
CREATE TABLE one PARTITION OF t FOR VALUES FROM (0) TO (100);
CREATE TABLE rest PARTITION OF t (CHECK (id >= 1000)) DEFAULT;
INSERT INTO t VALUES (1, 1), (1001, 1001);
SET client_min_messages = warning;

SELECT phase, action FROM gradual.explain('DROP TABLE one; CREATE TABLE two PARTITION OF t FOR VALUES FROM (200) TO (300)');
-- where nothing is dropped it is refused
SELECT gradual.define('n', 'ALTER TABLE t ADD m int; CREATE TABLE two PARTITION OF t FOR VALUES FROM (0) TO (50)');
CALL gradual.run('m', 'DROP TABLE one; CREATE TABLE two PARTITION OF t FOR VALUES FROM (0) TO (50); INSERT INTO t VALUES (2, 2);
    CREATE TABLE other (LIKE t); DROP TABLE rest; ALTER TABLE t ATTACH PARTITION other DEFAULT; INSERT INTO t VALUES (1002, 1002)');
SELECT tableoid::regclass, * FROM t ORDER BY id;
