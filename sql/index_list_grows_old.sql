-- Claim: what the application does after an index has listed the rows counts: a
-- row that it moved is found, one that does not match any more is left alone, and
-- a table that was rewritten meanwhile is listed again.

CREATE TABLE task (id int PRIMARY KEY, state text, body text) WITH (autovacuum_enabled = off);
INSERT INTO task SELECT n, CASE WHEN n % 1000 = 0 THEN 'new' ELSE 'done' END, repeat('x', 100)
FROM generate_series(1, 20000) n;
CREATE INDEX ON task (state);
VACUUM ANALYZE task;
SELECT gradual.define('t', $$UPDATE task SET state = 'open' WHERE state = 'new'$$, batch_size => 5);

-- the first batch makes the list
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
UPDATE task SET body = 'moved' WHERE id IN (15000, 16000);
UPDATE task SET state = 'mine' WHERE id = 17000;
DELETE FROM task WHERE id = 18000;
INSERT INTO task VALUES (0, 'new', 'later');
SELECT processed, scanned, total, progress BETWEEN 1 AND 99 AS under_way FROM gradual.ledger WHERE name = 't';
SELECT * FROM gradual.run_batch('t');
VACUUM FULL task;
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
SELECT * FROM gradual.run_batch('t');
SELECT detail FROM gradual.event WHERE name = 't' AND event = 'note';
SELECT status, processed FROM gradual.ledger WHERE name = 't';
SELECT id, state, left(body, 5) AS body FROM task WHERE id % 1000 = 0 ORDER BY id;
