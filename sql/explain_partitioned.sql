-- A partitioned table is changed as a whole: batches go through its partitions,
-- indexes are built on one partition after another and attached.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(E'\n    ',
        concat_ws(' | ', step, phase, 'statement ' || statement, action, target,
                  coalesce(lock_mode, 'no lock'), 'blocks ' || blocks, cost,
                  nullif(est_rows, 0) || ' rows', 'reversible: ' || reversible),
        sql, '-- ' || nullif(note, ''))
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE TABLE measured (id int, at date, v int, note text, PRIMARY KEY (at, id)) PARTITION BY RANGE (at);
CREATE TABLE measured_1 PARTITION OF measured FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE measured_2 (note text, v int, id int NOT NULL, at date NOT NULL);
ALTER TABLE measured ATTACH PARTITION measured_2 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
CREATE INDEX measured_v ON measured (v);
INSERT INTO measured SELECT i, '2024-12-01'::date + i, i FROM generate_series(1, 60) i;
ANALYZE measured;

SELECT plan_of('ALTER TABLE measured ADD w int');
SELECT plan_of('ALTER TABLE measured ADD w int; UPDATE measured SET w = coalesce(v, 0); ALTER TABLE measured ALTER w SET NOT NULL');
SELECT plan_of('ALTER TABLE measured ADD u uuid DEFAULT gen_random_uuid()');
SELECT plan_of('UPDATE measured SET v = v + 1');
SELECT plan_of('UPDATE measured_2 SET v = 0 WHERE v IS NULL');
SELECT plan_of('DELETE FROM measured WHERE v > 50');
SELECT plan_of('CREATE INDEX ON measured (note)');
SELECT plan_of('CREATE INDEX CONCURRENTLY by_note ON measured (note)');
SELECT plan_of('CREATE INDEX ON measured_2 (note)');
SELECT * FROM gradual.explain('CREATE INDEX ON ONLY measured (note)');
SELECT plan_of('DROP INDEX measured_v');
SELECT * FROM gradual.explain('DROP INDEX measured_1_v_idx');
SELECT plan_of('REINDEX TABLE measured');
SELECT plan_of('CREATE TABLE measured_3 PARTITION OF measured FOR VALUES FROM (''2026-01-01'') TO (''2027-01-01'')');
SELECT plan_of('ALTER TABLE measured ALTER note SET NOT NULL');
SELECT plan_of('ALTER TABLE measured ALTER note SET DEFAULT ''x''');
-- What PostgreSQL itself refuses
SELECT * FROM gradual.explain('ALTER TABLE measured_1 ADD w int');
SELECT * FROM gradual.explain('ALTER TABLE ONLY measured ADD w int');
-- A partition leaves at complete
SELECT * FROM gradual.explain('ALTER TABLE measured DETACH PARTITION measured_1');
SELECT * FROM gradual.explain('CREATE TABLE measured_4 (LIKE measured); ALTER TABLE measured ATTACH PARTITION measured_4 FOR VALUES FROM (''2030-01-01'') TO (''2031-01-01'')');

-- Without rows in any partition
DELETE FROM measured;
VACUUM measured;
SELECT plan_of('ALTER TABLE measured ADD u uuid DEFAULT gen_random_uuid()');
SELECT plan_of('CREATE INDEX ON measured (note)');

DROP TABLE measured;
DROP FUNCTION plan_of(text);
