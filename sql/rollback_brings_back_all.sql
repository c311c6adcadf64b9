-- What a rollback makes anew has all that hung on it: a function its owner, its
-- privileges and its comment, an index its tablespace, its comment and the
-- statistics targets of its expressions, a key its storage parameters as well.
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE back_space LOCATION '';
CREATE ROLE back_owner;
CREATE ROLE back_reader;
CREATE TABLE t (id int CONSTRAINT pk PRIMARY KEY WITH (fillfactor = 60) USING INDEX TABLESPACE back_space, a int, b text NOT NULL,
    CONSTRAINT u UNIQUE (a) INCLUDE (b) WITH (fillfactor = 70) USING INDEX TABLESPACE back_space DEFERRABLE INITIALLY DEFERRED);
INSERT INTO t SELECT g, g, g FROM generate_series(1, 20) g;
CREATE INDEX x ON t (lower(b), (a + 1)) WITH (fillfactor = 80) TABLESPACE back_space WHERE b <> 'a WHERE b';
ALTER INDEX x ALTER COLUMN 1 SET STATISTICS 300;
CREATE UNIQUE INDEX y ON t (b) TABLESPACE back_space;
COMMENT ON INDEX pk IS 'index of a key';
COMMENT ON CONSTRAINT u ON t IS 'constraint';
COMMENT ON INDEX u IS 'index';
CREATE FUNCTION named(int) RETURNS int LANGUAGE sql AS 'SELECT $1';
CREATE FUNCTION f(a int, b int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a + b';
ALTER FUNCTION f OWNER TO back_owner;
REVOKE ALL ON FUNCTION f FROM PUBLIC;
GRANT EXECUTE ON FUNCTION f TO back_reader WITH GRANT OPTION;
COMMENT ON FUNCTION f IS 'function';
CREATE FUNCTION g(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT a';
CREATE VIEW uses_g AS SELECT g();

CREATE VIEW shape AS
    SELECT indexrelid::regclass::text AS name, concat_ws(' | ', pg_get_indexdef(indexrelid), spcname, obj_description(indexrelid, 'pg_class'),
        pg_get_constraintdef(k.oid), obj_description(k.oid, 'pg_constraint'),
        (SELECT string_agg(attnum || ': ' || attstattarget, ' ') FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0)) AS is
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid LEFT JOIN pg_tablespace s ON s.oid = reltablespace LEFT JOIN pg_constraint k ON conindid = indexrelid
    WHERE indrelid = 't'::regclass
    UNION ALL
    SELECT proname, concat_ws(' | ', pg_get_functiondef(oid), proowner::regrole, proacl::text, obj_description(oid, 'pg_proc'))
    FROM pg_proc WHERE proname IN ('f', 'g', 'named');
CREATE TABLE before AS TABLE shape;
SELECT * FROM before WHERE name NOT IN ('f', 'g', 'named') ORDER BY name;

SELECT gradual.define('m', $$
    DROP INDEX x;
    DROP INDEX y;
    ALTER TABLE t DROP CONSTRAINT u;
    ALTER TABLE t DROP CONSTRAINT pk;
    CREATE OR REPLACE FUNCTION f(a int DEFAULT 1, b int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a - b';
    CREATE OR REPLACE FUNCTION named(a int) RETURNS int LANGUAGE sql AS 'SELECT a';
    CREATE OR REPLACE FUNCTION g(a int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + 2';
    CREATE OR REPLACE FUNCTION made(a int DEFAULT 2) RETURNS int LANGUAGE sql AS 'SELECT a + 2';
    ALTER TABLE t DROP COLUMN b;
$$);
SELECT statement, reversible FROM gradual.plan('m') WHERE action ~ 'function' ORDER BY step;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT count(*) FROM (TABLE before EXCEPT TABLE shape) gone;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE before EXCEPT TABLE shape;
TABLE shape EXCEPT TABLE before;
SELECT to_regproc('made');
-- and again
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE before EXCEPT TABLE shape;

-- One ALTER TABLE drops a column and adds one of its name: at once, in the swap
SELECT phase, action, sql FROM gradual.explain('ALTER TABLE t DROP b, ADD b int NOT NULL DEFAULT 4');
SELECT gradual.define('anew', 'ALTER TABLE t DROP b, ADD b int NOT NULL DEFAULT 4');
SELECT gradual.start('anew');
CALL gradual.wait('anew');
SELECT gradual.rollback('anew');
CALL gradual.wait('anew');
SELECT gradual.start('anew');
CALL gradual.wait('anew');
SELECT gradual.complete('anew');
CALL gradual.wait('anew');
SELECT b, count(*) FROM t GROUP BY b ORDER BY b;

DROP VIEW shape;
DROP TABLE t;
DROP FUNCTION f;
DROP TABLESPACE back_space;
DROP ROLE back_owner, back_reader;
