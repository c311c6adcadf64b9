-- What a role has no right to do is refused when it is defined, with the words and
-- the SQLSTATE that PostgreSQL has for it.  Only differences are shown.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE ROLE without_rights;
CREATE ROLE reader;
GRANT USAGE ON SCHEMA gradual TO without_rights, reader;
CREATE SCHEMA theirs;
GRANT USAGE ON SCHEMA theirs TO without_rights, reader;
SET search_path = theirs, public;
CREATE TABLE t (id int PRIMARY KEY, n int, CONSTRAINT positive CHECK (n > 0));
CREATE TABLE u (id int REFERENCES t);
CREATE INDEX t_n ON t (n);
CREATE VIEW v AS SELECT id FROM t;
CREATE MATERIALIZED VIEW mv AS SELECT id FROM t;
CREATE UNIQUE INDEX ON mv (id);
CREATE SEQUENCE s;
CREATE TYPE mood AS ENUM ('sad');
CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
INSERT INTO t VALUES (1, 1);
GRANT SELECT, UPDATE (id) ON t TO reader;

CREATE FUNCTION public.differs(script text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    plain text := 'no error';
    ours text := 'no error';
BEGIN
    BEGIN
        EXECUTE script;
        RAISE EXCEPTION USING ERRCODE = 'ZZ000';
    EXCEPTION
        WHEN SQLSTATE 'ZZ000' THEN NULL;
        WHEN OTHERS THEN plain := SQLSTATE || ' ' || SQLERRM;
    END;
    BEGIN
        PERFORM gradual.explain(script);
    EXCEPTION
        WHEN OTHERS THEN ours := SQLSTATE || ' ' || SQLERRM;
    END;
    IF plain <> ours OR plain !~ '^42501' THEN
        RETURN NEXT format('%s: plain %s, ours %s', script, plain, ours);
    END IF;
END
$$;

CREATE TABLE public.form (n int GENERATED ALWAYS AS IDENTITY, script text);
GRANT SELECT ON public.form TO without_rights, reader;
INSERT INTO form (script) VALUES
    ('ALTER TABLE t ADD z int'), ('ALTER TABLE t ADD z uuid DEFAULT gen_random_uuid()'), ('ALTER TABLE t ALTER n SET DEFAULT 1'),
    ('ALTER TABLE t ALTER n SET NOT NULL'), ('ALTER TABLE t ALTER n SET STATISTICS 4'), ('ALTER TABLE t SET (fillfactor = 50)'),
    ('ALTER TABLE t OWNER TO without_rights'), ('ALTER TABLE t CLUSTER ON t_n'), ('ALTER TABLE t REPLICA IDENTITY FULL'),
    ('ALTER TABLE t ENABLE TRIGGER ALL'), ('ALTER TABLE t DROP CONSTRAINT positive'), ('ALTER TABLE t VALIDATE CONSTRAINT positive'),
    ('ALTER TABLE t RENAME CONSTRAINT positive TO z'), ('ALTER INDEX t_n RENAME TO z'), ('CREATE INDEX ON t (id)'), ('DROP INDEX t_n'),
    ('REINDEX TABLE t'), ('REINDEX INDEX t_n'), ('REFRESH MATERIALIZED VIEW mv'), ('REFRESH MATERIALIZED VIEW CONCURRENTLY mv'),
    ('CREATE TABLE z (a int)'), ('CREATE VIEW z AS SELECT 1'), ('CREATE OR REPLACE VIEW v AS SELECT 2 AS id'), ('CREATE SEQUENCE z'),
    ('CREATE TYPE z AS ENUM ()'), ('CREATE DOMAIN z AS int'), ('CREATE FUNCTION z() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('CREATE OR REPLACE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NULL; END'''), ('CREATE SCHEMA z'),
    ('CREATE TRIGGER z AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()'), ('CREATE RULE z AS ON INSERT TO t DO ALSO NOTIFY t'),
    ('CREATE POLICY z ON t'), ('CREATE STATISTICS z ON id, n FROM t'), ('ALTER SEQUENCE s INCREMENT BY 2'),
    ('ALTER TYPE mood ADD VALUE ''happy'''), ('COMMENT ON TABLE t IS ''z'''), ('COMMENT ON INDEX t_n IS ''z'''),
    ('COMMENT ON SEQUENCE s IS ''z'''), ('COMMENT ON VIEW v IS ''z'''), ('COMMENT ON SCHEMA theirs IS ''z'''), ('COMMENT ON TYPE mood IS ''z'''),
    ('COMMENT ON FUNCTION f() IS ''z'''), ('INSERT INTO t VALUES (2)'), ('UPDATE t SET n = 2'), ('DELETE FROM t');
SET ROLE without_rights;
SELECT differs(script) FROM form ORDER BY n;
SELECT differs('GRANT SELECT ON t TO reader');
SELECT differs('SELECT * FROM t');
SET ROLE reader;
SELECT differs(script) FROM form ORDER BY n;
RESET ROLE;

-- The materialised copy of a query is read at once, a view is not.
GRANT CREATE ON SCHEMA theirs TO without_rights;
SET ROLE without_rights;
SELECT differs('CREATE TABLE z AS SELECT * FROM t');
SELECT differs('CREATE MATERIALIZED VIEW z AS SELECT * FROM t');
SELECT action FROM gradual.explain('CREATE VIEW z AS SELECT * FROM t; CREATE TABLE y AS SELECT * FROM t WITH NO DATA');
RESET ROLE;

RESET search_path;
DROP SCHEMA theirs CASCADE;
DROP TABLE form;
DROP FUNCTION differs(text);
DROP OWNED BY without_rights, reader;
DROP ROLE without_rights, reader;
