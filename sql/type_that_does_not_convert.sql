-- A value that does not convert raises nothing in the application before
-- complete; such rows are counted, with their keys, before ready; complete is
-- strict from then on, and leads back to ready while there are any.
\pset format unaligned
\pset tuples_only on
CREATE TYPE status AS ENUM ('active', 'gone');
CREATE TABLE users (id int PRIMARY KEY, status text NOT NULL DEFAULT 'active');
INSERT INTO users SELECT i, CASE WHEN i % 40 = 0 THEN 'active ' ELSE 'active' END FROM generate_series(1, 100) i;
SELECT gradual.define('enum', 'ALTER TABLE users ALTER status DROP DEFAULT, ALTER status TYPE status USING status::status, ALTER status SET DEFAULT ''active''');
SELECT step, phase, action, CASE WHEN phase <> 'swap' THEN sql END FROM gradual.plan('enum');
SELECT gradual.start('enum');
CALL gradual.wait('enum');
SELECT detail FROM gradual.event WHERE name = 'enum' AND event = 'note';
INSERT INTO users VALUES (101, 'gone'), (102, 'unknown'), (103, DEFAULT);
UPDATE users SET status = 'no status' WHERE id = 1;
UPDATE users SET id = id + 1000 WHERE id = 40;

SELECT gradual.complete('enum');
CALL gradual.wait('enum');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'enum';
-- It is as it was before
INSERT INTO users VALUES (104, 'unknown');
UPDATE users SET status = trim(status) WHERE status LIKE '% ';
UPDATE users SET status = 'active' WHERE id = 1;
DELETE FROM users WHERE id = 104;

-- The rest by another way: the type learns the value
ALTER TYPE status ADD VALUE 'unknown';
SELECT id, status, _gradual_status FROM users WHERE id > 100 ORDER BY id;
SELECT gradual.complete('enum');
CALL gradual.wait('enum');
SELECT id, status FROM users WHERE id > 100 ORDER BY id;
INSERT INTO users VALUES (105);
INSERT INTO users VALUES (106, 'active ');
SELECT status, count(*) FROM users GROUP BY 1 ORDER BY 1;
\d users
DROP TABLE users;
DROP TYPE status;
