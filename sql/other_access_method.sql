-- What changes rows in batches is refused for a table that is no heap when it is
-- defined, and not when it runs; a new name of a column comes in the swap.
SET client_min_messages = warning;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE t (id int PRIMARY KEY, a int) USING heap2;
INSERT INTO t SELECT g, g FROM generate_series(1, 10000) g;
CREATE TABLE parts (id int, a int) PARTITION BY LIST (a);
CREATE TABLE part1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE part2 PARTITION OF parts FOR VALUES IN (2) USING heap2;
INSERT INTO parts VALUES (1, 1), (2, 2);
SET gradual.direct_pages = 0;

SELECT gradual.explain('UPDATE t SET a = 1');
SELECT gradual.explain('ALTER TABLE t ADD b int; UPDATE t SET b = a');
SELECT gradual.explain('ALTER TABLE t ADD b uuid DEFAULT gen_random_uuid()');
SELECT gradual.explain('ALTER TABLE t ADD b int GENERATED ALWAYS AS IDENTITY');
SELECT gradual.explain('ALTER TABLE t ALTER a TYPE bigint');
SELECT gradual.explain('ALTER TABLE parts ALTER id TYPE bigint');
SELECT phase, action, note FROM gradual.explain('ALTER TABLE t RENAME a TO b');
SELECT phase, action FROM gradual.explain('ALTER TABLE t ADD b int, ADD CHECK (a > 0); CREATE INDEX ON t (b)');
SELECT phase, action FROM gradual.explain('CREATE TABLE n (id int PRIMARY KEY, a int) USING heap2; ALTER TABLE n ALTER a TYPE bigint');
SELECT phase, action FROM gradual.explain('CREATE TABLE n (id int PRIMARY KEY, a int); INSERT INTO n SELECT * FROM t');

DROP TABLE t, parts;
DROP ACCESS METHOD heap2;
