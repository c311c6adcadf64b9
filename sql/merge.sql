-- MERGE runs as written on small tables, on those that the script makes, and on
-- request; else it is refused with what to do.
\pset format unaligned
\pset tuples_only on
CREATE TABLE stock (id int PRIMARY KEY, n int);
INSERT INTO stock SELECT g, g FROM generate_series(1, 1000) g;
CREATE TABLE delivery (id int PRIMARY KEY, n int);
INSERT INTO delivery SELECT g, 1 FROM generate_series(500, 1500) g;
\set merge 'MERGE INTO stock s USING delivery d ON s.id = d.id WHEN MATCHED THEN UPDATE SET n = s.n + d.n WHEN NOT MATCHED THEN INSERT VALUES (d.id, d.n)'
SELECT FROM gradual.explain(:'merge');
SELECT FROM gradual.explain('MERGE INTO stock s USING (VALUES (1, 2)) d (id, n) ON s.id = d.id WHEN MATCHED THEN DELETE');
SELECT FROM gradual.explain('MERGE INTO stock s USING nowhere d ON s.id = d.id WHEN MATCHED THEN DELETE');
SELECT FROM gradual.explain('MERGE INTO stock s USING delivery d ON s.id = d.nothing WHEN MATCHED THEN DELETE');
SELECT phase, action, target, lock_mode, cost, reversible, note FROM gradual.explain('CREATE TABLE fresh (id int PRIMARY KEY, n int); MERGE INTO fresh USING (VALUES (1, 2)) d (id, n) ON fresh.id = d.id WHEN NOT MATCHED THEN INSERT VALUES (d.id, d.n)');
SET gradual.direct_pages = 100;
SELECT phase, action, target, lock_mode, cost, reversible, note FROM gradual.explain(:'merge');
RESET gradual.direct_pages;
SET gradual.allow_blocking = on;
SELECT phase, action, target, lock_mode, cost, reversible, note FROM gradual.explain(:'merge');
-- after the column that it reads is there
SELECT phase, action FROM gradual.explain('ALTER TABLE stock ADD x int; UPDATE stock SET x = n; MERGE INTO stock s USING delivery d ON s.x = d.id WHEN MATCHED THEN DELETE');
CALL gradual.run('merge', :'merge');
SELECT count(*), sum(n) FROM stock;
