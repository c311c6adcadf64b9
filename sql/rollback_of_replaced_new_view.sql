-- A view of the script that is made anew may read what was made since: a rollback takes
-- it back before that, also if it has more columns, and another view on it.
CREATE TABLE t (id int PRIMARY KEY, old int);
INSERT INTO t VALUES (1, 1);
SELECT gradual.define('m', $$
    CREATE VIEW v AS SELECT id FROM t;
    CREATE VIEW "On v" AS SELECT id FROM v;
    CREATE TABLE names (id int PRIMARY KEY, name text COLLATE "C");
    CREATE OR REPLACE VIEW v AS SELECT t.id, n.name, n.name::varchar(5) AS "Short" FROM t LEFT JOIN names n USING (id);
    CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS 'SELECT 2 * $1';
    CREATE OR REPLACE VIEW "On v" AS SELECT twice(id) AS id FROM v;
    ALTER TABLE t DROP COLUMN old
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
TABLE v;
TABLE "On v";
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger WHERE name = 'm';
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;

CALL gradual.run('m');
TABLE v;
TABLE "On v";

-- a column of a type that was made in between goes, with nothing on the view
SELECT gradual.define('mood', $$
    CREATE VIEW w AS SELECT id FROM t;
    GRANT SELECT ON w TO PUBLIC;
    CREATE TYPE mood AS ENUM ('glad');
    CREATE OR REPLACE VIEW w AS SELECT id, 'glad'::mood AS mood FROM t;
    CREATE VIEW "On w" AS TABLE w;
    DROP FUNCTION twice(int) CASCADE
$$);
SELECT gradual.start('mood');
CALL gradual.wait('mood');
SELECT gradual.rollback('mood');
CALL gradual.wait('mood');
SELECT status, error FROM gradual.ledger WHERE name = 'mood';
SELECT to_regclass('w'), to_regtype('mood');

DROP VIEW "On v", v;
DROP TABLE t, names;
DROP FUNCTION twice(int);
