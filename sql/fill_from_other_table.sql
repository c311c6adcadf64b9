--
-- A fill from another table, which no trigger can do row by row, misses no row
-- that the application adds meanwhile, whatever its key, and leaves alone what
-- the application wrote itself.
--
CREATE FUNCTION drive(name text) RETURNS TABLE (rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    batch record;
BEGIN
    rows := 0;
    LOOP
        SELECT * INTO batch FROM gradual.run_batch(name);
        rows := rows + batch.processed;
        EXIT WHEN batch.is_done;
    END LOOP;
    RETURN NEXT;
END
$$;

CREATE TABLE customer (id int PRIMARY KEY, name text);
INSERT INTO customer SELECT g, format('customer %s', g) FROM generate_series(1, 9) g;
CREATE TABLE purchase (id int PRIMARY KEY, customer int);
INSERT INTO purchase SELECT 10 * g, g % 9 + 1 FROM generate_series(1, 20) g;

SELECT gradual.define('fill_from', $$
    ALTER TABLE purchase ADD COLUMN buyer text, ADD COLUMN kind json DEFAULT '{}';
    UPDATE purchase SET buyer = c.name FROM customer c WHERE c.id = purchase.customer;
    UPDATE purchase SET kind = to_json(c.name) FROM customer c WHERE c.id = purchase.customer;
$$, batch_size => 10);
SELECT processed FROM gradual.run_batch('fill_from');
SELECT processed FROM gradual.run_batch('fill_from');
INSERT INTO purchase VALUES (15, 1), (1500, 2);
INSERT INTO purchase VALUES (16, 1, 'mine', '1'), (1600, 2, 'mine', '2');
SELECT * FROM drive('fill_from');
SELECT * FROM purchase WHERE id % 10 <> 0 OR id > 200 ORDER BY id;

-- and between ready and complete
INSERT INTO purchase VALUES (17, 3), (1700, 4);
INSERT INTO purchase VALUES (18, 3, 'mine', '3'), (1800, 4, 'mine', '4');
SELECT gradual.complete('fill_from');
SELECT * FROM drive('fill_from');
SELECT * FROM purchase WHERE id % 10 <> 0 OR id > 200 ORDER BY id;
SELECT count(*), count(*) FILTER (WHERE buyer IS NULL OR kind::text = '{}') AS unfilled FROM purchase;

SELECT gradual.forget('fill_from');
DROP TABLE purchase, customer;
DROP FUNCTION drive;
