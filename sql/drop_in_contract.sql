-- What was there before the script goes in the swap, with the locks and the
-- company that the plan names; what the script made goes when nothing of it is
-- needed any more.
\pset format unaligned
\pset tuples_only on
CREATE TYPE mood AS ENUM ('a', 'b');
CREATE TABLE users (id serial PRIMARY KEY, email text, m mood);
CREATE TABLE "Order's" (id int PRIMARY KEY, u int REFERENCES users);
INSERT INTO users (email) VALUES ('x');
INSERT INTO "Order's" VALUES (1, 1);
CREATE VIEW emails AS SELECT email FROM users;
CREATE VIEW others AS SELECT email FROM emails;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE STATISTICS correlated ON id, email FROM users;
CREATE SEQUENCE numbers;
CREATE TABLE log (at date) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log DEFAULT;
CREATE SCHEMA app;
CREATE TABLE app.t (id int PRIMARY KEY);
CREATE VIEW app.v AS SELECT * FROM app.t;
CREATE FUNCTION steps(script text) RETURNS SETOF text LANGUAGE sql
    AS 'SELECT concat_ws('' | '', phase, statement, action, target, nullif(lock_mode, ''''), reversible, note) FROM gradual.explain(script)';

SELECT steps('DROP TABLE "Order''s"; DROP TABLE IF EXISTS nix, log');
SELECT steps('DROP TABLE log_1');
SELECT steps('DROP VIEW others, emails; DROP TABLE users CASCADE; DROP TYPE mood');
SELECT steps('DROP VIEW emails CASCADE');
SELECT steps('DROP SCHEMA app CASCADE');
SELECT steps('DROP SEQUENCE numbers; DROP STATISTICS correlated; DROP TRIGGER touch ON users; DROP FUNCTION touch()');
SELECT steps('DROP TRIGGER IF EXISTS nix ON users; DROP TABLE IF EXISTS nix');

-- what takes the place of something goes with it, and what needs that as well
SELECT steps('DROP TRIGGER touch ON users; CREATE TRIGGER touch AFTER UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch(); ALTER TABLE users ADD n int');
SELECT steps('DROP VIEW others; CREATE VIEW others AS SELECT 1; GRANT SELECT ON others TO PUBLIC; CREATE TABLE t (id int)');
SELECT steps('DROP TABLE users CASCADE; CREATE TABLE t (id int); CREATE INDEX users_pkey ON t (id)');

-- what the script made
SELECT steps('CREATE TABLE t (id int); CREATE VIEW w AS SELECT * FROM t; ALTER TABLE users ADD n int; UPDATE users SET n = (SELECT count(*) FROM w); DROP VIEW w; DROP TABLE t');
