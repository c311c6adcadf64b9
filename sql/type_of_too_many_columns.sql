-- A change of the type that needs a second column is refused where the table cannot have one
-- more, and dropped ones count.
DO $$ BEGIN EXECUTE 'CREATE TABLE t (' || (SELECT string_agg('c' || g || ' bool', ', ') FROM generate_series(1, 1599) g) || ')'; END $$;
INSERT INTO t DEFAULT VALUES;
SELECT count(*) > 1 AS accepted FROM gradual.explain('ALTER TABLE t ALTER c1 TYPE text');
SELECT gradual.explain('ALTER TABLE t ALTER c1 TYPE text, ALTER c2 TYPE text');
SELECT gradual.explain('ALTER TABLE t ADD x int; ALTER TABLE t ALTER c1 TYPE text');
ALTER TABLE t ADD c1600 bool;
ALTER TABLE t DROP c1600;
SELECT gradual.explain('ALTER TABLE t ALTER c1 TYPE text');
DROP TABLE t;
