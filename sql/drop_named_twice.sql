-- DROP names an object twice, which PostgreSQL takes for once: also after another
-- statement of the script has changed it, or has made it.
CREATE TABLE t (id int PRIMARY KEY, n int DEFAULT 1);
CREATE TABLE u (id int PRIMARY KEY);
CREATE VIEW v AS SELECT id FROM t;
CREATE SEQUENCE s;
CREATE INDEX t_n ON t (n);
CREATE TYPE mood AS ENUM ('ok');
CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';

CALL gradual.run('changed', 'ALTER TABLE t ALTER COLUMN n DROP DEFAULT; DROP INDEX t_n, t_n; DROP VIEW v, v; DROP TABLE t, u, t');
CALL gradual.run('made', 'CREATE TABLE made (id int PRIMARY KEY); DROP TABLE made, made');
CALL gradual.run('others', 'DROP SEQUENCE s, s; DROP TYPE mood, mood; DROP FUNCTION f, f()');
SELECT name, status, error FROM gradual.ledger ORDER BY name;
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace;
