-- SET ACCESS METHOD to the one that a table has does nothing, as in psql, whatever the
-- table's size; to another one it is refused.
SET client_min_messages = warning;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
CREATE TABLE t (id int);
INSERT INTO t VALUES (1);
SELECT phase, action FROM gradual.explain('ALTER TABLE t SET ACCESS METHOD heap, ADD COLUMN a int');
SELECT phase, action FROM gradual.explain('ALTER TABLE t SET ACCESS METHOD heap');
SELECT gradual.explain('ALTER TABLE t SET ACCESS METHOD heap2');
-- by then it would have another one
SELECT gradual.explain('ALTER TABLE t SET ACCESS METHOD heap2; ALTER TABLE t SET ACCESS METHOD heap');
SELECT gradual.explain('ALTER TABLE t SET ACCESS METHOD no_such');
DROP TABLE t;
DROP ACCESS METHOD heap2;
