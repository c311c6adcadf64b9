-- A form that this version has no recipe for is refused by number and name,
-- with its position in the script.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION refusal_of(statement text) RETURNS text LANGUAGE plpgsql AS $body$
DECLARE
    why text;
    hint text;
BEGIN
    PERFORM FROM gradual.explain('SELECT 1; BEGIN; ' || statement);
    RETURN 'not refused: ' || statement;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS why = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n    ', concat_ws(' ', SQLSTATE, SQLERRM), nullif(why, ''), nullif(hint, ''));
END
$body$;
CREATE TABLE orgs (id bigint PRIMARY KEY);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, n int, org bigint,
    CONSTRAINT positive CHECK (n > 0), ident int GENERATED ALWAYS AS IDENTITY, low text GENERATED ALWAYS AS (lower(email)) STORED);
INSERT INTO orgs VALUES (1);
INSERT INTO users SELECT i, 'u' || i, i FROM generate_series(1, 10) i;
CREATE VIEW emails AS SELECT email FROM users;
CREATE TYPE mood AS ENUM ('sad', 'happy');
CREATE TYPE place AS (street text);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE ON users FOR EACH ROW EXECUTE FUNCTION touch();
CREATE RULE quiet AS ON DELETE TO orgs DO INSTEAD NOTHING;
CREATE SCHEMA app;
CREATE SEQUENCE numbers;
CREATE MATERIALIZED VIEW copy AS SELECT email FROM users;
CREATE ACCESS METHOD other_heap TYPE TABLE HANDLER heap_tableam_handler;
ANALYZE users, orgs;

SELECT * FROM gradual.explain(E'SELECT 1;\nBEGIN;\nVACUUM\n    users;');

SELECT refusal_of('ALTER TABLE users SET UNLOGGED');
SELECT refusal_of('ALTER TABLE users SET ACCESS METHOD other_heap');
SELECT refusal_of('CLUSTER users USING users_pkey');
SELECT refusal_of('VACUUM FULL users');
SELECT refusal_of('REFRESH MATERIALIZED VIEW copy');
SELECT refusal_of('CREATE ROLE somebody');
SELECT refusal_of('CREATE DATABASE other');
SELECT refusal_of('ALTER SYSTEM SET work_mem = ''8MB''');
SELECT refusal_of('COPY users FROM ''/dev/null''');
SELECT refusal_of('LISTEN x');
SELECT refusal_of('NOTIFY x');
SELECT refusal_of('DECLARE c CURSOR FOR SELECT 1');
SELECT refusal_of('PREPARE p AS SELECT 1');
SELECT refusal_of('EXPLAIN SELECT 1');
SELECT refusal_of('SHOW work_mem');
SELECT refusal_of('CHECKPOINT');

SET client_min_messages = warning;
DROP SCHEMA app;
DROP TABLE users, orgs CASCADE;
DROP TYPE mood, place;
DROP SEQUENCE numbers;
DROP ACCESS METHOD other_heap;
DROP FUNCTION touch(), refusal_of(text);
