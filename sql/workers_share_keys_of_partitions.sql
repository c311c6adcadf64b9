-- Several workers share a backfill in the order of a key, of whatever type and
-- columns, over partitions: a range is a part of a large one, or several small
-- ones, and every row is changed once.

CREATE SCHEMA "Q s";
CREATE TABLE "Q s"."P" (k int NOT NULL, "Id" text COLLATE "C" NOT NULL, s int NOT NULL, n int NOT NULL, filler text NOT NULL) PARTITION BY LIST (k);
ALTER TABLE "Q s"."P" ALTER filler SET STORAGE plain;
CREATE TABLE "Q s"."p 1" PARTITION OF "Q s"."P" (PRIMARY KEY ("Id", s)) FOR VALUES IN (1);
CREATE TABLE "Q s".p2 PARTITION OF "Q s"."P" (UNIQUE ("Id")) FOR VALUES IN (2);
CREATE TABLE "Q s".p3 PARTITION OF "Q s"."P" (PRIMARY KEY (s)) FOR VALUES IN (3);
CREATE TABLE "Q s".p4 PARTITION OF "Q s"."P" (PRIMARY KEY (s)) FOR VALUES IN (4);
CREATE TABLE "Q s".p5 PARTITION OF "Q s"."P" FOR VALUES IN (5);
CREATE UNIQUE INDEX ON "Q s".p5 ("Id" DESC, s DESC);
CREATE FUNCTION load() RETURNS void LANGUAGE sql AS $$
    TRUNCATE "Q s"."P";
    INSERT INTO "Q s"."P"
    SELECT CASE WHEN g <= 1200 THEN 1 WHEN g <= 1300 THEN 2 WHEN g <= 1400 THEN 4 ELSE 5 END,
           CASE WHEN g <= 1200 THEN '{", ' || g / 300 ELSE md5(g::text) END, g, 0, repeat('x', 3500)
    FROM generate_series(1, 2400) g;
$$;
CREATE VIEW cursors AS
SELECT c.range, c.pages_total, c.position FROM gradual.migration_cursor c ORDER BY c.migration, c.range;
SELECT load();

SELECT gradual.define('m', 'UPDATE "Q s"."P" SET n = n + 1', batch_size => 50, workers => 3);
SELECT gradual_test.hold('backfill-rows-found');
SELECT gradual.start('m');
SELECT gradual_test.await('backfill-rows-found', 3);
TABLE cursors;
SELECT gradual_test.release('backfill-rows-found');
CALL gradual.wait('m');
SELECT status, processed, scanned, total, progress FROM gradual.ledger WHERE name = 'm';
SELECT k, n, count(*) FROM "Q s"."P" GROUP BY k, n ORDER BY k;

-- partitions go and come while it runs, also those in which ranges begin and end
SELECT load();
SELECT gradual.define('n', 'UPDATE "Q s"."P" SET n = n + 1', batch_size => 50, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('n');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual.pause('n');
SELECT gradual_test.release('before-batch-commit');
CALL gradual_test.await_true($$ NOT EXISTS (SELECT FROM pg_stat_activity WHERE backend_type = 'gradual worker') $$);
ALTER TABLE "Q s"."P" DETACH PARTITION "Q s"."p 1";
CREATE TABLE "Q s".p6 PARTITION OF "Q s"."P" (PRIMARY KEY (s)) FOR VALUES IN (6);
INSERT INTO "Q s"."P" SELECT 6, g, g, 0, 'x' FROM generate_series(1, 300) g;
SELECT gradual.resume('n');
CALL gradual.wait('n');
SELECT status, progress FROM gradual.ledger WHERE name = 'n';
SELECT k, n, count(*) FROM "Q s"."P" GROUP BY k, n ORDER BY k;

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP SCHEMA "Q s" CASCADE;
DROP FUNCTION load;
DROP VIEW cursors;
