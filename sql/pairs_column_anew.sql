-- What is done to a column is not undone with a later column of the same name that
-- the script adds after it drops the first one.

CREATE TABLE t (id int PRIMARY KEY, b text);
INSERT INTO t VALUES (1, 'b');
SELECT phase, statement, action, reversible FROM gradual.explain('UPDATE t SET b = upper(b); ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN b int')
    WHERE statement = 1;

-- nor is the NOT NULL that the old column loses until then
ALTER TABLE t ALTER b SET NOT NULL;
SELECT gradual.define('m', 'ALTER TABLE t DROP COLUMN b; ALTER TABLE t ADD COLUMN b int');
SELECT gradual.start('m');
CALL gradual.wait('m');
\d t
SELECT gradual.rollback('m');
CALL gradual.wait('m');
\d t

DROP TABLE t;
