-- A column on which a view stands that the script drops is as free before
-- complete as any other: the new application may leave it out, and the trigger
-- of 'reverse' gives it its value for the old one.
CREATE TABLE users (id int PRIMARY KEY, first text NOT NULL, last text);
INSERT INTO users SELECT g, 'F' || g, 'L' || g FROM generate_series(1, 100) g;
CREATE VIEW names AS SELECT id, first, last FROM users;
SELECT gradual.define('merge', $$
    ALTER TABLE users ADD COLUMN full_name text;
    UPDATE users SET full_name = first || ' ' || last;
    DROP VIEW names;
    ALTER TABLE users DROP COLUMN first, DROP COLUMN last;
    CREATE VIEW names AS SELECT id, full_name FROM users;
$$, reverse => '{"users.last": "split_part(full_name, '' '', 2)"}');
SELECT step, phase, statement, action FROM gradual.plan('merge');
SELECT gradual.start('merge');
CALL gradual.wait('merge');

-- The new application writes, the old one reads
INSERT INTO users (id, full_name) VALUES (101, 'Ada Lovelace');
UPDATE users SET full_name = 'Grace Hopper' WHERE id = 1;
SELECT * FROM names WHERE id IN (1, 2, 101) ORDER BY id;
DELETE FROM users WHERE id = 101;
SELECT gradual.rollback('merge');
CALL gradual.wait('merge');
\d users

SELECT gradual.start('merge');
CALL gradual.wait('merge');
SELECT gradual.complete('merge');
CALL gradual.wait('merge');
SELECT * FROM names WHERE id < 3 ORDER BY id;
DROP TABLE users CASCADE;
