-- A change of type that needs no rewrite waits for the drop of a view that depends
-- on the column.

CREATE TABLE t (id int PRIMARY KEY, name varchar(20), n int);
INSERT INTO t SELECT g, g, g FROM generate_series(0, 19) g;
CREATE VIEW v AS SELECT id, name FROM t;
SELECT step, phase, action, sql FROM gradual.explain('DROP VIEW v; ALTER TABLE t ALTER COLUMN name TYPE text');
SELECT step, phase, action, sql FROM gradual.explain('DROP VIEW v; ALTER TABLE t ALTER COLUMN name TYPE text; CREATE VIEW v AS SELECT id, name FROM t');
SELECT gradual.define('m', 'DROP VIEW v; ALTER TABLE t ALTER COLUMN name TYPE text');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m', force => true);
CALL gradual.wait('m');
\d t

-- ... and only for that
CREATE VIEW w AS SELECT id, n FROM t;
CREATE VIEW over_w AS SELECT id FROM w;
ALTER TABLE t ADD short varchar(5);
SELECT step, phase, action, sql FROM gradual.explain('DROP VIEW w CASCADE; ALTER TABLE t ALTER COLUMN short TYPE text');
SELECT step, phase, action, sql FROM gradual.explain('DROP VIEW over_w; ALTER TABLE t ALTER COLUMN short TYPE text');
SELECT step, phase, action, sql FROM gradual.explain('CREATE VIEW mine AS SELECT short FROM t; DROP VIEW mine; ALTER TABLE t ALTER COLUMN short TYPE text');
