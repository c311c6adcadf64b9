-- An operator that somebody else makes in a schema of a script's search_path, for just
-- the types that a query of ours compares, is not used by it: it would run its
-- function as the migration's owner.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_gradual_thief LOGIN;
CREATE SCHEMA shared;
GRANT ALL ON SCHEMA shared TO regress_gradual_thief;
CREATE TABLE public.proof (operator text, role name);
GRANT INSERT ON public.proof TO PUBLIC;

-- What pg_catalog has only by a conversion of one side
SET SESSION AUTHORIZATION regress_gradual_thief;
DO $do$
DECLARE
    pair text[];
    types text[] := '{{oid,regclass},{regclass,oid},{oid,regnamespace},{oid,int4},{int4,oid},{varchar,varchar},{oid,regtype},{regtype,oid},{name,varchar},{text,varchar},{varchar,text},{int8,numeric},{numeric,int4}}';
    operators text[] := '{=,<>,||}';
    operator text;
BEGIN
    FOREACH pair SLICE 1 IN ARRAY types LOOP
        FOREACH operator IN ARRAY operators LOOP
            CONTINUE WHEN operator = '||' AND pair[1] NOT IN ('varchar', 'text');
            EXECUTE format('CREATE FUNCTION shared.%I(a %2$s, b %3$s) RETURNS %4$s LANGUAGE plpgsql AS
                $f$ BEGIN INSERT INTO public.proof VALUES (%1$L, current_user); RETURN a OPERATOR(pg_catalog.%5$s) b; END $f$',
                concat_ws(' ', pair[1], operator, pair[2]), pair[1], pair[2],
                CASE operator WHEN '||' THEN 'text' ELSE 'boolean' END, operator);
            EXECUTE format('CREATE OPERATOR shared.%s (LEFTARG = %s, RIGHTARG = %s, FUNCTION = shared.%I)',
                operator, pair[1], pair[2], concat_ws(' ', pair[1], operator, pair[2]));
        END LOOP;
    END LOOP;
END $do$;
RESET SESSION AUTHORIZATION;

SET search_path = shared, public;
CREATE TABLE kinds (code varchar(10) PRIMARY KEY);
CREATE TABLE t (code varchar(10) PRIMARY KEY REFERENCES kinds, a int DEFAULT 1, b text, c int CHECK (c > 0), d bigint) WITH (fillfactor = 90);
CREATE INDEX t_b ON t (b);
CREATE TABLE idle (a int, b int NOT NULL, s serial) ;
CREATE TABLE old (a int, b int) PARTITION BY RANGE (a);
CREATE TABLE old_1 PARTITION OF old FOR VALUES FROM (0) TO (10);
CREATE TABLE old_2 (a int, b int);
INSERT INTO kinds SELECT 'k' || g FROM generate_series(1, 5) g;
INSERT INTO t SELECT 'k' || g, g, g, g, g FROM generate_series(1, 5) g;
INSERT INTO old VALUES (1, 1);
CREATE INDEX old_b ON old (b);
CREATE VIEW seen AS SELECT code FROM t;
CREATE FUNCTION number(b text) RETURNS int LANGUAGE plpgsql AS 'BEGIN IF b = ''2'' THEN RAISE ''no''; END IF; RETURN b; END';
CREATE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 1';
GRANT SELECT ON t TO regress_gradual_thief;
SELECT gradual.define('all', $$
    ALTER TABLE t ALTER a SET DEFAULT 2, ALTER a SET STATISTICS 50;
    ALTER TABLE t SET (fillfactor = 80);
    ALTER TABLE t RESET (fillfactor);
    ALTER TABLE t DROP CONSTRAINT t_code_fkey;
    ALTER TABLE t DROP CONSTRAINT t_c_check;
    ALTER TABLE t ADD COLUMN n int;
    UPDATE t SET n = number(b) WHERE n IS NULL;
    COMMENT ON TABLE t IS 'x';
    COMMENT ON COLUMN t.a IS 'x';
    COMMENT ON INDEX t_b IS 'x';
    DROP INDEX t_b;
    DROP INDEX old_b;
    ALTER TABLE idle ALTER b DROP NOT NULL;
    ALTER TABLE idle REPLICA IDENTITY FULL;
    ALTER SEQUENCE idle_s_seq INCREMENT BY 2;
    ALTER TABLE old ATTACH PARTITION old_2 FOR VALUES FROM (10) TO (20);
    CREATE OR REPLACE VIEW seen AS SELECT code FROM t WHERE code <> '';
    CREATE OR REPLACE FUNCTION other() RETURNS int LANGUAGE sql AS 'SELECT 2';
    CREATE TABLE made AS SELECT b FROM idle;
    CREATE SEQUENCE made_seq;
    CREATE FUNCTION made(a int) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE made_type AS ENUM ('a');
    ALTER TABLE t ALTER d TYPE int;
    ALTER TABLE t RENAME TO u;
$$, on_error => 'quarantine');
TABLE public.proof;
SELECT gradual.start('all');
CALL gradual.wait('all');
SELECT status, failed, error FROM gradual.ledger;
SELECT gradual.retry_quarantined('all');
SELECT gradual.rollback('all');
CALL gradual.wait('all');
SELECT status FROM gradual.ledger;
SELECT gradual.start('all');
CALL gradual.wait('all');
CREATE OR REPLACE FUNCTION number(b text) RETURNS int LANGUAGE sql AS 'SELECT 1';
SELECT gradual.retry_quarantined('all');
SELECT gradual.complete('all');
CALL gradual.wait('all');
SELECT status, error FROM gradual.ledger;
TABLE public.proof;

SELECT gradual.forget('all');
RESET search_path;
DROP SCHEMA shared CASCADE;
DROP TABLE public.proof;
DROP ROLE regress_gradual_thief;
