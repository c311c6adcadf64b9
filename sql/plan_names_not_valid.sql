-- The plan names constraints that are NOT VALID where all rows are changed on behalf of a
-- statement that changes none in plain SQL: a row that violates one makes it fail.
CREATE TABLE t (id int PRIMARY KEY, a int, b int);
INSERT INTO t VALUES (1, -1, 1), (2, 2, 2);
ALTER TABLE t ADD CONSTRAINT positive CHECK (a > 0) NOT VALID;
CREATE FUNCTION names(script text) RETURNS bigint LANGUAGE sql AS
    $$ SELECT count(*) FROM gradual.explain(script) WHERE phase = 'backfill' AND note ~ 'Constraint positive is NOT VALID' $$;
SELECT script, names(script) FROM (VALUES
    ('ALTER TABLE t RENAME COLUMN b TO c'),
    ('ALTER TABLE t ADD COLUMN u uuid DEFAULT gen_random_uuid()'),
    ('ALTER TABLE t ADD COLUMN s serial'),
    ('ALTER TABLE t ALTER b TYPE bigint'),
    ('ALTER TABLE t DROP CONSTRAINT positive; ALTER TABLE t RENAME COLUMN b TO c'),
    ('ALTER TABLE t ADD COLUMN c int DEFAULT 3')) s (script);

SELECT gradual.define('t', 'ALTER TABLE t RENAME COLUMN b TO c');
SELECT gradual.start('t');
CALL gradual.wait('t');
SELECT gradual.rollback('t');
CALL gradual.wait('t');
DROP FUNCTION names;
DROP TABLE t;
