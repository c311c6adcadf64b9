-- A rollback that would fail at some step, since rows came meanwhile that do not
-- fit the schema from before, is refused before it undoes anything.
CREATE TABLE parents (id int PRIMARY KEY);
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b int CONSTRAINT small CHECK (b < 100),
    c int CONSTRAINT c_fkey REFERENCES parents, d int CONSTRAINT d_key UNIQUE);
INSERT INTO parents VALUES (1);
INSERT INTO t SELECT g, g, g, 1, g FROM generate_series(1, 10) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN e int; UPDATE t SET e = a; ALTER TABLE t ALTER a DROP NOT NULL; ALTER TABLE t DROP CONSTRAINT small; ALTER TABLE t DROP CONSTRAINT c_fkey; ALTER TABLE t DROP CONSTRAINT d_key');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT action, status, reversible FROM gradual.step JOIN gradual.plan('m') USING (step, action) ORDER BY step;

INSERT INTO t VALUES (11, NULL, 1, 1, 11);
SELECT gradual.rollback('m');
UPDATE t SET a = 11 WHERE id = 11;
UPDATE t SET b = 200 WHERE id > 4;
SELECT gradual.rollback('m');
UPDATE t SET b = 7, c = 2;
SELECT gradual.rollback('m');
UPDATE t SET c = CASE WHEN id > 5 THEN 1 END, d = 3;
SELECT gradual.rollback('m');
SELECT status, phase FROM gradual.ledger;
UPDATE t SET d = id;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
\d t
DROP TABLE t, parents;
