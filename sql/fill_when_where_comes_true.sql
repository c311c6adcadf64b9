-- A row that comes to satisfy the WHERE of a fill is filled, whether or not the
-- application had written it before; what it wrote into the column stays.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE tasks (id int PRIMARY KEY, state text, n int);
INSERT INTO tasks SELECT g, CASE WHEN g <= 2 THEN 'done' ELSE 'open' END, g FROM generate_series(1, 9) g;
SELECT gradual.define('fill', $$
    ALTER TABLE tasks ADD COLUMN label text, ADD COLUMN rank int DEFAULT 0;
    UPDATE tasks SET label = 'finished' WHERE state = 'done' AND n > 0;
    UPDATE tasks SET rank = 10 WHERE state = 'done'
$$);
SELECT gradual.start('fill');
CALL gradual.wait('fill');
UPDATE tasks SET state = 'done' WHERE id = 3;
UPDATE tasks SET n = n + 100 WHERE id BETWEEN 4 AND 9;
UPDATE tasks SET state = 'done' WHERE id = 4;
INSERT INTO tasks (id, state, n) VALUES (10, 'open', 10);
UPDATE tasks SET state = 'done' WHERE id = 10;
-- what the new application wrote, before and in the same statement
UPDATE tasks SET label = 'mine', rank = 5 WHERE id = 5;
UPDATE tasks SET state = 'done' WHERE id = 5;
UPDATE tasks SET state = 'done', label = NULL, rank = 0 WHERE id = 6;
UPDATE tasks SET n = n + 100 WHERE id = 6;
-- it was satisfied before: the application's NULL stays
UPDATE tasks SET label = NULL, rank = 0 WHERE id = 1;
UPDATE tasks SET n = n + 100 WHERE id = 1;
-- one of two conditions
UPDATE tasks SET state = 'done', n = -1 WHERE id = 7;
UPDATE tasks SET n = 7 WHERE id = 7;
-- and back
UPDATE tasks SET state = 'open' WHERE id = 2;
TABLE tasks ORDER BY id;
SELECT gradual.complete('fill');
CALL gradual.wait('fill');
DROP TABLE tasks;
