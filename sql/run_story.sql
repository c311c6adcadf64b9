-- The main story: a plain script is run by a worker up to ready, the
-- application goes on writing, complete() contracts, and the schema is then what
-- psql -1 would have left.

CREATE SCHEMA online;
CREATE TABLE online.users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO online.users SELECT n, 'user' || n || '@example.com' FROM generate_series(1, 500) n;
CREATE SCHEMA plain;
CREATE TABLE plain.users (id int PRIMARY KEY, email text NOT NULL);
INSERT INTO plain.users TABLE online.users;

\set script 'ALTER TABLE users ADD COLUMN display_name text; UPDATE users SET display_name = split_part(email, ''@'', 1) WHERE display_name IS NULL; ALTER TABLE users ALTER COLUMN display_name SET NOT NULL; CREATE INDEX users_display_name ON users (lower(display_name));'

SET search_path = online;
SELECT gradual.define('names', :'script');
SELECT step, phase, statement, action, target, lock_mode, blocks, cost, reversible
FROM gradual.plan('names');
SELECT status, phase, activity, progress, processed, started_at IS NULL AS not_started
FROM gradual.ledger WHERE name = 'names';

-- defining changes nothing
\d users

SELECT gradual.start('names');
CALL gradual.wait('names');
SELECT status, phase, activity, progress, processed, total, failed, rate, eta, error, owner::text = current_user AS mine,
       worker = '{}' AS worker_gone, started_at < updated_at AS worked, completed_at
FROM gradual.ledger WHERE name = 'names';
SELECT step, phase, action, status, processed, error FROM gradual.step WHERE name = 'names';

-- old and new application side by side: neither meets an error
INSERT INTO users (id, email) VALUES (501, 'old@example.com');
INSERT INTO users VALUES (502, 'new@example.com', 'New');
UPDATE users SET email = 'moved@example.com' WHERE id = 1;
UPDATE users SET display_name = 'Two' WHERE id = 2;
UPDATE users SET email = 'both@example.com', display_name = 'Three' WHERE id = 3;
SELECT * FROM users WHERE id IN (1, 2, 3, 4, 501, 502) ORDER BY id;

SELECT gradual.complete('names');
CALL gradual.wait('names');
SELECT status, phase, progress, processed, error, completed_at IS NOT NULL AS completed
FROM gradual.ledger WHERE name = 'names';
SELECT step, phase, action, status FROM gradual.step WHERE name = 'names';
SELECT gradual.has_run('names');

-- the schema of psql -1
SET search_path = plain;
BEGIN;
:script
COMMIT;
SELECT gradual_test.shape('online') EXCEPT SELECT gradual_test.shape('plain');
SELECT gradual_test.shape('plain') EXCEPT SELECT gradual_test.shape('online');

-- the data of psql -1, in the rows that nobody wrote
SELECT count(*) FROM online.users o JOIN plain.users p USING (id) WHERE o IS NOT DISTINCT FROM p;

-- what happened, and who did it
SELECT event, from_status, to_status, step, by_role = current_user AS me
FROM gradual.event WHERE name = 'names';
