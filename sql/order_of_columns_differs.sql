-- A column that gets another type comes to stand last, and one that has to wait behind those
-- that did not: a later statement that goes by the order of the columns, and would take one for
-- another, is refused; one that names them is not.
\pset format unaligned
\pset tuples_only on
CREATE TABLE t (id int PRIMARY KEY, x int, y text);
CREATE TABLE parts (id int, x int, y text) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (1) TO (100);
CREATE TABLE archive (id int PRIMARY KEY, x text, y text);
INSERT INTO t SELECT g, g * 10, 'y' || g FROM generate_series(1, 5) g;
INSERT INTO parts SELECT g, g * 10, 'y' || g FROM generate_series(1, 5) g;
INSERT INTO archive SELECT g, 'x', 'y' FROM generate_series(11, 15) g;
CREATE FUNCTION outcome(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN feature_not_supported THEN
    RETURN SQLERRM;
END
$$;
CREATE TABLE scripts (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO scripts (script) SELECT 'ALTER TABLE t ALTER x TYPE text; ' || rest FROM (VALUES
('INSERT INTO t VALUES (9, ''x'', ''y'')'),
('INSERT INTO archive SELECT * FROM t'),
('INSERT INTO archive SELECT a.* FROM t a'),
('CREATE TABLE c () INHERITS (t); INSERT INTO c VALUES (9, ''x'', ''y'')'),
('CREATE TABLE c (LIKE t); INSERT INTO c VALUES (9, ''x'', ''y'')'),
('CREATE TABLE c AS SELECT * FROM t; CREATE TABLE d (LIKE c); INSERT INTO d VALUES (9, ''x'', ''y'')'),
('CREATE VIEW v AS SELECT * FROM t; INSERT INTO v VALUES (9, ''x'', ''y'')'),
('CREATE VIEW v (a, b, c) AS SELECT * FROM t'),
('CREATE TABLE c (a, b, c) AS SELECT * FROM t'),
('CREATE TABLE c AS SELECT * FROM t UNION ALL SELECT id, x, y FROM archive'),
('CREATE TABLE c AS SELECT a.b FROM t AS a (a, b, c)'),
('CREATE TABLE c AS SELECT s.b FROM (SELECT * FROM t) AS s (a, b, c)'),
('DELETE FROM archive WHERE (id, x, y) IN (SELECT * FROM t)'),
('UPDATE archive SET (id, x, y) = (SELECT * FROM t WHERE t.id = archive.id)'),
('ALTER TABLE t RENAME TO u; INSERT INTO archive SELECT u.* FROM u'),
-- named, or of another table
('INSERT INTO t (id, x, y) VALUES (9, ''x'', ''y'')'),
('INSERT INTO archive SELECT id, x, y FROM t'),
('INSERT INTO archive VALUES (9, ''x'', ''y'')'),
('CREATE TABLE c AS SELECT * FROM t; CREATE VIEW v AS SELECT * FROM t'),
('DELETE FROM archive WHERE NOT EXISTS (SELECT * FROM t WHERE t.id = archive.id)'),
('INSERT INTO archive (id, x) SELECT id + 20, to_jsonb(t)->>''x'' FROM t')) x (rest);
INSERT INTO scripts (script) VALUES
('ALTER TABLE t ALTER y TYPE varchar(9); INSERT INTO t VALUES (9, 10, ''y'')'),
('INSERT INTO t VALUES (9, 10, ''y''); ALTER TABLE t ALTER x TYPE text'),
('ALTER TABLE parts ALTER x TYPE text; CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM (100) TO (200); INSERT INTO parts_2 VALUES (109, ''x'', ''y'')'),
('ALTER TABLE parts ALTER x TYPE text; INSERT INTO parts_1 VALUES (9, 1, ''y'')'),
('ALTER TABLE t DROP COLUMN x; ALTER TABLE t ADD x text; ALTER TABLE t ADD z text; INSERT INTO t VALUES (9, ''y'', ''x'', ''z'')'),
('ALTER TABLE t DROP COLUMN x; ALTER TABLE t ADD x text; INSERT INTO t VALUES (9, ''y'', ''x'')');
SELECT n, script, outcome(script) FROM scripts ORDER BY n;
SELECT gradual.explain('ALTER TABLE t ALTER x TYPE text; INSERT INTO t VALUES (9, ''x'', ''y'')');
CALL gradual.run('named', 'ALTER TABLE t ALTER x TYPE text; INSERT INTO t (id, x, y) VALUES (9, ''x'', ''y''); INSERT INTO archive SELECT id, x, y FROM t');
SELECT id, x, y FROM archive WHERE id < 11 ORDER BY id;
SELECT gradual.forget('named');
DROP FUNCTION outcome(text);
DROP TABLE t, parts, archive, scripts;
