-- The duplicates that stop a unique index are counted, also where its WHERE is about a
-- type that the script renames, which has its old name when the index is built.
CREATE TYPE feel AS ENUM ('x', 'y');
CREATE TABLE t (id int PRIMARY KEY, f feel, n int);
INSERT INTO t VALUES (1, 'x', 1), (2, 'y', 1), (3, 'x', 2);
SELECT gradual.define('t', $$ALTER TYPE feel RENAME TO mood; CREATE UNIQUE INDEX u ON t (n) WHERE f IN ('x', 'y')$$);
SELECT gradual.start('t');
CALL gradual.wait('t');
DROP TABLE t;
