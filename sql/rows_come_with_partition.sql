-- To a table without rows, made by the script or not, a statement is an instant; but
-- what would go through the rows of a partition or child that the script has put below
-- it before is refused.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION verdict(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    RETURN (SELECT string_agg(concat(phase, ': ', action), ', ' ORDER BY step) FROM gradual.explain(script) WHERE statement > 2);
EXCEPTION WHEN feature_not_supported THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(' ', SQLERRM, detail, hint);
END
$$;
CREATE TABLE keys (id int PRIMARY KEY);
CREATE TABLE loose (id int NOT NULL, n int, CONSTRAINT bounds CHECK (id >= 0 AND id < 100));
INSERT INTO loose SELECT g, g FROM generate_series(20, 50) g;
CREATE TABLE empty (id int NOT NULL, n int) PARTITION BY RANGE (id);
CREATE TABLE form (n int GENERATED ALWAYS AS IDENTITY, text text);
INSERT INTO form (text) VALUES ('CREATE INDEX ON %s (n)'), ('CREATE UNIQUE INDEX ON %s (id, n)'), ('ALTER TABLE %s ADD PRIMARY KEY (id)'),
    ('ALTER TABLE %s ADD CHECK (n > 0)'), ('ALTER TABLE %s ADD FOREIGN KEY (n) REFERENCES keys'), ('ALTER TABLE %s ALTER n SET NOT NULL'),
    ('ALTER TABLE %s ALTER n TYPE bigint'), ('ALTER TABLE %s ADD x float DEFAULT random()'),
    ('ALTER TABLE %s ADD x int DEFAULT 1'), ('ALTER TABLE %s ADD CHECK (n > 0) NOT VALID'), ('ALTER TABLE %s ALTER n SET DEFAULT 1'), ('CREATE INDEX ON ONLY %s (n)'),
    ('ALTER TABLE %s ADD x int NOT NULL'), ('ALTER TABLE %s ADD x int CHECK (x > 0)'), ('ALTER TABLE %s ADD x int NOT NULL DEFAULT 1'), ('ALTER TABLE %s ADD x int REFERENCES keys'), ('ALTER TABLE %s ADD CHECK (n > 0) NO INHERIT'),
    ('UPDATE %s SET n = 1'), ('DELETE FROM %s WHERE n = 1'), ('INSERT INTO %s VALUES (60, 1)');
SELECT verdict('CREATE TABLE new (id int NOT NULL, n int) PARTITION BY RANGE (id); ALTER TABLE new ATTACH PARTITION loose FOR VALUES FROM (0) TO (100);' || format(text, 'new')) FROM form WHERE n <> 17 ORDER BY n;
SELECT verdict('SELECT 1; ALTER TABLE empty ATTACH PARTITION loose FOR VALUES FROM (0) TO (100);' || format(text, 'empty')) FROM form WHERE n IN (1, 4, 9) ORDER BY n;
-- .. at whatever depth, and of a child
CREATE TABLE middle (id int NOT NULL, n int) PARTITION BY RANGE (id);
CREATE TABLE above PARTITION OF empty FOR VALUES FROM (0) TO (100) PARTITION BY RANGE (id);
CREATE TABLE parent (id int NOT NULL, n int);
SELECT verdict('SELECT 1; ALTER TABLE above ATTACH PARTITION loose FOR VALUES FROM (0) TO (100);' || format(text, 'empty')) FROM form WHERE n IN (1, 4, 9) ORDER BY n;
SELECT verdict('ALTER TABLE above ATTACH PARTITION middle FOR VALUES FROM (0) TO (100); ALTER TABLE middle ATTACH PARTITION loose FOR VALUES FROM (0) TO (100);' || format(text, 'empty')) FROM form WHERE n = 4 ORDER BY n;
SELECT verdict('SELECT 1; ALTER TABLE loose INHERIT parent;' || format(text, 'parent')) FROM form ORDER BY n;
-- without rows
TRUNCATE loose;
SELECT verdict('CREATE TABLE new (id int NOT NULL, n int) PARTITION BY RANGE (id); ALTER TABLE new ATTACH PARTITION loose FOR VALUES FROM (0) TO (100);' || format(text, 'new')) FROM form WHERE n < 4 ORDER BY n;
