-- Subcommands of ALTER TABLE that change the catalog only run as written, with
-- the lock that PostgreSQL takes for them, and can be undone.
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
CREATE ROLE explain_owner;
CREATE TABLE orgs (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL UNIQUE, n int, org bigint,
    CONSTRAINT positive CHECK (n > 0) NOT VALID);
ALTER TABLE users ADD CONSTRAINT users_org FOREIGN KEY (org) REFERENCES orgs NOT VALID;
INSERT INTO orgs VALUES (1);
INSERT INTO users SELECT i, 'u' || i || '@example.com', i FROM generate_series(1, 10) i;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE users DISABLE TRIGGER touch;
ANALYZE users, orgs;

SELECT plan_of('ALTER TABLE users SET (fillfactor = 80, autovacuum_enabled = off)');
SELECT plan_of('ALTER TABLE users RESET (fillfactor)');
SELECT plan_of('ALTER TABLE users ALTER email SET STATISTICS 500');
SELECT plan_of('ALTER TABLE users ALTER email SET (n_distinct = -1)');
SELECT plan_of('ALTER TABLE users ALTER email RESET (n_distinct)');
SELECT plan_of('ALTER TABLE users ALTER email SET STORAGE EXTERNAL');
SELECT plan_of('ALTER TABLE users ALTER email SET COMPRESSION pglz');
SELECT plan_of('ALTER TABLE users OWNER TO explain_owner');
SELECT plan_of('ALTER TABLE users CLUSTER ON users_pkey');
SELECT plan_of('ALTER TABLE users SET WITHOUT CLUSTER');
SELECT plan_of('ALTER TABLE users REPLICA IDENTITY FULL');
SELECT plan_of('ALTER TABLE users ENABLE TRIGGER touch');
SELECT plan_of('ALTER TABLE users ENABLE ALWAYS TRIGGER touch');
SELECT plan_of('ALTER TABLE users ENABLE TRIGGER USER');
-- Several at once
SELECT plan_of('ALTER TABLE users SET (fillfactor = 80), ALTER email SET STATISTICS 500');
-- A trigger that is enabled after a change of rows does not fire for it
SELECT plan_of('UPDATE users SET n = 1 WHERE n IS NULL; ALTER TABLE users ENABLE TRIGGER touch');

-- Constraints: validated, dropped, renamed
SELECT plan_of('ALTER TABLE users VALIDATE CONSTRAINT positive');
SELECT plan_of('ALTER TABLE users VALIDATE CONSTRAINT users_org');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT positive');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT users_email_key');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT users_org');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT users_org CASCADE');
SELECT * FROM gradual.explain('ALTER TABLE users DROP CONSTRAINT no_such_constraint');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT IF EXISTS no_such_constraint');
SELECT plan_of('ALTER TABLE users RENAME CONSTRAINT positive TO greater');

DROP TABLE users, orgs;
DROP FUNCTION touch(), plan_of(text);
DROP ROLE explain_owner;
