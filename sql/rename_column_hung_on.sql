-- RENAME COLUMN when somebody hangs something on the second column while it is
-- there: complete says what it is, both names stay live, and once that is gone
-- it is completed.
CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE users (id int PRIMARY KEY, mail text);
INSERT INTO users SELECT n, 'user' || n FROM generate_series(1, 50) n;
SELECT gradual.define('rename', 'ALTER TABLE users RENAME mail TO address');
SELECT gradual.start('rename');
CALL gradual.wait('rename');
CREATE VIEW addresses AS SELECT address FROM users;
SELECT gradual.complete('rename');
CALL gradual.wait('rename');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'rename';
UPDATE users SET address = 'new' WHERE id = 1 RETURNING *;
DROP VIEW addresses;
SELECT gradual.start('rename');
CALL gradual.wait('rename');
SELECT status FROM gradual.ledger WHERE name = 'rename';
INSERT INTO users (id, address) VALUES (51, 'newer') RETURNING *;
CALL gradual.run('rename');
SELECT * FROM users WHERE id IN (1, 51) ORDER BY id;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
