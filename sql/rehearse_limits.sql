-- A rehearsal changes no more than max_rows rows in a step, holds its locks for
-- max_time at most, and says what it has left out.
\set rehearse 'SELECT step, phase, action, result, rows, finding FROM gradual.rehearse'

CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g, g FROM generate_series(1, 50) g;
SELECT gradual.define('rows', $$
    ALTER TABLE t ADD COLUMN c int;
    UPDATE t SET c = a WHERE c IS NULL;
    UPDATE t SET a = a + 1;
    ALTER TABLE t ALTER COLUMN c SET NOT NULL;
    ALTER TABLE t ADD UNIQUE (b);
    ALTER TABLE t ALTER COLUMN b TYPE int USING b::int;
    CREATE TABLE copy (id int PRIMARY KEY);
    INSERT INTO copy SELECT id FROM t;
$$);

-- how many rows does a step really change, of which table?
CREATE SEQUENCE changed;
CREATE FUNCTION count_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''changed''); RETURN NEW; END';
CREATE TRIGGER count_change AFTER UPDATE OF a ON t FOR EACH ROW EXECUTE FUNCTION count_change();
:rehearse ('rows', 7, max_time => '1 min');
SELECT last_value FROM changed;
-- as many as there are: all of it
:rehearse ('rows', 51, max_time => '1 min') WHERE result <> 'ok' OR rows IS NOT NULL;

-- small tables are changed by one statement, but not beyond max_rows
SET gradual.direct_pages = 128;
ALTER SEQUENCE changed RESTART;
SELECT gradual.define('direct', 'UPDATE t SET a = a + 1');
:rehearse ('direct', 7, max_time => '1 min');
SELECT last_value FROM changed;
:rehearse ('direct', max_time => '1 min');
-- what only one statement can do is not tried
CREATE TABLE keyless AS SELECT * FROM t;
ANALYZE keyless;
SELECT gradual.define('keyless', 'UPDATE keyless SET a = a + 1');
:rehearse ('keyless', 7, max_time => '1 min');
:rehearse ('keyless', max_time => '1 min');
RESET gradual.direct_pages;

-- the time
SELECT gradual.define('time', 'SELECT count(*) FROM (SELECT generate_series(1, 100000000000)) AS endless; ALTER TABLE t ADD COLUMN d int');
:rehearse ('time', max_time => '2 s');
-- a cancel that is not ours ends all of it
SET statement_timeout = '2 s';
:rehearse ('time', max_time => '1 min');
RESET statement_timeout;
-- and nothing comes after it
SELECT 1 AS still_here;
\d t
