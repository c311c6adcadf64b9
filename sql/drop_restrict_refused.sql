-- Restrictions: what PostgreSQL refuses is refused by define, and so is what
-- would scan a big table under lock; LOCK TABLE is left out with a notice.
CREATE ROLE drop_other;
CREATE TYPE place AS (street text);
CREATE DOMAIN positive AS int;
CREATE TABLE users (id int PRIMARY KEY, n positive, p place);
CREATE TABLE orders (id int PRIMARY KEY, u int REFERENCES users);
CREATE TABLE logs (at date) PARTITION BY RANGE (at);
CREATE TABLE logs_1 PARTITION OF logs DEFAULT;
INSERT INTO users VALUES (1, 1);
INSERT INTO orders VALUES (1, 1);
INSERT INTO logs VALUES ('2024-01-01');
CREATE POLICY mine ON users USING (id > 0);
CREATE FUNCTION double(int) RETURNS int LANGUAGE sql AS 'SELECT $1 * 2';

SELECT gradual.define('m', 'LOCK TABLE users; ALTER TABLE users ADD x int');
SELECT step, action FROM gradual.plan('m');
SELECT gradual.forget('m');
SELECT gradual.define('m', 'SELECT 1; LOCK TABLE nosuch');

SELECT gradual.define('m', 'SELECT 1; TRUNCATE users');
SELECT gradual.define('m', 'TRUNCATE nosuch');
SELECT gradual.define('m', 'ALTER TABLE users DISABLE TRIGGER nosuch');
SELECT gradual.define('m', 'ALTER TABLE users DISABLE RULE nosuch');
SELECT gradual.define('m', 'ALTER TABLE users NO INHERIT orders');
SELECT gradual.define('m', 'ALTER TABLE logs DETACH PARTITION users');
SELECT gradual.define('m', 'ALTER TABLE logs DETACH PARTITION logs_1; ALTER TABLE logs DETACH PARTITION logs_1');
SELECT gradual.define('m', 'ALTER POLICY nosuch ON users USING (true)');
SELECT gradual.define('m', 'ALTER POLICY mine ON users USING (nosuch > 0)');
SELECT gradual.define('m', 'ALTER POLICY mine ON users TO nosuch');
SELECT gradual.define('m', 'ALTER DOMAIN nosuch DROP NOT NULL');
SELECT gradual.define('m', 'ALTER DOMAIN place DROP NOT NULL');
SELECT gradual.define('m', 'ALTER DOMAIN positive ADD CHECK (VALUE > ''x'')');
SELECT gradual.define('m', 'ALTER DOMAIN positive DROP CONSTRAINT nosuch');
SELECT gradual.define('m', 'ALTER DOMAIN positive VALIDATE CONSTRAINT nosuch');
SELECT gradual.define('m', 'ALTER TYPE place DROP ATTRIBUTE nosuch');
SELECT gradual.define('m', 'ALTER TYPE place ALTER ATTRIBUTE street TYPE int');
SELECT gradual.define('m', 'ALTER FUNCTION double(text) STRICT');
SELECT gradual.define('m', 'ALTER FUNCTION double(int) OWNER TO nosuch');
SELECT gradual.define('m', 'ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO nosuch');
SELECT gradual.define('m', 'REVOKE SELECT ON nosuch FROM PUBLIC');
SELECT gradual.define('m', 'REVOKE SELECT ON users FROM nosuch');
SELECT gradual.define('m', 'ALTER EXTENSION nosuch UPDATE');
SELECT gradual.define('m', 'ALTER EXTENSION pg_gradual UPDATE');
SELECT gradual.define('m', 'CREATE PUBLICATION p FOR TABLE nosuch');

-- rows that would be gone through while nobody can write
SELECT gradual.define('m', 'ALTER DOMAIN positive ADD CHECK (VALUE > 0)');
SELECT gradual.define('m', 'ALTER DOMAIN positive SET NOT NULL');
SELECT gradual.define('m', 'ALTER DOMAIN positive ADD CONSTRAINT c CHECK (VALUE > 0) NOT VALID; ALTER DOMAIN positive VALIDATE CONSTRAINT c');
SELECT phase, action, target, lock_mode, blocks, note FROM gradual.explain('ALTER DOMAIN positive ADD CHECK (VALUE > 0) NOT VALID');
SET gradual.allow_blocking = on;
SELECT phase, action, target, lock_mode, blocks FROM gradual.explain('ALTER DOMAIN positive ADD CHECK (VALUE > 0)');
RESET gradual.allow_blocking;

-- as another role
GRANT ALL ON SCHEMA gradual TO drop_other;
SET ROLE drop_other;
SELECT gradual.define('m', 'ALTER TABLE users ENABLE ROW LEVEL SECURITY');
SELECT gradual.define('m', 'TRUNCATE orders');
SELECT gradual.define('m', 'ALTER FUNCTION double(int) STRICT');
SELECT gradual.define('m', 'ALTER DOMAIN positive SET DEFAULT 1');
RESET ROLE;
DROP OWNED BY drop_other;
DROP ROLE drop_other;
