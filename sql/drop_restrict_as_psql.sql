-- REVOKE, TRUNCATE, DISABLE, row level security, inheritance and the like leave
-- the same schema and rows through psql and through a migration; what the
-- running application would notice happens at complete, and a rollback before
-- brings back the rest.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE ROLE drop_reader;
CREATE PROCEDURE prepare(name text) LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', name);
    EXECUTE format('SET search_path = %I', name);
    CREATE TYPE place AS (street text);
    CREATE DOMAIN positive AS int;
    CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, n positive);
    CREATE TABLE orders (id int PRIMARY KEY, "user" int REFERENCES users);
    CREATE TABLE parent (id int, email text);
    CREATE TABLE child () INHERITS (parent);
    CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at);
    CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
    CREATE TABLE logs_new PARTITION OF logs DEFAULT;
    INSERT INTO users (email, n) VALUES ('a@b', 1), ('b@c', 2);
    INSERT INTO orders VALUES (1, 1);
    INSERT INTO parent VALUES (1, 'p');
    INSERT INTO child VALUES (2, 'c');
    INSERT INTO logs VALUES ('2010-01-01', 'old'), ('2024-01-01', 'new');
    GRANT SELECT, INSERT ON users, orders TO drop_reader;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.email = upper(NEW.email); RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE POLICY mine ON users USING (id > 0);
    CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;
    CREATE STATISTICS correlated ON id, email FROM users;
    CREATE FUNCTION double(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE VIEW emails AS SELECT id, email FROM users;
    CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM users;
    CREATE INDEX by_n ON users ((n + 1));
    CREATE SEQUENCE numbers;
END
$body$;
CREATE FUNCTION all_of(schema text) RETURNS SETOF text LANGUAGE plpgsql AS $body$
DECLARE
    relation name;
BEGIN
    RETURN QUERY SELECT * FROM gradual_test.shape(schema);
    RETURN QUERY SELECT * FROM gradual_test.routines(schema);
    RETURN QUERY SELECT format('statistics target %s %s', stxname, nullif(stxstattarget, -1)) FROM pg_statistic_ext WHERE stxnamespace = schema::regnamespace;
    RETURN QUERY SELECT format('default acl %s %s', defaclobjtype, defaclacl) FROM pg_default_acl WHERE defaclnamespace = schema::regnamespace;
    FOR relation IN SELECT relname FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind IN ('r', 'p') LOOP
        RETURN QUERY EXECUTE format('SELECT format(''%%s: %%s'', %L, t) FROM %I.%I t', relation, schema, relation);
    END LOOP;
END
$body$;
CREATE TABLE scripts (name text, script text);
INSERT INTO scripts VALUES
    ('revoke', 'REVOKE INSERT ON users FROM drop_reader; GRANT UPDATE ON users TO drop_reader; REVOKE ALL ON orders FROM drop_reader; GRANT INSERT (id) ON orders TO drop_reader'),
    ('revoke_new', 'CREATE FUNCTION secret() RETURNS int LANGUAGE sql AS ''SELECT 1''; REVOKE ALL ON FUNCTION secret() FROM PUBLIC; CREATE TABLE t (id int); GRANT SELECT ON t TO drop_reader; REVOKE SELECT ON t FROM drop_reader'),
    ('truncate', 'TRUNCATE users CASCADE; INSERT INTO users (id, email) VALUES (7, ''x'')'),
    ('truncate_both', 'TRUNCATE users, orders RESTART IDENTITY; INSERT INTO users (email) VALUES (''y'')'),
    ('trigger_off', 'ALTER TABLE users DISABLE TRIGGER touch; UPDATE users SET email = ''q''||id; ALTER TABLE users ENABLE TRIGGER touch'),
    ('all_off', 'ALTER TABLE users DISABLE TRIGGER ALL; CREATE TRIGGER again BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE logs ADD n int, DISABLE TRIGGER USER'),
    ('rules', 'ALTER TABLE orders DISABLE RULE quiet; DELETE FROM orders; ALTER TABLE orders ENABLE ALWAYS RULE quiet'),
    ('row_security', 'ALTER TABLE users ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; ALTER POLICY mine ON users TO drop_reader USING (id > 1); CREATE POLICY other ON users FOR INSERT WITH CHECK (email <> ''''); ALTER TABLE orders ENABLE ROW LEVEL SECURITY; ALTER TABLE orders DISABLE ROW LEVEL SECURITY'),
    ('inheritance', 'ALTER TABLE child NO INHERIT parent; CREATE TABLE kid (id int, email text, more int); ALTER TABLE kid INHERIT parent; DROP TABLE parent CASCADE'),
    ('inherit', 'CREATE TABLE kid (id int, email text); ALTER TABLE kid INHERIT parent; INSERT INTO kid VALUES (3, ''k'')'),
    ('detach', 'ALTER TABLE logs DETACH PARTITION logs_old; ALTER TABLE logs_old ADD n int; DROP TABLE logs'),
    ('domain', 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 100) NOT VALID; ALTER DOMAIN positive SET DEFAULT 5; ALTER DOMAIN positive ADD CHECK (VALUE > 0) NOT VALID; CREATE TABLE t (n positive)'),
    ('composite', 'ALTER TYPE place ADD ATTRIBUTE city text, ADD ATTRIBUTE zip text; CREATE TABLE places (p place); ALTER TYPE place DROP ATTRIBUTE zip'),
    ('function', 'ALTER FUNCTION double(int) STRICT IMMUTABLE; ALTER FUNCTION double SET work_mem = ''1MB''; ALTER FUNCTION double(int) OWNER TO drop_reader; COMMENT ON FUNCTION double(int) IS ''x'''),
    ('owner', 'REVOKE SELECT ON users FROM drop_reader; ALTER TABLE users OWNER TO drop_reader; ALTER TABLE orders OWNER TO drop_reader; ALTER TYPE place OWNER TO drop_reader; ALTER DOMAIN positive OWNER TO drop_reader'),
    ('others', 'ALTER VIEW emails SET (security_barrier), ALTER email SET DEFAULT ''x''; ALTER VIEW emails OWNER TO drop_reader; ALTER MATERIALIZED VIEW counts SET (autovacuum_enabled = off), OWNER TO drop_reader; ALTER INDEX by_n SET (fillfactor = 70); ALTER INDEX by_n ALTER COLUMN 1 SET STATISTICS 20; ALTER SEQUENCE numbers OWNER TO drop_reader; CREATE VIEW w AS SELECT 1; ALTER VIEW w OWNER TO drop_reader'),
    ('attribute_used', 'ALTER TYPE place ADD ATTRIBUTE city text; CREATE FUNCTION city_of(p place) RETURNS text LANGUAGE sql AS ''SELECT p.city'''),
    ('statistics', 'ALTER STATISTICS correlated SET STATISTICS 200'),
    ('defaults', 'ALTER DEFAULT PRIVILEGES IN SCHEMA %I GRANT SELECT ON TABLES TO drop_reader; CREATE TABLE t (id int)'),
    ('locked', 'BEGIN; LOCK TABLE users IN EXCLUSIVE MODE; ALTER TABLE users ADD m int; COMMIT'),
    ('anew', 'DROP TABLE orders; CREATE TABLE orders (id int, total int); INSERT INTO orders VALUES (1, 2), (2, 3); DROP FUNCTION double(int); DROP TABLE parent CASCADE');
SELECT statement
FROM scripts,
     LATERAL (SELECT name || '_plain' AS plain, name || '_online' AS online) x,
     LATERAL (VALUES
        (0, format('SELECT ''--'', %L', name)),
        (1, format('CALL public.prepare(%L)', plain)),
        (2, format(script, plain)),
        (3, format('CALL public.prepare(%L)', online)),
        (4, format('CREATE TEMPORARY TABLE before AS SELECT * FROM public.all_of(%L)', online)),
        (5, format('SELECT gradual.define(%L, %L)', name, format(script, online))),
        (6, format('SELECT phase, statement, action, target, nullif(lock_mode, ''''), reversible FROM gradual.plan(%L)', name)),
        (7, format('SELECT gradual.start(%L)', name)),
        (8, format('CALL gradual.wait(%L)', name)),
        (10, format('SELECT gradual.rollback(%L) FROM gradual.ledger WHERE name = %1$L AND status <> ''completed''', name)),
        (11, format('CALL gradual.wait(%L)', name)),
        (12, format('SELECT ''not rolled back'', b.all_of FROM before b, gradual.ledger l WHERE l.name = %L AND l.status <> ''completed'' EXCEPT ALL SELECT ''not rolled back'', * FROM public.all_of(%L)', name, online)),
        (13, format('SELECT ''left over'', a FROM public.all_of(%2$L) a, gradual.ledger l WHERE l.name = %1$L AND l.status <> ''completed'' EXCEPT ALL SELECT ''left over'', * FROM before', name, online)),
        (14, 'DROP TABLE before'),
        (15, format('CALL gradual.run(%L)', name)),
        (16, format('SELECT ''missing'', * FROM public.all_of(%L) EXCEPT ALL SELECT ''missing'', * FROM public.all_of(%L)', plain, online)),
        (17, format('SELECT ''different'', * FROM public.all_of(%L) EXCEPT ALL SELECT ''different'', * FROM public.all_of(%L)', online, plain)),
        (18, 'RESET search_path'))
        run (n, statement)
ORDER BY name, n
\set ECHO none
\gexec
\set ECHO all
SELECT name, status FROM gradual.ledger WHERE status <> 'completed' ORDER BY name;
DROP OWNED BY drop_reader CASCADE;
DROP ROLE drop_reader;
