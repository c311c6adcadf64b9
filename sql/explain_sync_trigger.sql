-- The plan says of the trigger that goes whether the application has something
-- to do from then on.
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g, 'b' FROM generate_series(1, 10) g;
CREATE FUNCTION note(script text) RETURNS text BEGIN ATOMIC
    SELECT note FROM gradual.explain(script) WHERE action = 'drop sync trigger';
END;
SELECT note('ALTER TABLE t ADD c int; UPDATE t SET c = a');
SELECT note('ALTER TABLE t RENAME b TO c');
SELECT note('ALTER TABLE t ALTER a TYPE bigint');
SELECT note('ALTER TABLE t ALTER a TYPE bigint; ALTER TABLE t ADD c int; UPDATE t SET c = id');
DROP TABLE t;
DROP FUNCTION note;
