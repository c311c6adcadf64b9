-- A script goes on with the new name of a table that it renames, or moves, or
-- changes it in any other way before or after, and leaves what psql leaves; a
-- rollback leaves the table as it was.

CREATE SCHEMA plain;
CREATE SCHEMA online;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, true);
    CREATE TABLE users (id serial PRIMARY KEY, email text NOT NULL, state text DEFAULT 'new');
    CREATE INDEX users_state ON users (state);
    INSERT INTO users (email) SELECT g || '@example.com' FROM generate_series(1, 20) g;
    CREATE TABLE orgs (id int PRIMARY KEY, name text, users int);
    INSERT INTO orgs SELECT g, 'org ' || g FROM generate_series(1, 5) g;
    CREATE TABLE events (id int PRIMARY KEY, at date NOT NULL) PARTITION BY RANGE (id);
    CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
    INSERT INTO events SELECT g, DATE '2026-01-01' + g FROM generate_series(1, 10) g;
    CREATE VIEW emails AS SELECT email FROM users;
    CREATE MATERIALIZED VIEW states AS SELECT DISTINCT state FROM users;
    CREATE SEQUENCE numbers;
    CREATE TABLE nothing (id int);
END
$$;
CREATE FUNCTION rows_of(schema text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind IN ('r', 'p', 'v', 'm') LOOP
        RETURN QUERY EXECUTE format('SELECT %L || '' '' || t FROM %I.%I t', name, schema, name);
    END LOOP;
END
$$;
-- by psql, by the migration, and back before that
CREATE PROCEDURE compare(script text) LANGUAGE plpgsql AS $$
DECLARE
    line record;
    n int;
BEGIN
    SET LOCAL client_min_messages = warning;
    PERFORM public.make('plain');
    PERFORM public.make('online');
    COMMIT;
    PERFORM set_config('search_path', 'plain, public', true);
    EXECUTE script;
    COMMIT;
    CREATE TEMP TABLE before AS SELECT gradual_test.shape('online') AS line UNION ALL SELECT public.rows_of('online');
    PERFORM set_config('search_path', 'online, public', true);
    PERFORM gradual.define('m', script);
    FOR line IN SELECT phase, action, target FROM gradual.plan('m') LOOP
        RAISE NOTICE '% | % | %', rpad(line.phase, 8), line.action, line.target;
    END LOOP;
    PERFORM gradual.start('m');
    COMMIT;
    CALL gradual.wait('m');
    IF (SELECT status FROM gradual.ledger WHERE name = 'm') = 'ready' AND NOT EXISTS (SELECT FROM gradual.plan('m') WHERE reversible = 'no' AND phase IN ('expand', 'backfill', 'index', 'verify')) THEN
        PERFORM gradual.rollback('m');
        COMMIT;
        CALL gradual.wait('m');
        FOR line IN (SELECT 'left' AS what, s FROM (SELECT gradual_test.shape('online') UNION ALL SELECT public.rows_of('online')) AS now (s) EXCEPT ALL SELECT 'left', b.line FROM before b)
            UNION ALL (SELECT 'lost', b.line FROM before b EXCEPT ALL SELECT 'lost', s FROM (SELECT gradual_test.shape('online') UNION ALL SELECT public.rows_of('online')) AS now (s)) LOOP
            RAISE NOTICE 'rollback %: %', line.what, line.s;
        END LOOP;
        PERFORM gradual.start('m');
        COMMIT;
        CALL gradual.wait('m');
    END IF;
    IF (SELECT status FROM gradual.ledger WHERE name = 'm') = 'ready' THEN
        PERFORM gradual.complete('m');
        COMMIT;
        CALL gradual.wait('m');
    END IF;
    FOR line IN (SELECT 'online' AS what, s FROM (SELECT gradual_test.shape('online') UNION ALL SELECT public.rows_of('online')) AS now (s) EXCEPT ALL SELECT 'online', s FROM (SELECT gradual_test.shape('plain') UNION ALL SELECT public.rows_of('plain')) AS psql (s))
        UNION ALL (SELECT 'plain', s FROM (SELECT gradual_test.shape('plain') UNION ALL SELECT public.rows_of('plain')) AS psql (s) EXCEPT ALL SELECT 'plain', s FROM (SELECT gradual_test.shape('online') UNION ALL SELECT public.rows_of('online')) AS now (s)) LOOP
        RAISE NOTICE 'only %: %', line.what, line.s;
    END LOOP;
    RAISE NOTICE '%', (SELECT status FROM gradual.ledger WHERE name = 'm');
    PERFORM gradual.forget('m');
    DROP TABLE before;
    COMMIT;
END
$$;
\set SHOW_CONTEXT never

-- the new name in what follows
CALL compare('ALTER TABLE users RENAME TO members; ALTER TABLE members ADD COLUMN score int; UPDATE members SET score = id; CREATE INDEX ON members (score); ALTER TABLE members ALTER score SET DEFAULT 0; DELETE FROM members WHERE members.id > 18');
-- renamed last
CALL compare('ALTER TABLE users ADD COLUMN score int; UPDATE users SET score = id WHERE score IS NULL; ALTER TABLE users ALTER score SET NOT NULL; ALTER TABLE users RENAME TO members');
-- names that change places
CALL compare('ALTER TABLE users RENAME TO tmp; ALTER TABLE orgs RENAME TO users; ALTER TABLE tmp RENAME TO orgs; ALTER TABLE orgs ADD x int; ALTER TABLE users ADD y int; UPDATE orgs SET x = 1; UPDATE users SET y = 2; CREATE INDEX ON users (y)');
-- the old name taken anew
CALL compare('ALTER TABLE orgs RENAME TO companies; CREATE TABLE orgs (x int); CREATE INDEX ON orgs (x); INSERT INTO orgs VALUES (1); CREATE INDEX ON companies (name); ALTER TABLE companies DROP COLUMN users');
-- code and comments
CALL compare('ALTER TABLE users RENAME TO members; COMMENT ON TABLE members IS ''people''; DO ''BEGIN UPDATE members SET state = state || 1; END''; UPDATE members SET state = state || 2; CREATE VIEW names AS SELECT m.email FROM members m');
-- a chain
CALL compare('ALTER TABLE users RENAME TO people; ALTER TABLE people RENAME TO members; ALTER TABLE members ADD x int DEFAULT 1');
-- names that are derived from the table's
CALL compare('ALTER TABLE users RENAME TO members; ALTER TABLE members ADD COLUMN a int NOT NULL DEFAULT 1; CREATE TABLE posts (author int REFERENCES members)');
-- partitions
CALL compare('ALTER TABLE events RENAME TO happenings; ALTER TABLE events_1 RENAME TO "Happenings 1"; CREATE INDEX ON happenings (at)');
CALL compare('ALTER TABLE events RENAME TO happenings; ALTER TABLE happenings ADD COLUMN x int; UPDATE happenings SET x = id; CREATE INDEX ON happenings (x)');
-- views and sequences
CALL compare('ALTER VIEW emails RENAME TO addresses; ALTER MATERIALIZED VIEW states RENAME TO conditions; ALTER SEQUENCE numbers RENAME TO counts; CREATE TABLE counted (id int DEFAULT nextval(''counts'')); CREATE VIEW more AS SELECT * FROM addresses');
-- without rows: in the swap; of the script's own: at once
CALL compare('ALTER TABLE nothing RENAME TO void; ALTER TABLE void ADD x int; CREATE TABLE made (id int); ALTER TABLE made RENAME TO kept; CREATE INDEX ON kept (id); INSERT INTO kept VALUES (1)');

-- the same change before the renaming, and after it
CREATE PROCEDURE both_ways(change text) LANGUAGE plpgsql AS $$
BEGIN
    CALL public.compare(format(change, 'users') || '; ALTER TABLE users RENAME TO "New Users"');
    CALL public.compare('ALTER TABLE users RENAME TO "New Users"; ' || format(change, '"New Users"'));
END
$$;
CALL both_ways('ALTER TABLE %s RENAME email TO address');
CALL both_ways('ALTER TABLE %s ALTER email DROP NOT NULL');
CALL both_ways('ALTER TABLE %s ADD COLUMN token int DEFAULT 7 + floor(random())::int');
CALL both_ways('CREATE TABLE refers (id int REFERENCES %s, n int)');
CALL both_ways('DROP INDEX users_state; UPDATE %s SET state = id::text');
CALL both_ways('ALTER TABLE %s ADD COLUMN x int; UPDATE %1$s SET x = id; ALTER TABLE %1$s ALTER x SET NOT NULL');
CALL both_ways('CREATE TRIGGER a BEFORE UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger(); GRANT SELECT ON %1$s TO PUBLIC; CREATE POLICY own ON %1$s USING (true); CREATE STATISTICS both_of ON id, email FROM %1$s');
CALL both_ways('CREATE TABLE copy AS SELECT * FROM %s; INSERT INTO %1$s (email) VALUES (''x''); DELETE FROM %1$s WHERE id = 1');
CALL both_ways('DROP VIEW emails; CREATE VIEW emails AS SELECT id, email FROM %s');
CALL both_ways('CREATE FUNCTION count_users() RETURNS bigint LANGUAGE sql AS ''SELECT count(*) FROM %s''');
CALL both_ways('INSERT INTO orgs (id, name) SELECT id + 100, email FROM %s');
CALL both_ways('CREATE TABLE like_users (LIKE %s); INSERT INTO like_users TABLE %1$s');
