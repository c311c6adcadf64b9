-- A statement waits for the one that makes what it is about, also if the name
-- has quotes in it, which are doubled where it stands in SQL.
CREATE TABLE quoted (id bigint PRIMARY KEY, n int);
INSERT INTO quoted SELECT i, i FROM generate_series(1, 10) i;

SELECT step, phase, statement, action FROM gradual.explain($$
    CREATE INDEX "a""b" ON quoted (n);
    COMMENT ON INDEX "a""b" IS 'double quotes';
    CREATE INDEX "it's" ON quoted (n);
    DO 'BEGIN EXECUTE ''COMMENT ON INDEX "it''''s" IS NULL''; END';
    COMMENT ON INDEX "it's" IS 'an apostrophe';
    CREATE INDEX """" ON quoted (n);
    COMMENT ON INDEX """" IS 'nothing else';
    COMMENT ON TABLE quoted IS 'another name'$$) ORDER BY step;

CALL gradual.run('quoted', $$
    CREATE INDEX "a""b" ON quoted (n);
    COMMENT ON INDEX "a""b" IS 'double quotes'$$);
SELECT obj_description('"a""b"'::regclass, 'pg_class');
