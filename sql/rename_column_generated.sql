-- RENAME COLUMN of a stored generated column: what is generated is seen under
-- both names, also where what it is made of is renamed with it.
CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE items (id int PRIMARY KEY, price int DEFAULT 1, amount int, note text,
    total int GENERATED ALWAYS AS (price * amount) STORED CHECK (total < 1000));
CREATE INDEX items_total ON items (total);
INSERT INTO items SELECT n, n, 2, 'item' || n FROM generate_series(1, 50) n;
CREATE TEMP TABLE before AS SELECT gradual_test.shape('online') AS shape;
SELECT gradual.define('rename', 'ALTER TABLE items RENAME total TO sum; ALTER TABLE items RENAME price TO cost; UPDATE items SET amount = 3 WHERE id <= 10; UPDATE items SET cost = 7 WHERE id = 11');
SELECT phase, statement, action, sql NOT LIKE '%CREATE%TRIGGER%' AS no_trigger FROM gradual.plan('rename');
SELECT gradual.start('rename');
CALL gradual.wait('rename');
SELECT count(*), count(*) FILTER (WHERE sum = total AND price = cost) AS same FROM items;
INSERT INTO items (id, amount) VALUES (101, 5);
INSERT INTO items (id, cost, amount) VALUES (102, 4, 5);
INSERT INTO items (id, price, amount) VALUES (103, 3, 5);
INSERT INTO items (id, cost, amount) VALUES (104, 300, 5);
UPDATE items SET amount = 20 WHERE id = 1;
UPDATE items SET cost = 30 WHERE id = 2;
UPDATE items SET price = 40 WHERE id = 3;
UPDATE items SET note = 'touched' WHERE id = 4;
UPDATE items SET amount = NULL WHERE id = 5;
SELECT * FROM items WHERE id <= 5 OR id IN (11, 12) OR id > 100 ORDER BY id;
SELECT gradual.complete('rename');
CALL gradual.wait('rename');
SELECT * FROM items WHERE id <= 5 OR id IN (11, 12) OR id > 100 ORDER BY id;
ALTER TABLE items RENAME sum TO total;
ALTER TABLE items RENAME cost TO price;
SELECT gradual_test.shape('online') EXCEPT SELECT shape FROM before;
SELECT shape FROM before EXCEPT SELECT gradual_test.shape('online');
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
