-- A table that gives its name to the one that its rows are copied to, or to a
-- view, is used until the swap and nobody loses a row: complete does not ask.
-- Without the copy it does.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TABLE orders (id int PRIMARY KEY, total int);
INSERT INTO orders SELECT g, g * 10 FROM generate_series(1, 5) g;
SELECT gradual.define('exchange', $$
    CREATE TABLE orders_new (id bigint PRIMARY KEY, total int NOT NULL, currency text DEFAULT 'EUR');
    INSERT INTO orders_new (id, total) SELECT id, total FROM orders;
    ALTER TABLE orders RENAME TO orders_old;
    ALTER TABLE orders_new RENAME TO orders;
    DROP TABLE orders_old
$$);
SELECT note FROM gradual.plan('exchange') WHERE action = 'drop table';
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
INSERT INTO orders VALUES (6, 60);
UPDATE orders SET total = 21 WHERE id = 2;
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.complete('exchange');
CALL gradual.wait('exchange');
TABLE orders ORDER BY id;

-- a view in its place
SELECT gradual.define('view', $$
    CREATE TABLE amounts (id bigint PRIMARY KEY, total int);
    INSERT INTO amounts SELECT id, total FROM orders;
    DROP TABLE orders;
    CREATE VIEW orders AS SELECT id, total FROM amounts
$$);
SELECT gradual.start('view');
CALL gradual.wait('view');
INSERT INTO orders VALUES (7, 70);
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.complete('view');
CALL gradual.wait('view');
INSERT INTO orders VALUES (8, 80);
SELECT * FROM orders ORDER BY id DESC LIMIT 2;

-- what is written meanwhile would be lost
SELECT gradual.define('empty', $$
    DROP VIEW orders;
    CREATE TABLE empty (id bigint PRIMARY KEY, total int);
    DROP TABLE amounts;
    ALTER TABLE empty RENAME TO amounts
$$);
SELECT gradual.start('empty');
CALL gradual.wait('empty');
INSERT INTO orders VALUES (9, 90);
SELECT FROM pg_stat_force_next_flush();
SELECT gradual.complete('empty');
SELECT gradual.rollback('empty');
CALL gradual.wait('empty');
DROP TABLE amounts CASCADE;
