-- A column that the script adds and fills can get another type, with what the
-- script makes over it in between.
\pset format unaligned
\pset tuples_only on
CREATE TABLE items (id int PRIMARY KEY, n int);
INSERT INTO items SELECT g, g FROM generate_series(1, 5) g;
SELECT gradual.define('items', $$
    ALTER TABLE items ADD COLUMN even boolean, ADD COLUMN big int DEFAULT 7;
    UPDATE items SET even = (n % 2 = 0);
    CREATE INDEX ON items (even);
    ALTER TABLE items ADD CHECK (even IS NOT NULL);
    ALTER TABLE items ALTER COLUMN even TYPE text, ALTER COLUMN big TYPE bigint
$$);
SELECT gradual.start('items');
CALL gradual.wait('items');
INSERT INTO items VALUES (6, 6);
SELECT gradual.complete('items');
CALL gradual.wait('items');
TABLE items ORDER BY id;
SELECT indexdef FROM pg_indexes WHERE tablename = 'items' ORDER BY 1;
DROP TABLE items;
