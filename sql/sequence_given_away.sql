-- A sequence that the script has made another column's does not go with the
-- column that it came with: so a table is exchanged for a new one that numbers
-- its rows on.
CREATE TABLE orders (id serial PRIMARY KEY, note text);
INSERT INTO orders (note) SELECT 'n' || g FROM generate_series(1, 100) g;
SELECT gradual.define('exchange', $$
    CREATE TABLE orders_new (id bigint PRIMARY KEY DEFAULT nextval('orders_id_seq'), note text);
    INSERT INTO orders_new SELECT * FROM orders;
    ALTER SEQUENCE orders_id_seq OWNED BY orders_new.id;
    ALTER TABLE orders RENAME TO orders_old;
    ALTER TABLE orders_new RENAME TO orders;
    DROP TABLE orders_old;
$$);
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
INSERT INTO orders (note) VALUES ('the old application');
SELECT gradual.rollback('exchange');
CALL gradual.wait('exchange');
SELECT pg_get_serial_sequence('orders', 'id');
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
SELECT gradual.complete('exchange', force => true);
CALL gradual.wait('exchange');
INSERT INTO orders (note) VALUES ('the new one');
SELECT * FROM orders WHERE id > 99 ORDER BY id;
\d orders
SELECT pg_get_serial_sequence('orders', 'id');

-- as the column alone does
SELECT gradual.define('column', $$
    ALTER TABLE orders ADD COLUMN number int DEFAULT nextval('orders_id_seq');
    ALTER SEQUENCE orders_id_seq OWNED BY orders.number;
    ALTER TABLE orders DROP COLUMN id;
$$);
CALL gradual.run('column');
ALTER TABLE orders RENAME COLUMN number TO id;
SELECT pg_get_serial_sequence('orders', 'id');

-- One that was altered in other ways does
SELECT gradual.explain($$
    CREATE TABLE other (id int DEFAULT nextval('orders_id_seq'));
    ALTER SEQUENCE orders_id_seq INCREMENT BY 2;
    DROP TABLE orders;
$$);
DROP TABLE orders;
