-- A new column, and a change of the type that needs a second one, is refused where the table
-- or a partition of it cannot have one more, and dropped ones count.
DO $$ BEGIN EXECUTE 'CREATE TABLE t (' || (SELECT string_agg('c' || g || ' bool', ', ') FROM generate_series(1, 1599) g) || ')'; END $$;
INSERT INTO t DEFAULT VALUES;
SELECT count(*) > 1 AS accepted FROM gradual.explain('ALTER TABLE t ALTER c1 TYPE text');
SELECT gradual.explain('ALTER TABLE t ALTER c1 TYPE text, ALTER c2 TYPE text');
SELECT gradual.explain('ALTER TABLE t ADD x int; ALTER TABLE t ALTER c1 TYPE text');
ALTER TABLE t ADD c1600 bool;
ALTER TABLE t DROP c1600;
SELECT gradual.explain('ALTER TABLE t ALTER c1 TYPE text');
SELECT gradual.explain('ALTER TABLE t DROP c2; ALTER TABLE t ADD x int');
CREATE TABLE p (c1 int) PARTITION BY RANGE (c1);
DO $$ BEGIN EXECUTE 'CREATE TABLE p1 (' || (SELECT string_agg('c' || g || ' int', ', ') FROM generate_series(1, 1599) g) || ')'; END $$;
DO $$ BEGIN EXECUTE 'ALTER TABLE p1 ' || (SELECT string_agg('DROP c' || g, ', ') FROM generate_series(2, 1599) g); END $$;
ALTER TABLE p ATTACH PARTITION p1 DEFAULT;
INSERT INTO p VALUES (1);
SELECT count(*) > 0 AS accepted FROM gradual.explain('ALTER TABLE p ADD x int');
SELECT gradual.explain('ALTER TABLE p ADD x int; ALTER TABLE p ADD y int');
DROP TABLE t, p;
