-- A column to which the script has given a sequence before does not get another type
-- beside the old one: the sequence would be taken for one that others have made.
\pset format unaligned
\pset tuples_only on
CREATE TABLE users (id serial PRIMARY KEY, rank int);
INSERT INTO users (rank) SELECT g FROM generate_series(1, 5) g;
CREATE SEQUENCE there;
SELECT gradual.explain('CREATE SEQUENCE s OWNED BY users.rank; ALTER TABLE users ALTER rank TYPE bigint');
SELECT gradual.explain('ALTER SEQUENCE there OWNED BY users.rank; ALTER TABLE users ALTER rank TYPE bigint');
SELECT gradual.explain('ALTER TABLE users ALTER rank SET NOT NULL; ALTER TABLE users ALTER rank ADD GENERATED ALWAYS AS IDENTITY; ALTER TABLE users ALTER rank TYPE bigint');
SELECT count(*) > 5 FROM gradual.explain('CREATE SEQUENCE s OWNED BY users.rank; ALTER TABLE users ALTER id TYPE bigint');
SELECT count(*) > 5 FROM gradual.explain('ALTER TABLE users ALTER rank TYPE bigint; CREATE SEQUENCE s OWNED BY users.rank');
DROP SEQUENCE there;
DROP TABLE users;
