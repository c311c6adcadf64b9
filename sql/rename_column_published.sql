-- RENAME COLUMN of a published table: subscribers never see the second column,
-- get what the script adds at once, and the publications are then as they were.

SET client_min_messages = error;
CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE users (id int PRIMARY KEY, mail text, age int, later int);
INSERT INTO users SELECT n, 'user' || n, n FROM generate_series(1, 100) n;
CREATE TABLE parts (k int, a text, PRIMARY KEY (k)) PARTITION BY LIST (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES IN (2);
INSERT INTO parts VALUES (1, 'one'), (2, 'two');
CREATE PUBLICATION everything FOR TABLE users, parts_1;
CREATE PUBLICATION adults FOR TABLE users WHERE (age >= 18 AND id > 0) WITH (publish = 'insert');
CREATE PUBLICATION listed FOR TABLE users (id, mail);
CREATE PUBLICATION root FOR TABLE parts WITH (publish_via_partition_root);
CREATE VIEW published AS
    SELECT pubname, tablename, attnames, rowfilter FROM pg_publication_tables
    WHERE schemaname = 'online' ORDER BY 1, 2;
TABLE published;
CREATE TEMP TABLE before AS TABLE published;
RESET client_min_messages;

\set script 'ALTER TABLE users ADD COLUMN early int; ALTER TABLE users RENAME mail TO address; ALTER TABLE users ADD COLUMN "more" int; ALTER TABLE parts RENAME a TO b; ALTER TABLE users RENAME later TO sooner'
SELECT gradual.define('rename', :'script');
SELECT phase, statement, action FROM gradual.plan('rename') WHERE sql LIKE '%ALTER PUBLICATION%' ORDER BY step;
SELECT gradual.start('rename');
CALL gradual.wait('rename');
TABLE published;
-- an UPDATE is published, so the list covers the replica identity
UPDATE users SET address = 'new' WHERE id = 1 RETURNING mail;
UPDATE parts SET b = 'new' WHERE k = 1 RETURNING a;

SELECT gradual.rollback('rename');
CALL gradual.wait('rename');
TABLE published EXCEPT TABLE before;
TABLE before EXCEPT TABLE published;
CALL gradual.run('rename');
TABLE published;

-- a column of a name that is free in the swap only joins no list
CALL gradual.run('again', 'ALTER TABLE users RENAME age TO years; ALTER TABLE users ADD COLUMN age text; ALTER TABLE users ADD COLUMN last int; ALTER TABLE users RENAME sooner TO later');
TABLE published;

-- what cannot be hidden is not bridged
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' | ', phase, action, note) FROM gradual.explain(script);
$$;
CREATE TABLE hidden (id int, a text);
INSERT INTO hidden VALUES (1, 'one');
SET client_min_messages = error;
CREATE PUBLICATION one FOR TABLE hidden;
ALTER TABLE hidden REPLICA IDENTITY FULL;
SELECT plan_of('ALTER TABLE hidden RENAME a TO b');
ALTER TABLE hidden REPLICA IDENTITY DEFAULT;
ALTER PUBLICATION one SET TABLES IN SCHEMA online;
SELECT plan_of('ALTER TABLE hidden RENAME a TO b');
DROP PUBLICATION one;
CREATE PUBLICATION one FOR ALL TABLES;
SELECT plan_of('ALTER TABLE hidden RENAME a TO b');
DROP PUBLICATION one;
ALTER PUBLICATION root SET (publish_via_partition_root = off);
SELECT plan_of('ALTER TABLE parts RENAME b TO c');
-- nor what cannot be filled
CREATE PUBLICATION one FOR TABLE hidden;
SELECT plan_of('ALTER TABLE hidden RENAME a TO b');
SELECT FROM gradual.explain('ALTER TABLE hidden ALTER id TYPE bigint');
ALTER TABLE hidden ADD PRIMARY KEY (id);
SELECT count(*) > 1 AS bridged FROM plan_of('ALTER TABLE hidden RENAME a TO b');
ALTER TABLE hidden DROP CONSTRAINT hidden_pkey, ALTER id DROP NOT NULL;
DROP PUBLICATION one;
CREATE ROLE rename_column_owner;
CREATE PUBLICATION one FOR TABLE hidden;
GRANT ALL ON SCHEMA online TO rename_column_owner;
ALTER TABLE hidden OWNER TO rename_column_owner;
SET ROLE rename_column_owner;
SELECT plan_of('ALTER TABLE hidden RENAME a TO b');
RESET ROLE;
DROP PUBLICATION one, everything, adults, listed, root;
DROP SCHEMA online CASCADE;
DROP ROLE rename_column_owner;
