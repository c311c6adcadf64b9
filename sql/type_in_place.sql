-- A change of type that PostgreSQL makes in its catalog alone runs as written:
-- before complete if the application cannot tell the types apart, else after.
-- What would look at rows, an index or a constraint is not one of those.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(E'\n    ',
        concat_ws(' | ', step, phase, action, target, lock_mode, cost, 'reversible: ' || reversible),
        sql, '-- ' || nullif(note, ''))
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE TABLE users (id bigint PRIMARY KEY, name varchar(20) DEFAULT 'nobody' NOT NULL, "Nick" varchar(10), at timestamptz(3), number int, price numeric(10, 2), bits varbit(8), net cidr);
INSERT INTO users SELECT i, 'u' || i, 'n' || i, now(), i, i FROM generate_series(1, 10) i;
CREATE INDEX ON users (name);
ANALYZE users;

SELECT plan_of('ALTER TABLE users ALTER name TYPE varchar(50)');
SELECT plan_of('ALTER TABLE users ALTER name TYPE text');
SELECT plan_of('ALTER TABLE users ALTER at TYPE timestamptz');
SELECT plan_of('ALTER TABLE users ALTER price TYPE numeric(12, 2)');
SELECT plan_of('ALTER TABLE users ALTER bits TYPE varbit(10)');
SELECT plan_of('ALTER TABLE users ALTER net TYPE inet');
SELECT plan_of('ALTER TABLE users ALTER number TYPE oid');
SELECT plan_of('ALTER TABLE users ALTER name TYPE varchar(50), ALTER "Nick" TYPE varchar(20), ADD x int');
SELECT plan_of('ALTER TABLE users ALTER number TYPE oid, ALTER "Nick" TYPE varchar(20)');

-- What depends on the column, in PostgreSQL's words
CREATE VIEW names AS SELECT name FROM users;
SELECT FROM gradual.explain('ALTER TABLE users ALTER name TYPE text');
ALTER TABLE users ALTER name TYPE text;
DROP VIEW names;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER touch BEFORE UPDATE OF name ON users FOR EACH ROW EXECUTE FUNCTION touch();
SELECT FROM gradual.explain('ALTER TABLE users ALTER name TYPE text');
DROP TRIGGER touch ON users;
CREATE POLICY own ON users USING (name = current_user);
SELECT FROM gradual.explain('ALTER TABLE users ALTER name TYPE text');
DROP POLICY own ON users;
CREATE FUNCTION first_name() RETURNS text LANGUAGE sql BEGIN ATOMIC SELECT name FROM users LIMIT 1; END;
SELECT FROM gradual.explain('ALTER TABLE users ALTER name TYPE text');
DROP FUNCTION first_name;
CREATE TABLE rows_of (u users);
SELECT FROM gradual.explain('ALTER TABLE users ALTER name TYPE text');
DROP TABLE rows_of;
CREATE TABLE children () INHERITS (users);
SELECT FROM gradual.explain('ALTER TABLE children ALTER name TYPE text');
SELECT FROM gradual.explain('ALTER TABLE ONLY users ALTER name TYPE text');
DROP TABLE children;

-- It runs, and is undone
CREATE SCHEMA before;
CREATE TABLE before.users (LIKE users INCLUDING ALL);
SELECT gradual.define('wider', 'ALTER TABLE users ALTER name TYPE varchar(50); ALTER TABLE users ALTER number TYPE oid');
SELECT gradual.start('wider');
CALL gradual.wait('wider');
INSERT INTO users (id, name) VALUES (11, repeat('x', 30));
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname IN ('name', 'number');
SELECT gradual.rollback('wider');
DELETE FROM users WHERE id = 11;
SELECT gradual.rollback('wider');
CALL gradual.wait('wider');
SELECT * FROM gradual_test.shape('public') EXCEPT SELECT * FROM gradual_test.shape('before')
    ORDER BY 1;
SELECT gradual.start('wider');
CALL gradual.wait('wider');
SELECT gradual.complete('wider');
CALL gradual.wait('wider');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'users'::regclass AND attname IN ('name', 'number');

DROP TABLE users;
DROP SCHEMA before CASCADE;

-- What a later type change in the same script finds was changed by the script, and by nobody else
CREATE TABLE labels (id int PRIMARY KEY, label varchar(30));
INSERT INTO labels SELECT i, 'l' || i FROM generate_series(1, 10) i;
CALL gradual.run('twice', 'SET gradual.direct_pages = 0; ALTER TABLE labels ALTER label TYPE text; ALTER TABLE labels ALTER label TYPE varchar(90)');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'labels'::regclass AND attname = 'label';
DROP TABLE labels;
