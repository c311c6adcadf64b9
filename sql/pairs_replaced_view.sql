-- Rolling back a CREATE OR REPLACE VIEW that adds a column brings back the view
-- with all that hangs on it.

CREATE ROLE pairs_reader;
CREATE SCHEMA app;
SET search_path = app;
CREATE TABLE t (id int PRIMARY KEY, a text, b int, c int);
INSERT INTO t VALUES (1, 'a', 2, 3);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE VIEW "the View" WITH (security_barrier, check_option = local) AS SELECT id, a AS "the A" FROM t WHERE id > 0;
COMMENT ON VIEW "the View" IS 'it''s a view';
COMMENT ON COLUMN "the View"."the A" IS 'a column';
ALTER VIEW "the View" ALTER COLUMN "the A" SET DEFAULT 'x';
GRANT SELECT ON "the View" TO pairs_reader, PUBLIC;
GRANT UPDATE ("the A") ON "the View" TO pairs_reader WITH GRANT OPTION;
CREATE TRIGGER instead INSTEAD OF DELETE ON "the View" FOR EACH ROW EXECUTE FUNCTION nothing();
CREATE TABLE public.shape_before AS SELECT gradual_test.shape('app') AS line;

-- one step more, so that it stops at ready
SELECT gradual.define('m', $$
    CREATE OR REPLACE VIEW "the View" AS SELECT id, a AS "the A", b FROM t;
    ALTER TABLE t DROP COLUMN c;
    CREATE VIEW fresh AS SELECT 1 AS one;
    CREATE OR REPLACE VIEW fresh AS SELECT 1 AS one, 2 AS two;
$$);
SELECT phase, action, target, reversible FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
TABLE "the View";
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT 'gone', line FROM (TABLE public.shape_before EXCEPT SELECT gradual_test.shape('app')) d
UNION ALL
SELECT 'new', shape FROM (SELECT gradual_test.shape('app') EXCEPT TABLE public.shape_before) d;

SET client_min_messages = warning;
DROP SCHEMA app CASCADE;
DROP TABLE public.shape_before;
DROP ROLE pairs_reader;
