-- Several workers share the backfill of a partitioned table: a range is a part
-- of a large partition, or several small ones.

CREATE SCHEMA "Q s";
CREATE TABLE "Q s"."P" (id int, k int, a int NOT NULL, filler text NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
ALTER TABLE "Q s"."P" ALTER filler SET STORAGE plain;
CREATE TABLE "Q s"."p 1" PARTITION OF "Q s"."P" FOR VALUES IN (1);
CREATE TABLE "Q s".p2 (gone text, k int NOT NULL, id int NOT NULL, filler text NOT NULL, a int NOT NULL);
ALTER TABLE "Q s".p2 DROP COLUMN gone, ALTER filler SET STORAGE plain;
ALTER TABLE "Q s"."P" ATTACH PARTITION "Q s".p2 FOR VALUES IN (2);
CREATE TABLE "Q s".p3 PARTITION OF "Q s"."P" FOR VALUES IN (3);
CREATE TABLE "Q s".p4 PARTITION OF "Q s"."P" FOR VALUES IN (4);
CREATE TABLE "Q s".p5 PARTITION OF "Q s"."P" FOR VALUES IN (5);
INSERT INTO "Q s"."P" (id, k, a, filler)
SELECT g, CASE WHEN g <= 200 THEN 1 WHEN g <= 1800 THEN 2 WHEN g <= 2200 THEN 4 ELSE 5 END, g, repeat('x', 3500)
FROM generate_series(1, 2400) g;

SELECT gradual.define('m', 'ALTER TABLE "Q s"."P" ADD COLUMN b int; UPDATE "Q s"."P" SET b = -a', workers => 3);
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual.start('m');
SELECT gradual_test.await('backfill-rows-found', 3);
SELECT range, pages_total, regexp_replace(position, 'file=\d+', 'file=N', 'g') AS position
FROM gradual.migration_cursor ORDER BY range;
SELECT gradual_test.release('backfill-rows-found');
CALL gradual.wait('m');
SELECT status, processed, scanned, total, progress FROM gradual.ledger WHERE name = 'm';
SELECT k, count(*), count(*) FILTER (WHERE b = -a) AS right FROM "Q s"."P" GROUP BY k ORDER BY k;

-- the same for a DELETE
SELECT gradual.define('d', 'DELETE FROM "Q s"."P" WHERE a % 2 = 0', workers => 2);
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT gradual.start('d');
CALL gradual.wait('d');
SELECT status, processed, progress FROM gradual.ledger WHERE name = 'd';
SELECT k, count(*), count(*) FILTER (WHERE a % 2 = 0) AS left FROM "Q s"."P" GROUP BY k ORDER BY k;

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP SCHEMA "Q s" CASCADE;
