-- RENAME COLUMN between other statements about the column, by either name: what
-- can be done before complete is done there, and the end is that of psql -1.

CREATE SCHEMA online;
CREATE TABLE online.users (id int PRIMARY KEY, mail text DEFAULT 'none', age int);
CREATE INDEX users_age ON online.users (age);
INSERT INTO online.users SELECT n, CASE WHEN n % 10 > 0 THEN 'User' || n END, n FROM generate_series(1, 100) n;
CREATE SCHEMA plain;
CREATE TABLE plain.users (id int PRIMARY KEY, mail text DEFAULT 'none', age int);
CREATE INDEX users_age ON plain.users (age);
INSERT INTO plain.users TABLE online.users;
CREATE FUNCTION check_of(script text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    SET LOCAL search_path = plain;
    EXECUTE script;
    RETURN QUERY SELECT 'online: ' || s FROM (SELECT gradual_test.shape('online') EXCEPT SELECT replace(gradual_test.shape('plain'), 'plain.', 'online.')) d (s)
        UNION ALL SELECT 'plain: ' || s FROM (SELECT replace(gradual_test.shape('plain'), 'plain.', 'online.') EXCEPT SELECT gradual_test.shape('online')) d (s);
    RETURN QUERY SELECT 'rows: ' || count(*) FROM (SELECT row_to_json(u) #>> '{}' FROM online.users u EXCEPT SELECT row_to_json(u) #>> '{}' FROM plain.users u) d HAVING count(*) > 0;
END $$;
SET search_path = online;

-- later statements by the new name
\set script 'ALTER TABLE users RENAME mail TO address; CREATE INDEX users_lower ON users (lower(address)); UPDATE users SET address = lower(address); UPDATE users SET address = ''?'' WHERE address IS NULL; ALTER TABLE users ALTER address SET NOT NULL; ALTER TABLE users ALTER address SET DEFAULT ''nobody''; COMMENT ON COLUMN users.address IS ''where to write''; CREATE VIEW addresses AS SELECT address FROM users; ALTER TABLE users ADD COLUMN host text; UPDATE users SET host = ''host of '' || address'
SELECT gradual.define('later', :'script');
SELECT step, phase, statement, action, reversible FROM gradual.plan('later');
SELECT gradual.start('later');
CALL gradual.wait('later');
INSERT INTO users (id, mail) VALUES (101, 'old');
INSERT INTO users (id, address) VALUES (102, 'new');
INSERT INTO users (id) VALUES (103);
UPDATE users SET address = 'renewed' WHERE id = 1;
SELECT id, mail, address, host FROM users WHERE id IN (1, 2, 10, 101, 102, 103) ORDER BY id;
UPDATE users SET address = 'user1' WHERE id = 1;
DELETE FROM users WHERE id > 100;
SELECT gradual.complete('later');
CALL gradual.wait('later');
SELECT public.check_of(:'script'::text);

-- earlier ones by the old name
\set script 'ALTER TABLE users ADD COLUMN shout text; UPDATE users SET shout = upper(address); UPDATE users SET address = address || ''!'' WHERE id > 50; CREATE INDEX users_address ON users (address, id); ALTER TABLE users ALTER address DROP NOT NULL; ALTER TABLE users RENAME address TO target; ALTER TABLE users RENAME age TO years; DROP INDEX users_age'
SELECT gradual.define('earlier', :'script');
SELECT step, phase, statement, action, reversible FROM gradual.plan('earlier');
SELECT gradual.start('earlier');
CALL gradual.wait('earlier');
INSERT INTO users (id, target, years) VALUES (101, 'new', 1);
INSERT INTO users (id, address, age) VALUES (102, 'old', 2);
UPDATE users SET target = 'renewed' WHERE id = 1;
SELECT id, address, target, shout, age, years FROM users WHERE id IN (1, 2, 60, 101, 102, 103) ORDER BY id;
UPDATE users SET target = 'user1' WHERE id = 1;
DELETE FROM users WHERE id > 100;
SELECT gradual.complete('earlier');
CALL gradual.wait('earlier');
SELECT public.check_of(:'script'::text);

-- chains, names that are freed, names that come back
\set script 'ALTER TABLE users RENAME target TO a; ALTER TABLE users RENAME a TO b; ALTER TABLE users RENAME years TO target; ALTER TABLE users RENAME b TO years; ALTER TABLE users DROP COLUMN host; ALTER TABLE users RENAME shout TO host; ALTER TABLE users ADD COLUMN shout int; CREATE INDEX users_shout ON users (shout, host)'
SELECT gradual.define('chain', :'script');
SELECT step, phase, statement, action, reversible FROM gradual.plan('chain');
CALL gradual.run('chain');
SELECT public.check_of(:'script'::text);

-- columns that the script itself adds
\set script 'ALTER TABLE users ADD COLUMN c1 int DEFAULT 1; ALTER TABLE users RENAME c1 TO d1; ALTER TABLE users ADD COLUMN c2 text; UPDATE users SET c2 = ''x'' || years; ALTER TABLE users RENAME c2 TO d2; CREATE INDEX users_d ON users (d1, d2)'
SELECT gradual.define('added', :'script');
SELECT step, phase, statement, action, reversible FROM gradual.plan('added');
CALL gradual.run('added');
SELECT public.check_of(:'script'::text);

RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA online, plain CASCADE;
DROP FUNCTION check_of;
