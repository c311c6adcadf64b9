-- What only creates, comments or grants runs as written, in one transaction.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(E'\n    ',
        concat_ws(' | ', step, phase, 'statement ' || statement, action, target,
                  coalesce(lock_mode, 'no lock'), 'blocks ' || blocks, cost,
                  nullif(est_rows, 0) || ' rows', 'reversible: ' || reversible),
        sql, '-- ' || nullif(note, ''))
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE ROLE explain_reader;
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL);
INSERT INTO users SELECT i, 'u' || i || '@example.com' FROM generate_series(1, 10) i;
CREATE TYPE mood AS ENUM ('sad', 'happy');
ANALYZE users;

SELECT plan_of('CREATE TABLE orgs (id bigint PRIMARY KEY, title text)');
SELECT plan_of('CREATE TABLE visits (id bigint PRIMARY KEY, "user" bigint REFERENCES users, at timestamptz DEFAULT now(), CHECK (id > 0))');
SELECT plan_of('CREATE TABLE like_users (LIKE users INCLUDING ALL)');
SELECT plan_of('CREATE UNLOGGED TABLE scratch (id int)');
SELECT plan_of('CREATE TABLE IF NOT EXISTS users (id bigint)');
SELECT plan_of('CREATE SCHEMA app');
SELECT plan_of('CREATE SEQUENCE numbers START 100');
SELECT plan_of('CREATE TYPE colour AS ENUM (''red'')');
SELECT plan_of('CREATE TYPE place AS (street text, city text)');
SELECT plan_of('CREATE TYPE span AS RANGE (subtype = int)');
SELECT plan_of('CREATE DOMAIN short AS varchar(10) CHECK (VALUE <> '''')');
SELECT plan_of('CREATE FUNCTION twice(int) RETURNS int LANGUAGE sql AS ''SELECT $1 * 2''');
SELECT plan_of('CREATE PROCEDURE nothing() LANGUAGE plpgsql AS ''BEGIN END''');
SELECT plan_of('CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int, INITCOND = ''0'')');
SELECT plan_of('CREATE VIEW emails AS SELECT email FROM users');
SELECT plan_of('CREATE OR REPLACE VIEW emails AS SELECT email FROM users');
SELECT plan_of('CREATE MATERIALIZED VIEW emails AS SELECT email FROM users WITH NO DATA');
SELECT plan_of('CREATE STATISTICS users_stat ON id, email FROM users');
SELECT plan_of('CREATE RULE quiet AS ON DELETE TO users DO INSTEAD NOTHING');
SELECT plan_of('CREATE POLICY own ON users USING (email = current_user)');
SELECT plan_of('CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()');
SELECT plan_of('COMMENT ON TABLE users IS ''people''; COMMENT ON COLUMN users.email IS ''where''');
SELECT plan_of('GRANT SELECT ON users TO explain_reader; GRANT SELECT (email), UPDATE (email) ON users TO explain_reader');
SELECT plan_of('GRANT USAGE ON SCHEMA public TO explain_reader');
SELECT plan_of('CREATE SEQUENCE numbers; ALTER SEQUENCE numbers INCREMENT BY 10');

-- A new value of an enum cannot be used in the transaction that adds it
SELECT plan_of('ALTER TYPE mood ADD VALUE ''so-so''');
SELECT plan_of('ALTER TYPE mood ADD VALUE IF NOT EXISTS ''sad''');
SELECT plan_of('ALTER TYPE mood ADD VALUE ''so-so'' AFTER ''sad''; ALTER TABLE users ADD mood mood DEFAULT ''so-so''');

-- A trigger does not act on the batches of an earlier statement
SELECT plan_of('UPDATE users SET email = '''' WHERE email IS NULL; CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS ''BEGIN RETURN NEW; END''; CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()');

-- A temporary object is gone with the worker
SELECT * FROM gradual.explain('CREATE TEMP TABLE scratch (id int)');
SELECT * FROM gradual.explain('CREATE TEMPORARY VIEW scratch AS SELECT 1');
SELECT * FROM gradual.explain('CREATE TEMP TABLE scratch AS SELECT 1');
SELECT * FROM gradual.explain('CREATE TEMPORARY SEQUENCE scratch');

-- SELECT INTO makes a table, whatever is joined to it
SELECT plan_of('SELECT id INTO scratch FROM users; ALTER TABLE scratch ADD x int');
SELECT plan_of('SELECT id INTO scratch FROM users UNION SELECT 0; ALTER TABLE scratch ADD x int');

-- What the script itself made it may drop
SELECT plan_of('CREATE TABLE scratch (id int); DROP TABLE scratch');
SELECT plan_of('CREATE FUNCTION clean(text) RETURNS text IMMUTABLE LANGUAGE sql AS ''SELECT lower($1)''; ALTER TABLE users ADD x text; UPDATE users SET x = clean(email); DROP FUNCTION clean(text)');

DROP TABLE users;
DROP TYPE mood;
DROP FUNCTION plan_of(text);
DROP ROLE explain_reader;
