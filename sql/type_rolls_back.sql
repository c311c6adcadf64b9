-- Before the swap a change of type is undone as if it had never been, from ready
-- and from a failed prepare, and what the application wrote meanwhile stays.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TABLE items (id int PRIMARY KEY, n int NOT NULL DEFAULT 1 UNIQUE, parent int REFERENCES items, note text, CONSTRAINT up CHECK (n > parent));
CREATE INDEX ON items (n) WHERE note IS NOT NULL;
CREATE STATISTICS item_stats ON n, parent FROM items;
INSERT INTO items SELECT i, i, CASE WHEN i > 1 THEN i - 1 END, 'x' FROM generate_series(1, 100) i;
CREATE TABLE before AS SELECT s AS line FROM gradual_test.shape('public') s;
SELECT gradual.define('narrow', 'ALTER TABLE items ALTER n TYPE smallint, ALTER parent TYPE bigint');
SELECT gradual.start('narrow');
CALL gradual.wait('narrow');
INSERT INTO items VALUES (101, 101, 100);
UPDATE items SET n = 100000 WHERE id = 7;
SELECT id, n, _gradual_n FROM items WHERE id IN (6, 7, 101) ORDER BY id;

-- The value does not fit, and the application never saw an error
SELECT gradual.complete('narrow');
CALL gradual.wait('narrow');
SELECT status, phase, error FROM gradual.ledger WHERE name = 'narrow';
SELECT phase, action, status FROM gradual.step WHERE name = 'narrow' AND phase = 'prepare' AND status <> 'pending';
-- .. nor does it now
UPDATE items SET n = 100001 WHERE id = 8;
SELECT gradual.rollback('narrow');
CALL gradual.wait('narrow');
SELECT '- ' || line FROM before EXCEPT SELECT '- ' || s FROM gradual_test.shape('public') s ORDER BY 1;
SELECT '+ ' || s FROM gradual_test.shape('public') s EXCEPT SELECT '+ ' || line FROM before ORDER BY 1;
SELECT count(*), sum(n) FROM items;

-- From the start, and back from ready
UPDATE items SET n = id WHERE n > 1000;
SELECT gradual.start('narrow');
CALL gradual.wait('narrow');
SELECT gradual.rollback('narrow');
CALL gradual.wait('narrow');
SELECT '- ' || line FROM before EXCEPT SELECT '- ' || s FROM gradual_test.shape('public') s ORDER BY 1;
SELECT '+ ' || s FROM gradual_test.shape('public') s EXCEPT SELECT '+ ' || line FROM before ORDER BY 1;
SELECT count(*), sum(n) FROM items;
CALL gradual.run('narrow');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute
WHERE attrelid = 'items'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname;
SELECT count(*), sum(n) FROM items;
DROP TABLE items;
