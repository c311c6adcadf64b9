-- SET SCHEMA: until complete the table is found in both schemas; then it is moved
-- with its indexes and sequences, as psql moves it.

CREATE SCHEMA plain;
CREATE SCHEMA online;
CREATE SCHEMA plain_archive;
CREATE SCHEMA archive;
CREATE TABLE plain.users (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, email text UNIQUE);
CREATE TABLE online.users (id serial PRIMARY KEY, n int GENERATED ALWAYS AS IDENTITY, email text UNIQUE);
CREATE TABLE online.posts (author int REFERENCES online.users);
INSERT INTO plain.users (email) SELECT g || '@example.com' FROM generate_series(1, 5) g;
INSERT INTO online.users (email) SELECT g || '@example.com' FROM generate_series(1, 5) g;
ALTER TABLE plain.users SET SCHEMA plain_archive;
ALTER TABLE plain_archive.users ADD COLUMN x int;
CREATE INDEX ON plain_archive.users (x);
ALTER INDEX plain_archive.users_email_key RENAME TO by_email;
COMMENT ON TABLE plain_archive.users IS 'kept';
ALTER TABLE plain_archive.users RENAME TO people;
CREATE TABLE before AS SELECT gradual_test.shape('online') AS line;

SELECT gradual.define('m', 'ALTER TABLE online.users SET SCHEMA archive; ALTER TABLE archive.users ADD COLUMN x int; CREATE INDEX ON archive.users (x); ALTER INDEX archive.users_email_key RENAME TO by_email; COMMENT ON TABLE archive.users IS ''kept''; ALTER TABLE archive.users RENAME TO people');
SELECT step, phase, action, target, sql FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
INSERT INTO archive.people (email) VALUES ('6@example.com') RETURNING *;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual_test.shape('online') EXCEPT TABLE before;
TABLE before EXCEPT SELECT gradual_test.shape('online');
SELECT gradual_test.shape('archive');
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT gradual_test.shape('archive') EXCEPT SELECT gradual_test.shape('plain_archive');
SELECT gradual_test.shape('plain_archive') EXCEPT SELECT gradual_test.shape('archive');
SELECT count(*) FROM archive.people;
\d online.posts

-- nothing to do, or not possible
SELECT phase, action FROM gradual.explain('ALTER TABLE archive.people SET SCHEMA archive');
SELECT FROM gradual.explain('ALTER SEQUENCE archive.users_id_seq SET SCHEMA online');
SELECT FROM gradual.explain('ALTER TABLE archive.by_email SET SCHEMA online');
SELECT FROM gradual.explain('ALTER TABLE archive.people SET SCHEMA nowhere');
CREATE TABLE online.people (id int);
SELECT FROM gradual.explain('ALTER TABLE archive.people SET SCHEMA online');
CREATE TABLE online.by_email (id int);
DROP TABLE online.people;
SELECT FROM gradual.explain('ALTER TABLE archive.people SET SCHEMA online');
CREATE TYPE online.taken AS ENUM ();
SELECT FROM gradual.explain('ALTER TABLE online.posts RENAME TO taken');
SELECT FROM gradual.explain('ALTER TABLE online.posts RENAME TO posts');
SELECT FROM gradual.explain('ALTER TABLE IF EXISTS online.nothing RENAME TO posts');
SELECT FROM gradual.explain('ALTER TABLE online.nothing RENAME TO posts');
