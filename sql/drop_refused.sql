-- What PostgreSQL would refuse to drop is refused by define, in its own words,
-- unless the script drops before what depends on it; CASCADE may take along
-- what can be named, but no column.
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE users (id serial PRIMARY KEY, email text, m mood);
CREATE TABLE orders (id int PRIMARY KEY, u int REFERENCES users);
INSERT INTO users (email) VALUES ('x');
INSERT INTO orders VALUES (1, 1);
CREATE VIEW emails AS SELECT email FROM users;
CREATE VIEW others AS SELECT email FROM emails;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO orders DO INSTEAD NOTHING;
CREATE AGGREGATE total(int) (sfunc = int4pl, stype = int);
CREATE TABLE log (id int GENERATED ALWAYS AS IDENTITY, at date) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log DEFAULT;
CREATE TRIGGER touch BEFORE UPDATE ON log FOR EACH ROW EXECUTE FUNCTION touch();
CREATE SCHEMA app;
CREATE TABLE app.t (id int PRIMARY KEY);
CREATE ROLE drop_role;
GRANT ALL ON SCHEMA gradual TO drop_role;

-- dependents
SELECT gradual.define('m', 'SELECT 1; DROP TABLE users');
SELECT gradual.define('m', 'DROP TABLE orders, users');
SELECT gradual.define('m', 'DROP TYPE mood');
SELECT gradual.define('m', 'DROP FUNCTION touch()');
SELECT gradual.define('m', 'DROP SEQUENCE users_id_seq');
SELECT gradual.define('m', 'DROP VIEW emails');
SELECT gradual.define('m', 'DROP SCHEMA app');
-- also those that the script makes
SELECT gradual.define('m', 'CREATE VIEW w AS SELECT email FROM others; DROP VIEW others');
SELECT gradual.define('m', 'ALTER TABLE orders ADD m mood; DROP TABLE orders, log; DROP VIEW others, emails; DROP TYPE mood');
-- what belongs to something else
SELECT gradual.define('m', 'DROP SEQUENCE log_id_seq');
SELECT gradual.define('m', 'DROP TRIGGER touch ON log_1');
SELECT gradual.define('m', 'DROP FUNCTION gradual.has_run(text)');
SELECT gradual.define('m', 'DROP EXTENSION pg_gradual');
-- what CASCADE must not take along
SELECT gradual.define('m', 'DROP TYPE mood CASCADE');
SELECT gradual.define('m', 'DROP SEQUENCE users_id_seq CASCADE');

-- not there, or not any more
SELECT gradual.define('m', 'DROP TABLE nosuch');
SELECT gradual.define('m', 'DROP VIEW app.nosuch');
SELECT gradual.define('m', 'DROP MATERIALIZED VIEW nosuch.nosuch');
SELECT gradual.define('m', 'DROP TYPE nosuch');
SELECT gradual.define('m', 'DROP FUNCTION touch(int)');
SELECT gradual.define('m', 'DROP TRIGGER nosuch ON users');
SELECT gradual.define('m', 'DROP RULE quiet ON users');
SELECT gradual.define('m', 'DROP POLICY nosuch ON users');
SELECT gradual.define('m', 'DROP TRIGGER touch ON users; DROP TRIGGER touch ON users');
SELECT gradual.define('m', 'DROP RULE quiet ON orders; COMMENT ON RULE quiet ON orders IS ''x''');
SELECT gradual.define('m', 'DROP TABLE orders; SELECT * FROM orders');
SELECT gradual.define('m', 'DROP TABLE orders; INSERT INTO orders VALUES (1)');
SELECT gradual.define('m', 'DROP TABLE orders; DROP TABLE orders');
SELECT gradual.define('m', 'DROP VIEW others; DROP VIEW emails; DROP TABLE users CASCADE; DROP TYPE mood; CREATE TABLE t (m mood)');
SELECT gradual.define('m', 'DROP SCHEMA app CASCADE; CREATE TABLE app.t (id int)');
-- also in the body of a function
SELECT gradual.define('m', 'DROP TABLE orders; CREATE FUNCTION f(x int) RETURNS bigint LANGUAGE sql AS ''WITH c AS (SELECT 1) SELECT count(*) FROM orders, c''');
SELECT gradual.define('m', 'DROP VIEW emails CASCADE; ALTER TABLE users DROP COLUMN email CASCADE; CREATE TABLE emails (id int); CREATE FUNCTION f(x int) RETURNS bigint LANGUAGE sql AS ''SELECT count(*) FROM emails, log''');
SELECT gradual.forget('m');
-- of another kind
SELECT gradual.define('m', 'DROP VIEW users');
SELECT gradual.define('m', 'DROP TABLE emails');
SELECT gradual.define('m', 'DROP SEQUENCE users_pkey');
SELECT gradual.define('m', 'DROP FUNCTION total(int)');
-- still there
SELECT gradual.define('m', 'CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch()');
-- somebody else's
SET ROLE drop_role;
SELECT gradual.define('m', 'DROP TABLE orders');
SELECT gradual.define('m', 'DROP TRIGGER touch ON users');
SELECT gradual.define('m', 'DROP TYPE mood');
RESET ROLE;
DROP OWNED BY drop_role;
DROP ROLE drop_role;
