-- DROP COLUMN with ONLY leaves the column to the tables that inherit it, with its values
-- and its NOT NULL; of a partitioned table define refuses it, as psql does.
CREATE TABLE parent (id int PRIMARY KEY, a int NOT NULL, b int);
CREATE TABLE child (PRIMARY KEY (id)) INHERITS (parent);
INSERT INTO parent VALUES (1, 1, 1);
INSERT INTO child VALUES (2, 2, 2);
SELECT phase, action, sql, note FROM gradual.explain('ALTER TABLE ONLY parent DROP COLUMN a');
CALL gradual.run('a', 'ALTER TABLE ONLY parent DROP COLUMN a');
-- a trigger of the parent alone
SELECT gradual.define('b', 'ALTER TABLE ONLY parent DROP COLUMN b', reverse => '{"parent.b": "id"}');
SELECT gradual.start('b');
CALL gradual.wait('b');
INSERT INTO parent VALUES (3);
INSERT INTO child (id, a) VALUES (4, 4);
SELECT tableoid::regclass, * FROM parent ORDER BY id;
SELECT gradual.complete('b');
CALL gradual.wait('b');
SELECT * FROM ONLY parent ORDER BY id;
SELECT * FROM child ORDER BY id;
SELECT attname, attnotnull, attislocal FROM pg_attribute WHERE attrelid = 'child'::regclass AND attnum > 0 ORDER BY attname;

CREATE TABLE whole (id int, a int) PARTITION BY LIST (id);
CREATE TABLE part PARTITION OF whole DEFAULT;
SELECT gradual.explain('ALTER TABLE ONLY whole DROP COLUMN a');
ALTER TABLE ONLY whole DROP COLUMN a;

DROP TABLE parent, child, whole;
