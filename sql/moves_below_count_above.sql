-- A statement about a table waits for an earlier one of the script by which rows come
-- to it, or leave it, at whatever depth: it changes those that plain SQL would change.
CREATE TABLE top (id int PRIMARY KEY, n int) PARTITION BY RANGE (id);
CREATE TABLE one PARTITION OF top FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE two PARTITION OF top FOR VALUES FROM (100) TO (200) PARTITION BY RANGE (id);
CREATE TABLE coming (id int PRIMARY KEY, n int);
CREATE TABLE leaving PARTITION OF two FOR VALUES FROM (100) TO (200);
CREATE TABLE parent (id int NOT NULL, n int);
CREATE TABLE child () INHERITS (parent);
CREATE TABLE grandchild (id int NOT NULL, n int);
INSERT INTO coming SELECT g, g FROM generate_series(1, 10) g;
INSERT INTO top SELECT g, g FROM generate_series(101, 110) g;
INSERT INTO parent VALUES (0, 0);
INSERT INTO grandchild SELECT g, g FROM generate_series(1, 10) g;
SET client_min_messages = warning;

CALL gradual.run('attach', 'ALTER TABLE one ATTACH PARTITION coming FOR VALUES FROM (0) TO (100); UPDATE top SET n = 0');
SELECT tableoid::regclass AS rows_of, count(*), sum(n) FROM top GROUP BY 1 ORDER BY 1;
CALL gradual.run('detach', 'ALTER TABLE two DETACH PARTITION leaving; DELETE FROM top');
SELECT (SELECT count(*) FROM top) AS top, (SELECT count(*) FROM leaving) AS leaving;
CALL gradual.run('inherit', 'ALTER TABLE grandchild INHERIT child; UPDATE parent SET n = 0');
SELECT count(*), sum(n) FROM grandchild;
TRUNCATE ONLY parent;
CALL gradual.run('no inherit', 'ALTER TABLE grandchild NO INHERIT child; DELETE FROM parent');
SELECT count(*) FROM grandchild;

-- rows go with a partition, too, and nobody else waits for that
CREATE TABLE counted (n bigint);
CREATE TABLE dropped PARTITION OF two FOR VALUES FROM (100) TO (200);
INSERT INTO top SELECT g, g FROM generate_series(101, 110) g;
CALL gradual.run('drop', 'DROP TABLE dropped; INSERT INTO counted SELECT n FROM top WHERE n > 0');
SELECT count(*) FROM counted;
SELECT phase, action FROM gradual.explain('DROP TABLE coming; UPDATE counted SET n = 1 WHERE n = 0; INSERT INTO counted SELECT n FROM one');
