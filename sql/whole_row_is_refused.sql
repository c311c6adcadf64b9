-- A table with a CHECK or an index over whole rows cannot be changed by a migration,
-- and define names what is in the way; so it does where functions do not take rows of
-- the table's copy.
CREATE TABLE t (id int PRIMARY KEY, b text);
INSERT INTO t VALUES (1, 'b');
CREATE FUNCTION of_row(t) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.b';
ALTER TABLE t ADD CONSTRAINT row_check CHECK (of_row(t) <> '');
SELECT gradual.define('check', 'ALTER TABLE t ADD COLUMN c int');
ALTER TABLE t DROP CONSTRAINT row_check;
CREATE INDEX "Row index" ON t (of_row(t));
SELECT gradual.define('index', 'UPDATE t SET b = 1');
DROP INDEX "Row index";
CREATE INDEX row_part ON t (id) WHERE t IS NOT NULL;
SELECT gradual.define('partial', 'ALTER TABLE t ADD COLUMN c int');
DROP INDEX row_part;

-- a column has the type
CREATE TABLE log (old t[]);
SELECT gradual.define('array', 'ALTER TABLE t ADD CHECK (of_row(t) <> '''')');
ALTER TABLE log ADD older t;
SELECT gradual.define('column', 'ALTER TABLE t ADD CHECK (of_row(t) <> '''')');
CALL gradual.run('other', 'ALTER TABLE t ADD COLUMN c int; CREATE INDEX ON t (c)');
DROP TABLE log;
SELECT step, action FROM gradual.explain('ALTER TABLE t ADD CHECK (of_row(t) <> '''')');
DROP TABLE t CASCADE;
