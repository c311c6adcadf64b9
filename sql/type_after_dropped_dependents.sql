-- The type of a column changes after the script has dropped what depends on it: a
-- trigger that names it, a policy, a rule, a function, a place in a publication.
-- While one of them is there, define says so in PostgreSQL's words.
\set VERBOSITY terse
SET client_min_messages = error; -- wal_level
CREATE TABLE members (id int PRIMARY KEY, email varchar(255), name varchar(20), seen timestamp);
INSERT INTO members SELECT n, 'User' || n, 'name', '2026-01-01' FROM generate_series(1, 300) n;
CREATE TABLE posts (id int PRIMARY KEY, author int);
INSERT INTO posts SELECT n, n FROM generate_series(1, 300) n;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.seen := ''2026-02-02''; RETURN NEW; END';
CREATE TRIGGER touched BEFORE UPDATE OF email ON members FOR EACH ROW EXECUTE FUNCTION touch();
CREATE POLICY own ON members USING (name <> '');
CREATE RULE keep AS ON DELETE TO members WHERE old.seen > '2026-01-01' DO INSTEAD NOTHING;
CREATE PUBLICATION news FOR TABLE members (id, email), posts (id, author);
RESET client_min_messages;

SELECT FROM gradual.explain('ALTER TABLE members ALTER email TYPE bytea USING email::bytea');
SELECT FROM gradual.explain('DROP TRIGGER touched ON members; ALTER TABLE members ALTER email TYPE bytea USING email::bytea');
SELECT FROM gradual.explain('ALTER TABLE members ALTER name TYPE text');
SELECT FROM gradual.explain('ALTER TABLE members ALTER seen TYPE date');
SELECT FROM gradual.explain('ALTER TABLE posts ALTER author TYPE bigint');
SELECT FROM gradual.explain('ALTER PUBLICATION news SET TABLE posts (author); ALTER TABLE posts ALTER author TYPE bigint');

SELECT gradual.define('all_of_it', $$
    DROP TRIGGER touched ON members;
    DROP POLICY own ON members;
    DROP RULE keep ON members;
    ALTER PUBLICATION news SET TABLE posts (id, author);
    ALTER PUBLICATION news DROP TABLE posts;
    ALTER TABLE members ALTER email TYPE bytea USING email::bytea, ALTER name TYPE text, ALTER seen TYPE date;
    ALTER TABLE posts ALTER author TYPE bigint;
    CREATE TRIGGER touched BEFORE UPDATE OF email ON members FOR EACH ROW EXECUTE FUNCTION touch();
    CREATE POLICY own ON members USING (name <> '');
    ALTER PUBLICATION news ADD TABLE members (id, email);
$$);
SELECT gradual.start('all_of_it');
CALL gradual.wait('all_of_it');
SELECT gradual.rollback('all_of_it');
CALL gradual.wait('all_of_it');
\d members
\d posts
SELECT gradual.start('all_of_it');
CALL gradual.wait('all_of_it');
UPDATE members SET email = 'new', seen = '2026-03-03' WHERE id = 1;
SELECT gradual.complete('all_of_it');
CALL gradual.wait('all_of_it');
\d members
\d posts
SELECT * FROM members ORDER BY id LIMIT 2;

-- a publication goes, and a published table
SELECT gradual.forget('all_of_it');
CALL gradual.run('drops', 'DROP TABLE posts; DROP PUBLICATION news; ALTER TABLE members ALTER id TYPE bigint');
SELECT count(*) FROM pg_publication;
\d members
SELECT gradual.forget('drops');
DROP TABLE members;
DROP FUNCTION touch;
