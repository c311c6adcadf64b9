-- Claim: where an index finds the few rows of a WHERE, only those are looked at,
-- and each of them is changed, on plain and partitioned tables, by UPDATE, DELETE
-- and the fill of a new column; a list that would be too long is given up.

CREATE SCHEMA "my shop";
CREATE TABLE "my shop"."Order" (id int PRIMARY KEY, status text, made date, pad text);
INSERT INTO "my shop"."Order"
SELECT n, CASE WHEN n % 500 = 0 THEN 'new' ELSE 'done' END, date '2024-01-01' + n / 100, repeat('x', 100)
FROM generate_series(1, 20000) n;
CREATE INDEX ON "my shop"."Order" (status);
CREATE INDEX ON "my shop"."Order" (made);
VACUUM ANALYZE "my shop"."Order";
CREATE VIEW steps AS
SELECT name, step, action, status, processed, scanned FROM gradual.step WHERE phase = 'backfill' ORDER BY name, step;

SELECT gradual.define('shop', $$
    ALTER TABLE "my shop"."Order" ADD COLUMN seen bool;
    UPDATE "my shop"."Order" SET seen = true WHERE status = 'new';
    UPDATE "my shop"."Order" SET status = 'open' WHERE status = 'new';
    DELETE FROM "my shop"."Order" o WHERE o.made < '2024-01-03' AND id > 0;
    UPDATE "my shop"."Order" SET pad = '' WHERE status = 'done' AND pad <> '';
$$);
SELECT step, action, est_rows BETWEEN 1 AND 1000 AS few, note LIKE '%An index finds%' AS by_index
FROM gradual.plan('shop') WHERE cost = 'batches';
CALL gradual.run('shop');
SELECT * FROM steps WHERE name = 'shop' AND step < 5;
SELECT status, seen, count(*), min(made), count(*) FILTER (WHERE pad = '') AS stripped
FROM "my shop"."Order" GROUP BY status, seen ORDER BY status, seen;

-- partitions, one of them small; a row that refuses is named
CREATE TABLE part (id int, status text, pad text) PARTITION BY RANGE (id);
CREATE TABLE part1 PARTITION OF part FOR VALUES FROM (0) TO (10000);
CREATE TABLE part2 PARTITION OF part FOR VALUES FROM (10000) TO (20000);
CREATE TABLE part3 PARTITION OF part FOR VALUES FROM (20000) TO (30000);
INSERT INTO part SELECT n, CASE WHEN n % 1000 = 0 THEN 'x' ELSE 'y' END, repeat('x', 100)
FROM generate_series(1, 20100) n;
CREATE INDEX ON part (status);
VACUUM ANALYZE part;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER refuse BEFORE UPDATE ON part FOR EACH ROW WHEN (OLD.id IN (3000, 12000))
    EXECUTE FUNCTION refuse();
SELECT gradual.define('part', $$UPDATE part SET status = 'z' WHERE status = 'x'$$);
SELECT gradual.start('part');
CALL gradual.wait('part');
SELECT error FROM gradual.ledger WHERE name = 'part';
DROP TRIGGER refuse ON part;
CALL gradual.run('part');
SELECT * FROM steps WHERE name = 'part';
SELECT processed, scanned, total, progress FROM gradual.ledger WHERE name = 'part';
SELECT tableoid::regclass, status, count(*) FROM part GROUP BY 1, 2 ORDER BY 1, 2;

-- statistics that are wrong: the whole table is read
CREATE TABLE wrong (id int PRIMARY KEY, status text, pad text);
INSERT INTO wrong SELECT n, 'y', repeat('x', 100) FROM generate_series(1, 20000) n;
CREATE INDEX ON wrong (status);
VACUUM ANALYZE wrong;
ALTER TABLE wrong SET (autovacuum_enabled = off);
UPDATE wrong SET status = 'x';
CALL gradual.run('wrong', $$UPDATE wrong SET status = 'z' WHERE status = 'x'$$);
SELECT detail FROM gradual.event WHERE name = 'wrong' AND event = 'note';
SELECT * FROM steps WHERE name = 'wrong';
SELECT status, count(*) FROM wrong GROUP BY status;
