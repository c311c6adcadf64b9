-- Whatever a script makes is gone after its rollback, or does not stand in the way:
-- the same migration starts again, and rolls back again, and no object of its name
-- is left.  A value of an enum is what stays.
CREATE TABLE t (id int PRIMARY KEY, a int NOT NULL, b text, old int);
INSERT INTO t SELECT g, g, 'x' FROM generate_series(1, 20) g;
CREATE TYPE mood AS ENUM ('sad');
CREATE TABLE part (id int, k int) PARTITION BY RANGE (k);
CREATE TYPE pair AS (x int, y int);
CREATE FUNCTION pair_text(pair) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1.x::text';
CREATE FUNCTION nothing() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER far FOREIGN DATA WRAPPER nowhere;
CREATE TABLE made (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO made (script) VALUES
    ('CREATE TABLE z (id int PRIMARY KEY)'),
    ('CREATE TABLE z AS SELECT 1 AS a'),
    ('SELECT id, a INTO z FROM t UNION SELECT a, id FROM t; CREATE INDEX z_a ON z (a)'),
    ('CREATE TABLE z (LIKE t INCLUDING ALL); INSERT INTO z SELECT * FROM t'),
    ('CREATE TABLE z PARTITION OF part FOR VALUES FROM (1) TO (2)'),
    ('CREATE SCHEMA z'),
    ('CREATE SEQUENCE z'),
    ('CREATE TYPE z AS ENUM (''a'')'),
    ('CREATE TYPE z AS (a int)'),
    ('CREATE TYPE z AS RANGE (subtype = int)'),
    ('CREATE DOMAIN z AS int CHECK (value > 0)'),
    ('CREATE FUNCTION z() RETURNS int LANGUAGE sql AS ''SELECT 1'''),
    ('CREATE PROCEDURE z() LANGUAGE sql AS ''SELECT 1'''),
    ('CREATE AGGREGATE z (int) (sfunc = int4pl, stype = int)'),
    ('CREATE VIEW z AS SELECT id FROM t'),
    ('CREATE MATERIALIZED VIEW z AS SELECT id FROM t'),
    ('CREATE RULE z AS ON DELETE TO t DO NOTHING'),
    ('CREATE POLICY z ON t USING (true)'),
    ('CREATE STATISTICS z ON a, b FROM t'),
    ('CREATE INDEX z ON t (a)'),
    ('CREATE COLLATION z FROM "C"'),
    ('CREATE OPERATOR === (leftarg = int, rightarg = int, function = int4eq)'),
    ('CREATE OPERATOR public.!!! (rightarg = double precision, function = float8um)'),
    ('CREATE TEXT SEARCH CONFIGURATION z (COPY = simple)'),
    ('CREATE TEXT SEARCH DICTIONARY public.z (template = simple)'),
    ('CREATE TEXT SEARCH PARSER z (start = prsd_start, gettoken = prsd_nexttoken, end = prsd_end, lextypes = prsd_lextype)'),
    ('CREATE TEXT SEARCH TEMPLATE z (lexize = dsimple_lexize)'),
    ('CREATE OPERATOR FAMILY z USING btree; ALTER OPERATOR FAMILY z USING btree ADD OPERATOR 3 = (int, int)'),
    ('CREATE OPERATOR CLASS z FOR TYPE int USING btree AS OPERATOR 3 =, FUNCTION 1 btint4cmp(int, int)'),
    ('CREATE CAST (pair AS text) WITH FUNCTION pair_text(pair)'),
    ('CREATE DEFAULT CONVERSION z FOR ''LATIN1'' TO ''UTF8'' FROM iso8859_1_to_utf8'),
    ('CREATE ACCESS METHOD z TYPE TABLE HANDLER heap_tableam_handler'),
    ('CREATE EVENT TRIGGER z ON sql_drop EXECUTE FUNCTION nothing()'),
    ('CREATE FOREIGN DATA WRAPPER z'),
    ('CREATE SERVER z FOREIGN DATA WRAPPER nowhere; CREATE USER MAPPING FOR PUBLIC SERVER z'),
    ('CREATE SERVER IF NOT EXISTS z FOREIGN DATA WRAPPER nowhere; CREATE SERVER IF NOT EXISTS far FOREIGN DATA WRAPPER nowhere'),
    ('CREATE USER MAPPING FOR CURRENT_USER SERVER far OPTIONS (a ''b'')'),
    ('CREATE PUBLICATION z FOR TABLE t'),
    ('ALTER TYPE mood ADD VALUE ''glad'''),
    ('ALTER TABLE t ADD z int; UPDATE t SET z = a'),
    ('ALTER TABLE t ADD z serial UNIQUE'),
    ('ALTER TABLE t ADD CONSTRAINT z CHECK (a > 0)'),
    ('ALTER TABLE t ALTER a TYPE bigint'),
    ('ALTER TABLE t RENAME b TO z');

\set ECHO none
\o /dev/null
SELECT replace(call, '$', n::text)
FROM (SELECT n, quote_literal(script || '; ALTER TABLE t DROP COLUMN old') AS script FROM made) m,
    LATERAL unnest(ARRAY[
        'SELECT gradual.define(''m$'', ' || script || ')',
        'SELECT gradual.start(''m$'')', 'CALL gradual.wait(''m$'')',
        'SELECT gradual.rollback(''m$'')', 'CALL gradual.wait(''m$'')',
        'SELECT gradual.start(''m$'')', 'CALL gradual.wait(''m$'')',
        'SELECT gradual.rollback(''m$'')', 'CALL gradual.wait(''m$'')'])
        WITH ORDINALITY c (call, step)
ORDER BY n, step \gexec
\o
\set ECHO all
SELECT event, count(*), count(DISTINCT name) AS migrations
FROM gradual.event WHERE event IN ('ready', 'rolled back') GROUP BY event ORDER BY event;
SELECT script, status, error FROM gradual.ledger JOIN made ON name = 'm' || n WHERE status <> 'rolled_back';
SELECT relname FROM pg_class WHERE relname ~ '^z'
UNION ALL SELECT typname FROM pg_type WHERE typname ~ '^_?z$'
UNION ALL SELECT proname FROM pg_proc WHERE proname = 'z'
UNION ALL SELECT oprname FROM pg_operator WHERE oprname IN ('===', '!!!')
UNION ALL SELECT cfgname FROM pg_ts_config WHERE cfgname = 'z'
UNION ALL SELECT dictname FROM pg_ts_dict WHERE dictname = 'z'
UNION ALL SELECT prsname FROM pg_ts_parser WHERE prsname = 'z'
UNION ALL SELECT tmplname FROM pg_ts_template WHERE tmplname = 'z'
UNION ALL SELECT opfname FROM pg_opfamily WHERE opfname = 'z'
UNION ALL SELECT opcname FROM pg_opclass WHERE opcname = 'z'
UNION ALL SELECT 'cast' FROM pg_cast WHERE castsource = 'pair'::regtype
UNION ALL SELECT conname FROM pg_conversion WHERE conname = 'z'
UNION ALL SELECT amname FROM pg_am WHERE amname = 'z'
UNION ALL SELECT evtname FROM pg_event_trigger WHERE evtname = 'z'
UNION ALL SELECT fdwname FROM pg_foreign_data_wrapper WHERE fdwname = 'z'
UNION ALL SELECT 'user mapping' FROM pg_user_mapping
UNION ALL SELECT attname FROM pg_attribute WHERE attname = 'z'
UNION ALL SELECT conname FROM pg_constraint WHERE conname = 'z';
SELECT srvname FROM pg_foreign_server;
SELECT enum_range(NULL::mood);
