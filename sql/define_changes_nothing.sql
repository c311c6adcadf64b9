-- define() and explain() change nothing but the ledger, and take no lock on the
-- tables of users that is stronger than ACCESS SHARE.
CREATE TABLE orgs (id bigint PRIMARY KEY, title text);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int DEFAULT 3, org bigint REFERENCES orgs);
CREATE TABLE measured (id int PRIMARY KEY, v int) PARTITION BY RANGE (id);
CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM (0) TO (100);
CREATE INDEX by_name ON users (name);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 10) i;
INSERT INTO measured SELECT i, i FROM generate_series(1, 10) i;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE SEQUENCE numbers;
ANALYZE users, measured;

SELECT $script$
    ALTER TABLE users ADD x uuid DEFAULT gen_random_uuid() NOT NULL;
    ALTER TABLE users ADD y text;
    UPDATE users SET y = lower(email);
    ALTER TABLE users ALTER y SET NOT NULL, ALTER n DROP DEFAULT;
    CREATE INDEX by_y ON users (y);
    DROP INDEX by_name;
    ALTER TABLE users DROP CONSTRAINT users_org_fkey;
    DELETE FROM users WHERE n = 5;
    CREATE SCHEMA app;
    CREATE TABLE app.posts (id bigint PRIMARY KEY, author bigint REFERENCES users, at mood);
    INSERT INTO app.posts VALUES (1);
    ALTER TABLE measured ADD w int;
    UPDATE measured SET v = v + 1;
    CREATE INDEX ON measured (v);
    ALTER TYPE mood ADD VALUE 'so-so';
    CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW v AS SELECT y FROM users;
    SET work_mem = '8MB';
    DO 'BEGIN RAISE EXCEPTION $$not run$$; END';
    SELECT nextval('numbers');
    GRANT SELECT ON users TO PUBLIC;
    COMMENT ON TABLE users IS 'x';
$script$ AS script \gset

-- What there is: catalogs, rows, statistics
CREATE VIEW everything AS
    SELECT 'class' AS what, md5(string_agg(c::text, ',' ORDER BY c.oid)) AS state
        FROM pg_class c WHERE relnamespace::regnamespace::text !~ '^(pg_|gradual)'
    UNION ALL SELECT 'attribute', md5(string_agg(a.attrelid || a.attname || a.atttypid, ',' ORDER BY attrelid, attnum))
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid WHERE c.relnamespace = 'public'::regnamespace
    UNION ALL SELECT 'constraint', md5(string_agg(c::text, ',' ORDER BY oid)) FROM pg_constraint c
    UNION ALL SELECT 'trigger', md5(string_agg(t::text, ',' ORDER BY oid)) FROM pg_trigger t
    UNION ALL SELECT 'type', md5(string_agg(t::text, ',' ORDER BY oid)) FROM pg_type t WHERE typnamespace <> pg_my_temp_schema()
    UNION ALL SELECT 'enum', md5(string_agg(e::text, ',' ORDER BY oid)) FROM pg_enum e
    UNION ALL SELECT 'proc', md5(string_agg(p::text, ',' ORDER BY oid)) FROM pg_proc p
    UNION ALL SELECT 'namespace', string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname !~ '^pg_(toast_)?temp'
    UNION ALL SELECT 'sequence', last_value || ' ' || is_called FROM numbers
    UNION ALL SELECT 'rows', md5(string_agg(u::text || ctid || xmin, ',' ORDER BY id)) FROM users u
    UNION ALL SELECT 'settings', current_setting('work_mem') || current_setting('search_path') || current_setting('client_min_messages');
-- A session has a temporary schema from then on, and it stays
CREATE TEMP TABLE mine (id int);
CREATE TEMP TABLE before AS SELECT * FROM everything;

SELECT count(*) > 20 AS planned FROM gradual.explain(:'script');
SELECT b.what FROM before b JOIN everything e USING (what) WHERE b.state IS DISTINCT FROM e.state;

BEGIN;
SELECT gradual.define('nothing', :'script');
-- Locks that this transaction still holds
SELECT relation::regclass AS relation, mode
FROM pg_locks l JOIN pg_class c ON c.oid = l.relation
WHERE l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND l.pid = pg_backend_pid() AND l.locktype = 'relation' AND c.relnamespace = 'public'::regnamespace AND l.mode <> 'AccessShareLock';
SELECT b.what FROM before b JOIN everything e USING (what) WHERE b.state IS DISTINCT FROM e.state;
COMMIT;
SELECT b.what FROM before b JOIN everything e USING (what) WHERE b.state IS DISTINCT FROM e.state;
SELECT relname FROM pg_class WHERE pg_my_temp_schema() = relnamespace AND relkind = 'r' ORDER BY relname;

-- A script that is refused in its middle
SELECT gradual.define('refused', 'ALTER TABLE users ADD y text; UPDATE users SET y = email; VACUUM users');
SELECT gradual.define('refused', 'SET work_mem = ''8MB''; CREATE TABLE posts (id int); ALTER TABLE posts ADD id int');
SELECT b.what FROM before b JOIN everything e USING (what) WHERE b.state IS DISTINCT FROM e.state;
SELECT name FROM gradual.ledger WHERE name IN ('nothing', 'refused');

-- Beside a transaction whose locks exclude all but ACCESS SHARE it does not wait
BEGIN;
LOCK TABLE users, orgs, measured IN EXCLUSIVE MODE;
PREPARE TRANSACTION 'define_changes_nothing';
SET lock_timeout = '1ms';
SELECT count(*) > 20 AS planned FROM gradual.explain(:'script');
BEGIN; LOCK TABLE users IN ROW SHARE MODE; ROLLBACK;
RESET lock_timeout;
ROLLBACK PREPARED 'define_changes_nothing';

-- In a read-only transaction nothing could be tried
BEGIN READ ONLY;
SELECT count(*) FROM gradual.explain('ALTER TABLE users ADD z int');
ROLLBACK;

SELECT gradual.forget('nothing');
DROP VIEW everything;
DROP TABLE mine, before, users, orgs, measured;
DROP TYPE mood;
DROP SEQUENCE numbers;
