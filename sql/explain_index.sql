-- Indexes are built, dropped and built anew concurrently, after the backfills
-- of their table.
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
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int);
INSERT INTO users SELECT i, 'u' || i || '@example.com', 'u' || i, i FROM generate_series(1, 10) i;
CREATE INDEX users_name ON users (name);
ANALYZE users;

SELECT plan_of('CREATE INDEX ON users (email)');
SELECT plan_of('CREATE INDEX CONCURRENTLY by_email ON users (email)');
SELECT plan_of('CREATE UNIQUE INDEX by_email ON public.users USING btree (lower(email) text_pattern_ops DESC NULLS LAST, n) INCLUDE (id) WITH (fillfactor = 70) WHERE n > 3');
SELECT plan_of('CREATE UNIQUE INDEX by_n ON users (n) NULLS NOT DISTINCT');
SELECT plan_of('CREATE INDEX by_name ON users USING hash (name)');
-- IF NOT EXISTS
SELECT plan_of('CREATE INDEX IF NOT EXISTS users_name ON users (name)');
SELECT plan_of('CREATE INDEX IF NOT EXISTS by_name ON users (name)');
SELECT * FROM gradual.explain('CREATE INDEX users_name ON users (name)');
-- PostgreSQL chooses the names as it would for the plain script
SELECT plan_of('CREATE INDEX ON users (name); CREATE INDEX ON users (name)');

-- After the backfill, wherever the script has it
SELECT plan_of('ALTER TABLE users ADD x text; CREATE INDEX by_x ON users (x); UPDATE users SET x = name');
-- First, if a later change of another table reads this one
CREATE TABLE visits (id bigint PRIMARY KEY, email text, name text);
INSERT INTO visits VALUES (1, 'u1@example.com');
ANALYZE visits;
SELECT plan_of('CREATE INDEX by_email ON users (email); UPDATE visits v SET name = u.name FROM users u WHERE u.email = v.email AND v.name IS NULL');

-- DROP INDEX
SELECT plan_of('DROP INDEX users_name');
SELECT plan_of('DROP INDEX CONCURRENTLY public.users_name');
SELECT plan_of('DROP INDEX IF EXISTS users_name, no_such_index');
SELECT plan_of('CREATE INDEX by_n ON users (n); DROP INDEX by_n');
SELECT * FROM gradual.explain('DROP INDEX users_pkey');
SELECT * FROM gradual.explain('DROP INDEX users_name CASCADE');
SELECT * FROM gradual.explain('DROP INDEX no_such_index');

-- REINDEX
SELECT plan_of('REINDEX INDEX users_name');
SELECT plan_of('REINDEX TABLE users');
SELECT plan_of('REINDEX (VERBOSE) TABLE CONCURRENTLY users');
SELECT * FROM gradual.explain('REINDEX SCHEMA public');

-- Renamed
SELECT plan_of('ALTER INDEX users_name RENAME TO users_by_name');

DROP TABLE users, visits;
DROP FUNCTION plan_of(text);
