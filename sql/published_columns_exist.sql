-- define finds columns that a publication names and that are not there, by the time
-- of the statement; else complete would.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
SET client_min_messages = error;
CREATE TABLE users (id int PRIMARY KEY, name text, old int);
INSERT INTO users VALUES (1, 'Ann', 1);
CREATE PUBLICATION few;
SELECT gradual.explain('CREATE PUBLICATION p FOR TABLE users (id, nothing)');
SELECT gradual.explain('CREATE PUBLICATION p FOR TABLE users (id, ctid)');
SELECT gradual.explain('CREATE PUBLICATION p FOR TABLE users (id, id)');
SELECT gradual.explain('CREATE PUBLICATION p FOR TABLE users WHERE (id > 1 AND nothing)');
SELECT gradual.explain('ALTER TABLE users DROP old; ALTER PUBLICATION few ADD TABLE users (id, old)');
SELECT gradual.explain('ALTER TABLE users RENAME name TO label; ALTER PUBLICATION few SET TABLE users WHERE (name > '''')');
SELECT phase, action FROM gradual.explain('ALTER TABLE users ADD COLUMN n int; CREATE PUBLICATION p FOR TABLE users (id, n) WHERE (users.id > 0 AND n = 1)');
SELECT phase, action FROM gradual.explain('CREATE TABLE t (id int PRIMARY KEY); ALTER PUBLICATION few ADD TABLE t (id) WHERE (id > 0)');
DROP PUBLICATION few;
DROP TABLE users;
