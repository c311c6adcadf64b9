-- Indexes are built and dropped concurrently and rolled back to what was there;
-- an invalid leftover of ours is repaired, a name that another relation has is an
-- error and that relation stays.

CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g % 10, 'b' || g FROM generate_series(1, 300) g;
CREATE INDEX t_a ON t (a);
CREATE UNIQUE INDEX t_b ON t (b) WHERE a > 3;
CREATE TABLE before AS
    SELECT pg_get_indexdef(indexrelid) AS line, indisvalid FROM pg_index WHERE indrelid = 't'::regclass;
CREATE VIEW now AS
    SELECT pg_get_indexdef(indexrelid) AS line, indisvalid FROM pg_index WHERE indrelid = 't'::regclass;

-- dropped, and built again by a rollback
SELECT gradual.define('drop', 'DROP INDEX t_a; DROP INDEX t_b; ALTER TABLE t ADD COLUMN c int; UPDATE t SET c = a');
SELECT phase, action, target, sql, reversible FROM gradual.plan('drop');
SELECT gradual.start('drop');
CALL gradual.wait('drop');
TABLE now;
SELECT gradual.rollback('drop');
CALL gradual.wait('drop');
TABLE before EXCEPT TABLE now;
TABLE now EXCEPT TABLE before;

-- a build that fails leaves an invalid index behind: gone at the next try
SELECT gradual.define('unique', 'CREATE UNIQUE INDEX t_c ON t (a)');
SELECT gradual.start('unique');
\set VERBOSITY terse
CALL gradual.wait('unique');
\set VERBOSITY default
SELECT line FROM now WHERE NOT indisvalid;
UPDATE t SET a = id;
SELECT gradual.start('unique');
CALL gradual.wait('unique');
SELECT line, indisvalid FROM now WHERE line ~ 't_c';
SELECT status, error FROM gradual.step WHERE name = 'unique';

-- and gone by a rollback
DROP INDEX t_c;
UPDATE t SET a = 1 WHERE id < 3;
SELECT gradual.define('undone', 'CREATE UNIQUE INDEX t_c ON t (a)');
SELECT gradual.start('undone');
\set VERBOSITY terse
CALL gradual.wait('undone');
\set VERBOSITY default
SELECT gradual.rollback('undone');
CALL gradual.wait('undone');
TABLE before EXCEPT TABLE now;
TABLE now EXCEPT TABLE before;

-- taken: at define, and between define and start
CREATE INDEX t_mine ON t (b);
SELECT gradual.define('taken', 'CREATE INDEX t_mine ON t (a)');
SELECT gradual.define('taken', 'CREATE INDEX IF NOT EXISTS t_mine ON t (a)');
CALL gradual.run('taken');
SELECT line FROM now WHERE line ~ 't_mine';
SELECT gradual.define('later', 'CREATE INDEX t_later ON t (a)');
CREATE TABLE t_later ();
SELECT gradual.start('later');
-- and while it is on its way
DROP TABLE t_later;
SELECT gradual.define('late', 'ALTER TABLE t ADD COLUMN d int; CREATE INDEX t_late ON t (a)');
SELECT gradual_test.hold('before-ddl-commit');
SELECT gradual.start('late');
SELECT gradual_test.await('before-ddl-commit');
CREATE TABLE t_late (mine int);
SELECT gradual_test.release('before-ddl-commit');
CALL gradual.wait('late');
SELECT gradual.rollback('late');
CALL gradual.wait('late');
SELECT status FROM gradual.ledger WHERE name = 'late';
SELECT relkind FROM pg_class WHERE relname = 't_late';
-- another's index of that name and on that table survives both ways on
DROP TABLE t_late;
SELECT gradual_test.hold('before-ddl-commit');
SELECT gradual.start('late');
SELECT gradual_test.await('before-ddl-commit');
CREATE TABLE u (a int);
CREATE INDEX t_late ON u (a);
SELECT gradual_test.release('before-ddl-commit');
CALL gradual.wait('late');
SELECT gradual.start('late');
CALL gradual.wait('late');
SELECT gradual.rollback('late');
CALL gradual.wait('late');
SELECT indexrelid::regclass, indrelid::regclass FROM pg_index WHERE indrelid = 'u'::regclass;
