-- A copy of whole rows, by a star or as a value, is one of the columns that there
-- were where it stands in the script, not of one that the script adds after it.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 4) g;
SELECT gradual.define('copy', $$
    CREATE TABLE backup (id int PRIMARY KEY, name text, remark text DEFAULT 'from users');
    INSERT INTO backup SELECT * FROM users;
    ALTER TABLE users ADD COLUMN short text;
    UPDATE users SET short = left(name, 1);
    ALTER TABLE users ADD COLUMN n int DEFAULT 3
$$);
SELECT step, phase, action FROM gradual.plan('copy');
SELECT gradual.start('copy');
CALL gradual.wait('copy');
UPDATE users SET name = 'new' WHERE id = 1;
INSERT INTO users VALUES (5, 'five');
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
TABLE users ORDER BY id;
TABLE backup ORDER BY id;
DROP TABLE users, backup;

-- also one that is not carried over; a star that multiplies is none
CREATE TABLE users (id int PRIMARY KEY, n int);
INSERT INTO users SELECT g, g FROM generate_series(1, 4) g;
CREATE TABLE backup (id int, n int, remark text DEFAULT 'from users');
SELECT step, phase, action FROM gradual.explain('INSERT INTO backup SELECT * FROM users; ALTER TABLE users ADD x text');
SELECT step, phase, action FROM gradual.explain('INSERT INTO backup (id) SELECT n * 2 FROM users; ALTER TABLE users ADD x text');
CALL gradual.run('once', 'INSERT INTO backup SELECT * FROM users; ALTER TABLE users ADD x text');
TABLE backup ORDER BY id;
DROP TABLE backup;
CALL gradual.run('as a value', 'CREATE TABLE audit (id int PRIMARY KEY, j jsonb); INSERT INTO audit SELECT id, to_jsonb(u) FROM users u; ALTER TABLE users ADD j json; UPDATE users SET j = row_to_json(users); ALTER TABLE users ADD y text');
TABLE audit ORDER BY id;
TABLE users ORDER BY id;
DROP TABLE users, audit;
