-- A type that the script renames, or a label of it, has its old name until the swap,
-- also in what is made of later statements for the time before: triggers, the second
-- name of a column, indexes, constraints, defaults.
\pset format unaligned
\pset tuples_only on
CREATE TYPE status AS ENUM ('new', 'paid');
CREATE TABLE orders (id int PRIMARY KEY, s status DEFAULT 'new', n int);
INSERT INTO orders SELECT g, CASE WHEN g % 2 = 0 THEN 'paid'::status END FROM generate_series(1, 10) g;
CREATE INDEX paid ON orders (n) WHERE s = 'paid';
CREATE INDEX by_state ON orders (s) WHERE s <> 'paid';
SELECT gradual.define('rename', $$
    ALTER TYPE status RENAME TO state;
    ALTER TYPE state RENAME VALUE 'new' TO 'it''s new';
    ALTER TABLE orders ADD COLUMN open boolean;
    UPDATE orders SET open = (s IS DISTINCT FROM 'paid') WHERE s IS DISTINCT FROM 'paid' OR id > 0;
    ALTER TABLE orders RENAME COLUMN s TO current;
    ALTER TABLE orders ALTER COLUMN n TYPE bigint;
    CREATE INDEX ON orders (id) WHERE current <> 'paid';
    ALTER TABLE orders ADD CONSTRAINT c CHECK (current IS NULL OR current <= 'paid');
    ALTER TABLE orders ALTER COLUMN current SET DEFAULT 'paid'
$$);
SELECT gradual.start('rename');
CALL gradual.wait('rename');
INSERT INTO orders VALUES (11, 'paid'), (12, 'new');
INSERT INTO orders (id) VALUES (13);
SELECT gradual.rollback('rename');
CALL gradual.wait('rename');
INSERT INTO orders (id) VALUES (14);
SELECT gradual.start('rename');
CALL gradual.wait('rename');
UPDATE orders SET current = 'paid' WHERE id = 12;
SELECT gradual.complete('rename');
CALL gradual.wait('rename');
SELECT open, current, count(*) FROM orders GROUP BY 1, 2 ORDER BY 1, 2;
SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'orders'::regclass;
SELECT indexdef FROM pg_indexes WHERE tablename = 'orders' ORDER BY 1;
DROP TABLE orders;
DROP TYPE state;
