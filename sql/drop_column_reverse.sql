-- A column that the script drops follows the new ones until complete, by the
-- expression that 'reverse' gives: the old application reads what the new one
-- writes.  What the script itself writes, and what is derived from the old
-- column, changes nothing there, so that a rollback finds it as it was.
CREATE TABLE users (id int PRIMARY KEY, full_name text NOT NULL, n int);
INSERT INTO users SELECT g, 'First' || g || ' Last' || g, g FROM generate_series(1, 100) g;
CREATE TABLE rows_before AS TABLE users;
\set script 'ALTER TABLE users ADD first text, ADD last text; UPDATE users SET first = lower(split_part(full_name, $s$ $s$, 1)), last = split_part(full_name, $s$ $s$, 2); ALTER TABLE users DROP full_name'

-- What is no expression over the row, or for no such column
SELECT gradual.define('split', :'script', reverse => '{"users.full_name": "first || '' '' || nowhere"}');
SELECT gradual.define('split', :'script', reverse => '{"users.full_name": "first, last"}');
SELECT gradual.define('split', :'script', reverse => '{"users.full_name": "(SELECT first)"}');
SELECT gradual.define('split', :'script', reverse => '{"users.full_name": "1 + "}');
SELECT gradual.define('split', :'script', reverse => '{"users.n": "id"}');
SELECT count(*) FROM gradual.ledger;

SELECT gradual.define('split', :'script', reverse => '{"public.users.full_name": "first || '' '' || last"}');
SELECT step, phase, action, lock_mode, reversible, note FROM gradual.plan('split') WHERE statement = 3;
SELECT gradual.start('split');
CALL gradual.wait('split');
SELECT count(*) FROM users JOIN rows_before USING (id) WHERE users.full_name <> rows_before.full_name;

-- The new application writes
INSERT INTO users (id, first, last) VALUES (101, 'ada', 'Lovelace');
UPDATE users SET last = 'Hopper' WHERE id = 1;
-- .. the old one
INSERT INTO users (id, full_name) VALUES (102, 'Alan Turing');
UPDATE users SET full_name = 'Kurt Friedrich' WHERE id = 2;
UPDATE users SET n = 0 WHERE id = 3;
-- .. and somebody who knows both
UPDATE users SET full_name = 'One Name', first = 'another', last = 'one' WHERE id = 4;
SELECT * FROM users WHERE id < 5 OR id > 100 ORDER BY id;

DELETE FROM users WHERE id > 100;
SELECT gradual.rollback('split');
CALL gradual.wait('split');
\d users
SELECT * FROM users EXCEPT TABLE rows_before ORDER BY id;

SELECT gradual.start('split');
CALL gradual.wait('split');
SELECT gradual.complete('split');
CALL gradual.wait('split');
\d users
SELECT * FROM users WHERE id < 3 ORDER BY id;
DROP TABLE users, rows_before;
