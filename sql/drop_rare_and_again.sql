-- What a script drops and makes again by its name, in whatever words that is written,
-- is made after the drop: casts, user mappings, transforms, operators and other things
-- which are no relations.  The comment on such a thing goes with it.
CREATE ROLE regress_rare;
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE USER MAPPING FOR regress_rare SERVER far;
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.x::text';
CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair);
CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER noticed ON sql_drop EXECUTE FUNCTION nothing();
CREATE CONVERSION conv FOR 'LATIN1' TO 'UTF8' FROM iso8859_1_to_utf8;
CREATE OPERATOR #= (leftarg = int, rightarg = int, function = int4eq);
CREATE OPERATOR FAMILY fam USING btree;
CREATE OPERATOR CLASS cls FOR TYPE int USING btree FAMILY fam AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int);
CREATE AGGREGATE agg (int) (sfunc = int4pl, stype = int);
CREATE TEXT SEARCH CONFIGURATION cfg (COPY = simple);
CREATE LANGUAGE words HANDLER plpgsql_call_handler;
CREATE TRANSFORM FOR pair LANGUAGE words (FROM SQL WITH FUNCTION prsd_lextype(internal));
CREATE TABLE again (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO again (script) VALUES
    ('DROP CAST (pair AS text); CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair) AS ASSIGNMENT; COMMENT ON CAST (pair AS text) IS ''cast'''),
    ('DROP USER MAPPING FOR regress_rare SERVER far; CREATE USER MAPPING FOR regress_rare SERVER far OPTIONS (a ''b'')'),
    ('ALTER USER MAPPING FOR regress_rare SERVER far OPTIONS (SET a ''c''); DROP SERVER far CASCADE; CREATE SERVER far FOREIGN DATA WRAPPER nowhere'),
    ('DROP TRANSFORM FOR pair LANGUAGE words; CREATE TRANSFORM FOR pair LANGUAGE words (FROM SQL WITH FUNCTION prsd_lextype(internal))'),
    ('DROP EVENT TRIGGER noticed; CREATE EVENT TRIGGER noticed ON ddl_command_end EXECUTE FUNCTION nothing()'),
    ('ALTER EVENT TRIGGER noticed RENAME TO other; CREATE EVENT TRIGGER noticed ON sql_drop EXECUTE FUNCTION nothing()'),
    ('DROP CONVERSION conv; CREATE DEFAULT CONVERSION conv FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8'),
    ('DROP OPERATOR #= (int, int); CREATE OPERATOR #= (leftarg = int, rightarg = int, function = int4eq, restrict = eqsel)'),
    ('DROP OPERATOR CLASS cls USING btree; CREATE OPERATOR CLASS cls FOR TYPE int USING btree FAMILY fam AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)'),
    ('DROP OPERATOR FAMILY fam USING btree CASCADE; CREATE OPERATOR FAMILY fam USING btree'),
    ('DROP AGGREGATE agg (int); CREATE AGGREGATE agg (int) (sfunc = int4pl, stype = int, initcond = ''0'')'),
    ('DROP TEXT SEARCH CONFIGURATION cfg; CREATE TEXT SEARCH CONFIGURATION cfg (COPY = english)'),
    ('DROP LANGUAGE words CASCADE; CREATE LANGUAGE words HANDLER plpgsql_call_handler INLINE plpgsql_inline_handler');
\set ECHO none
\o /dev/null
SELECT format('CALL gradual.run(%L, %L)', 'm' || n, script) FROM again ORDER BY n \gexec
\o
\set ECHO all
SELECT script, status, error FROM again LEFT JOIN gradual.ledger ON name = 'm' || n WHERE status IS DISTINCT FROM 'completed';
SELECT s.name, s.phase, s.action FROM gradual.step s WHERE s.name IN ('m1', 'm2', 'm3', 'm4') ORDER BY s.name, s.step;
SELECT castcontext, obj_description(oid, 'pg_cast') FROM pg_cast WHERE castsource = 'pair'::regtype;
SELECT condefault FROM pg_conversion WHERE conname = 'conv';
SELECT evtname, evtevent FROM pg_event_trigger WHERE evtname IN ('noticed', 'other') ORDER BY 1;
SELECT oprrest FROM pg_operator WHERE oprname = '#=';
DROP ROLE regress_rare;
