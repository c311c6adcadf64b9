-- A table that the script creates and copies another one to follows that one until
-- complete: what is inserted, updated and deleted there, by key, whatever wrote it.
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT format(E'%s | %s | %s | %s | %s | blocks %s | %s | reversible: %s\n    %s\n    -- %s', step, phase, action, target,
                  coalesce(nullif(lock_mode, ''), 'no lock'), blocks, cost, reversible, sql, note)
    FROM gradual.explain(script) ORDER BY step
$$;

CREATE TABLE users (id int PRIMARY KEY, name text NOT NULL, bio text, seen int NOT NULL DEFAULT 0);
INSERT INTO users SELECT g, 'user ' || g, CASE WHEN g % 3 > 0 THEN 'bio ' || g END FROM generate_series(1, 200) g;

SELECT plan_of('CREATE TABLE profiles (user_id int PRIMARY KEY, bio text, theme text DEFAULT ''dark''); INSERT INTO profiles (user_id, bio) SELECT id, lower(bio) FROM users WHERE bio IS NOT NULL; ALTER TABLE users DROP COLUMN bio');

SELECT gradual.define('split', $$
    CREATE TABLE profiles (user_id int PRIMARY KEY, bio text, theme text DEFAULT 'dark');
    INSERT INTO profiles (user_id, bio) SELECT id, lower(bio) FROM users WHERE bio IS NOT NULL;
    ALTER TABLE users DROP COLUMN bio;
$$);
SELECT gradual.start('split');
CALL gradual.wait('split');
SELECT status, processed FROM gradual.ledger;

CREATE VIEW difference AS
    SELECT (SELECT count(*) FROM profiles) AS rows, count(*) AS different
    FROM (SELECT id, lower(bio) AS bio FROM users WHERE bio IS NOT NULL) u
    FULL JOIN profiles p ON p.user_id = u.id
    WHERE u.id IS NULL OR p.user_id IS NULL OR p.bio IS DISTINCT FROM u.bio;
TABLE difference;

-- new rows, of those that are copied and others
INSERT INTO users VALUES (1001, 'new', 'NEW'), (1002, 'new', NULL);
SELECT * FROM profiles WHERE user_id > 1000;
TABLE difference;
-- changes of the copied column, into the copied rows and out of them; of others
UPDATE users SET bio = 'Changed' WHERE id IN (1, 3);
UPDATE users SET bio = NULL WHERE id IN (2, 3);
UPDATE users SET seen = seen + 1;
SELECT * FROM profiles WHERE user_id < 5 ORDER BY 1;
TABLE difference;
-- what is not copied is the copy's own
UPDATE profiles SET theme = 'light' WHERE user_id IN (1, 4);
UPDATE users SET bio = 'once more' WHERE id = 1;
-- .. also under another key
UPDATE users SET id = 504 WHERE id = 4;
SELECT * FROM profiles WHERE theme = 'light' ORDER BY 1;
TABLE difference;
-- deleted
DELETE FROM users WHERE id BETWEEN 10 AND 20;
TABLE difference;
-- many keys at once, each taken from another row
UPDATE users SET id = id + 10000;
TABLE difference;
CREATE TABLE few (n int PRIMARY KEY, v text);
INSERT INTO few VALUES (11, 'a'), (12, 'b'), (13, 'c'), (14, 'd');
SELECT gradual.define('few', 'CREATE TABLE copies (serial int GENERATED ALWAYS AS IDENTITY, v text, n bigint); INSERT INTO copies (n, v) SELECT n, v FROM few');
SELECT gradual.start('few');
CALL gradual.wait('few');
UPDATE few SET n = n - 1;
SELECT f, c FROM few f FULL JOIN copies c USING (n) ORDER BY n;
\d copies
SELECT gradual.complete('few');
CALL gradual.wait('few');
\d copies
-- upserts, MERGE, COPY
INSERT INTO users VALUES (10001, 'x', 'upserted'), (10002, 'y', 'inserted') ON CONFLICT (id) DO UPDATE SET bio = excluded.bio;
INSERT INTO users VALUES (10001, 'x', 'not at all') ON CONFLICT DO NOTHING;
MERGE INTO users u USING (VALUES (10001), (20001)) v (id) ON u.id = v.id
    WHEN MATCHED THEN UPDATE SET bio = 'merged'
    WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'z', 'merged too');
COPY users (id, name, bio) FROM STDIN (FORMAT csv);
20002,copied,COPIED
20003,copied,
\.
SELECT * FROM profiles WHERE user_id IN (10001, 10002, 20001, 20002, 20003) ORDER BY 1;
TABLE difference;
-- several times in one transaction, and not at all
BEGIN;
INSERT INTO users VALUES (30001, 'a', 'one');
UPDATE users SET bio = 'two' WHERE id = 30001;
DELETE FROM users WHERE id = 30001;
INSERT INTO users VALUES (30001, 'a', 'three');
SAVEPOINT s;
UPDATE users SET bio = 'four', id = 30002 WHERE id = 30001;
ROLLBACK TO s;
COMMIT;
BEGIN;
DELETE FROM users;
ROLLBACK;
SELECT * FROM profiles WHERE user_id > 30000;
TABLE difference;
-- a snapshot from before, and a writer in replica role
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM users WHERE id = 30001;
UPDATE users SET bio = 'repeatable' WHERE id = 30001;
COMMIT;
SET session_replication_role = replica;
UPDATE users SET bio = 'replica' WHERE id = 20001;
RESET session_replication_role;
TABLE difference;
-- a role that has no right to the new table
CREATE ROLE regress_app;
GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON users TO regress_app;
SET ROLE regress_app;
UPDATE users SET bio = 'by the app' WHERE id = 30001;
SELECT current_user;
TABLE profiles;
RESET ROLE;
SELECT * FROM profiles WHERE user_id = 30001;
-- all of it
BEGIN;
SET ROLE regress_app;
TRUNCATE users;
INSERT INTO users VALUES (1, 'a', 'after');
RESET ROLE;
TABLE profiles;
ROLLBACK;
TABLE difference;

SELECT tgname FROM pg_trigger WHERE tgrelid = 'users'::regclass AND NOT tgisinternal ORDER BY 1;
SELECT count(*), sum(hashtext(p::text)) AS hash INTO kept FROM profiles p;
DROP VIEW difference;
SELECT gradual.complete('split');
CALL gradual.wait('split');
SELECT status FROM gradual.ledger WHERE name = 'split';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'users'::regclass AND NOT tgisinternal;
SELECT attname FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0 AND NOT attisdropped;
SELECT (SELECT k FROM kept k) = (SELECT ROW(count(*), sum(hashtext(p::text)))::kept FROM profiles p);
INSERT INTO users VALUES (77, 'nobody follows');
SELECT * FROM profiles WHERE user_id = 77;
DROP OWNED BY regress_app;
DROP ROLE regress_app;
