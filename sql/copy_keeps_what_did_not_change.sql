-- A change of a row is carried over to its copy in the columns that it changed:
-- in the others the copy keeps what the script has changed in the table since,
-- and what the new application has written.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE users (id int PRIMARY KEY, email text, name text, n int, note text);
INSERT INTO users SELECT g, 'E' || g, 'name ' || g, g, repeat(md5(g::text), 200) FROM generate_series(1, 5) g;
SELECT gradual.define('keep', $$
    CREATE TABLE backup (id int PRIMARY KEY, email varchar(10), name char(8), twice numeric(6,2), note text);
    INSERT INTO backup SELECT id, email, name, n * 2, note FROM users;
    UPDATE users SET email = lower(email)
$$);
SELECT gradual.start('keep');
CALL gradual.wait('keep');
SELECT id, email, name FROM users ORDER BY id;
-- the old application
UPDATE users SET name = 'other' WHERE id = 1;
UPDATE users SET email = 'new', n = 7 WHERE id = 2;
-- the new one beside it
UPDATE backup SET name = 'mine', note = 'mine' WHERE id IN (3, 4);
UPDATE users SET n = n + 100 WHERE id = 3;
UPDATE users SET note = note || '!' WHERE id = 4;
-- a value that the copy cannot hold is not cut off, but refused
UPDATE users SET email = 'much too long' WHERE id = 5;
SELECT id, email, name, twice, length(note) FROM backup ORDER BY id;
SELECT gradual.complete('keep');
CALL gradual.wait('keep');
UPDATE users SET email = 'short' WHERE id = 5;
SELECT gradual.complete('keep');
CALL gradual.wait('keep');
SELECT id, email, name, twice, length(note) FROM backup ORDER BY id;
DROP TABLE users, backup;

-- also in partitions, whose columns have other numbers
CREATE TABLE events (gone int, id int, kind text, a text, b text, PRIMARY KEY (id, kind)) PARTITION BY LIST (kind);
ALTER TABLE events DROP COLUMN gone;
CREATE TABLE events_x PARTITION OF events FOR VALUES IN ('x');
CREATE TABLE events_y (b text, a text, kind text NOT NULL, id int NOT NULL);
ALTER TABLE events ATTACH PARTITION events_y FOR VALUES IN ('y');
INSERT INTO events SELECT g, CASE WHEN g % 2 = 0 THEN 'x' ELSE 'y' END, 'A' || g, 'B' || g FROM generate_series(1, 4) g;
SELECT gradual.define('parts', $$
    CREATE TABLE copy (id int, kind text, a text, b text, PRIMARY KEY (id, kind));
    INSERT INTO copy SELECT * FROM events;
    UPDATE events SET a = lower(a)
$$);
SELECT gradual.start('parts');
CALL gradual.wait('parts');
UPDATE events SET b = 'new' WHERE id IN (1, 2);
TABLE copy ORDER BY id;
SELECT gradual.complete('parts');
CALL gradual.wait('parts');
DROP TABLE events, copy;
