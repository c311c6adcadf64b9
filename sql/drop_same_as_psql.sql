-- A script that drops things, and makes others in their place, leaves the same
-- schema through psql and through a migration; all of it happens at complete,
-- so a rollback before has nothing to bring back.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE PROCEDURE prepare(name text) LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', name);
    EXECUTE format('SET search_path = %I', name);
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE DOMAIN positive AS int CHECK (VALUE > 0);
    CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, m mood);
    CREATE TABLE "Order's" ("id" int PRIMARY KEY, "user" int REFERENCES users);
    CREATE TABLE logs (at date, line text) PARTITION BY RANGE (at);
    CREATE TABLE logs_old PARTITION OF logs FOR VALUES FROM ('2000-01-01') TO ('2020-01-01');
    CREATE TABLE logs_new PARTITION OF logs DEFAULT;
    INSERT INTO users (email) VALUES ('a@b'), ('b@c');
    INSERT INTO "Order's" VALUES (1, 1);
    INSERT INTO logs VALUES ('2010-01-01', 'old'), ('2024-01-01', 'new');
    CREATE VIEW emails AS SELECT email FROM users;
    CREATE VIEW short AS SELECT left(email, 3) AS email FROM emails;
    CREATE MATERIALIZED VIEW counts AS SELECT count(*) FROM users;
    CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
    CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE TRIGGER touch BEFORE UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE POLICY mine ON users USING (id > 0);
    CREATE RULE quiet AS ON DELETE TO "Order's" DO INSTEAD NOTHING;
    CREATE STATISTICS correlated ON id, email FROM users;
    CREATE FUNCTION double(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';
    CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
    CREATE SEQUENCE numbers;
END
$body$;
CREATE FUNCTION all_of(schema text) RETURNS SETOF text LANGUAGE sql STABLE
    AS 'SELECT gradual_test.shape(schema) UNION ALL SELECT gradual_test.routines(schema)';
CREATE TABLE scripts (name text, script text);
INSERT INTO scripts VALUES
    ('tables', 'DROP TABLE "Order''s"; DROP TABLE IF EXISTS nix, logs;'),
    ('partition', 'DROP TABLE logs_old'),
    ('several', 'DROP VIEW short, emails; DROP MATERIALIZED VIEW counts; DROP TABLE users, "Order''s"; DROP TYPE mood; DROP SEQUENCE numbers'),
    ('cascade', 'DROP VIEW short; DROP TABLE users CASCADE; CREATE VIEW emails AS SELECT 1 AS id'),
    ('column', 'ALTER TABLE users DROP COLUMN email CASCADE; CREATE VIEW emails AS SELECT id FROM users'),
    ('key_column', 'ALTER TABLE users DROP COLUMN id CASCADE; ALTER TABLE "Order''s" ADD n int'),
    ('objects', 'DROP DOMAIN positive; DROP FUNCTION double(int); DROP AGGREGATE total(int); DROP STATISTICS correlated; DROP POLICY mine ON users; DROP RULE quiet ON "Order''s"'),
    ('trigger', 'DROP TRIGGER touch ON users; DROP TRIGGER touch ON logs; DROP FUNCTION touch()'),
    ('missing', 'DROP TRIGGER IF EXISTS touch ON "Order''s"; DROP TRIGGER IF EXISTS touch ON nix; DROP FUNCTION IF EXISTS nix(); DROP TYPE IF EXISTS nix'),
    ('view_anew', 'DROP VIEW short; DROP VIEW emails; CREATE VIEW emails AS SELECT id, email FROM users; GRANT SELECT ON emails TO PUBLIC; CREATE VIEW short AS SELECT email FROM emails; COMMENT ON VIEW short IS ''new'''),
    ('function_anew', 'DROP FUNCTION double(int); CREATE FUNCTION double(int) RETURNS bigint LANGUAGE sql AS ''SELECT $1::bigint * 2''; CREATE FUNCTION four() RETURNS bigint LANGUAGE sql AS ''SELECT double(2)'''),
    ('trigger_anew', 'DROP TRIGGER touch ON users; DROP TRIGGER touch ON logs; DROP FUNCTION touch(); CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN OLD; END''; CREATE TRIGGER touch BEFORE UPDATE OF email ON users FOR EACH ROW EXECUTE FUNCTION touch()'),
    ('policy_anew', 'DROP POLICY mine ON users; CREATE POLICY mine ON users FOR SELECT USING (id > 1); DROP RULE quiet ON "Order''s"; CREATE RULE quiet AS ON DELETE TO "Order''s" WHERE OLD.id = 1 DO INSTEAD NOTHING'),
    ('type_anew', 'DROP VIEW short, emails; DROP MATERIALIZED VIEW counts; DROP TABLE users CASCADE; DROP TYPE mood; CREATE TYPE mood AS ENUM (''low'', ''high''); CREATE TABLE users (id serial PRIMARY KEY, email text UNIQUE, m mood DEFAULT ''low''); INSERT INTO users (email) VALUES (''x''); CREATE INDEX ON users (m)'),
    ('domain_anew', 'DROP DOMAIN positive; CREATE DOMAIN positive AS bigint CHECK (VALUE > 0); CREATE TABLE amounts (n positive)'),
    ('statistics_anew', 'DROP STATISTICS correlated; CREATE STATISTICS correlated (ndistinct) ON id, m FROM users'),
    ('index_name_anew', 'DROP TABLE users CASCADE; CREATE TABLE people (id int); CREATE INDEX users_pkey ON people (id); CREATE SEQUENCE users_id_seq; CREATE INDEX users_email_key ON "Order''s" ("user")'),
    ('sequence_anew', 'DROP SEQUENCE numbers; CREATE SEQUENCE numbers START 10; ALTER TABLE users ADD n bigint; ALTER TABLE users ALTER n SET DEFAULT nextval(''numbers'')'),
    ('made_and_dropped', 'CREATE VIEW v AS SELECT 1; CREATE FUNCTION one() RETURNS int LANGUAGE sql AS ''SELECT 1''; CREATE TRIGGER again BEFORE INSERT ON users FOR EACH ROW EXECUTE FUNCTION touch(); DROP TRIGGER again ON users; DROP FUNCTION one(); DROP VIEW v'),
    ('filled', 'ALTER TABLE users ADD n int; UPDATE users SET n = 1; DROP VIEW short; DROP VIEW emails; CREATE VIEW emails AS SELECT n FROM users');
SELECT statement
FROM scripts,
     LATERAL (VALUES
        (0, format('SELECT ''--'', %L', name)),
        (1, format('CALL public.prepare(%L)', name || '_plain')),
        (2, script),
        (3, format('CALL public.prepare(%L)', name || '_online')),
        (4, format('CREATE TEMPORARY TABLE before AS SELECT * FROM public.all_of(%L)', name || '_online')),
        (5, format('SELECT gradual.define(%L, %L)', name, script)),
        (6, format('SELECT gradual.start(%L)', name)),
        (7, format('CALL gradual.wait(%L)', name)),
        (8, format('SELECT ''changed early'', * FROM before EXCEPT SELECT ''changed early'', * FROM public.all_of(%L)', name || '_online')),
        (9, format('SELECT gradual.rollback(%L) FROM gradual.ledger WHERE name = %1$L AND status <> ''completed''', name)),
        (10, format('CALL gradual.wait(%L)', name)),
        (11, format('SELECT ''not rolled back'', * FROM before EXCEPT SELECT ''not rolled back'', * FROM public.all_of(%L)', name || '_online')),
        (12, format('SELECT ''left over'', * FROM public.all_of(%L) EXCEPT SELECT ''left over'', * FROM before', name || '_online')),
        (13, 'DROP TABLE before'),
        (14, format('CALL gradual.run(%L)', name)),
        (15, format('SELECT ''missing'', * FROM public.all_of(%L) EXCEPT SELECT ''missing'', * FROM public.all_of(%L)', name || '_plain', name || '_online')),
        (16, format('SELECT ''different'', * FROM public.all_of(%L) EXCEPT SELECT ''different'', * FROM public.all_of(%L)', name || '_online', name || '_plain')))
        run (n, statement)
ORDER BY name, n
\set ECHO none
\gexec
\set ECHO all
SELECT name, status FROM gradual.ledger ORDER BY name;
