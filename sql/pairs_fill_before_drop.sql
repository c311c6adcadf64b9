-- A change of a column is not undone with a later column of the same name that
-- the script adds after it drops the first one.

CREATE TABLE t (id int PRIMARY KEY, b text);
INSERT INTO t VALUES (1, 'b');
SELECT phase, statement, action, reversible FROM gradual.explain('UPDATE t SET b = upper(b); ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN b int')
    WHERE statement = 1;

DROP TABLE t;
