-- A key that gets another type can be given a foreign key of its own table by the
-- same script; also where the referring column gets it.
\pset format unaligned
\pset tuples_only on
CREATE TABLE nodes (id int PRIMARY KEY, parent int, other int);
INSERT INTO nodes SELECT g, NULLIF(g / 2, 0), g FROM generate_series(1, 20) g;
SELECT gradual.define('nodes', $$
    ALTER TABLE nodes ALTER COLUMN id TYPE bigint;
    ALTER TABLE nodes ADD CONSTRAINT up FOREIGN KEY (parent) REFERENCES nodes ON DELETE SET NULL;
    ALTER TABLE nodes ALTER COLUMN other TYPE bigint;
    ALTER TABLE nodes ADD CONSTRAINT beside FOREIGN KEY (other) REFERENCES nodes
$$);
SELECT gradual.start('nodes');
CALL gradual.wait('nodes');
INSERT INTO nodes VALUES (21, 1, 2);
SELECT gradual.rollback('nodes');
CALL gradual.wait('nodes');
SELECT gradual.start('nodes');
CALL gradual.wait('nodes');
SELECT gradual.complete('nodes');
CALL gradual.wait('nodes');
SELECT conname, convalidated, pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'nodes'::regclass AND contype <> 'n' ORDER BY 1;
SELECT attname, atttypid::regtype FROM pg_attribute WHERE attrelid = 'nodes'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1;
DROP TABLE nodes;
