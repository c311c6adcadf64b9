-- gradual.preview() shows rows as each statement finds and leaves them, and
-- changes nothing.

CREATE TABLE customers (id int PRIMARY KEY, email text, status text, score int);
INSERT INTO customers SELECT g, 'Person' || g || '@Example.org', CASE WHEN g % 100 = 0 THEN 'closed' ELSE 'open' END, g
FROM generate_series(1, 2000) g;
CREATE TABLE old_orders (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, customer int, total numeric(10,2), doubled numeric GENERATED ALWAYS AS (total * 2) STORED);
INSERT INTO old_orders (customer, total) SELECT g, g * 1.5 FROM generate_series(1, 300) g;

SELECT gradual.define('m', $$
    ALTER TABLE customers ADD COLUMN name text;
    UPDATE customers SET name = split_part(email, '@', 1) WHERE name IS NULL;
    ALTER TABLE customers ALTER COLUMN name SET NOT NULL;
    UPDATE customers SET score = score + 1 WHERE status = 'closed';
    DELETE FROM customers WHERE id > 1998;
    CREATE TABLE orders (LIKE old_orders INCLUDING ALL);
    INSERT INTO orders (id, customer, total) OVERRIDING SYSTEM VALUE SELECT id, customer, total FROM old_orders;
    UPDATE orders SET total = 0 FROM customers c WHERE c.id = orders.customer AND c.name IS NOT NULL;
$$);
SELECT * FROM gradual.preview('m', 2);
SELECT count(*), count(DISTINCT key) FROM gradual.preview('m') WHERE statement = 2;

-- nothing was changed
SELECT count(*), sum(score), count(*) FILTER (WHERE status = 'closed') FROM customers;
SELECT to_regclass('orders'), count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema();
SELECT status FROM gradual.ledger WHERE name = 'm';

-- partitions, generated columns, and a table without a key
CREATE TABLE events (at int, kind text, note text, shout text GENERATED ALWAYS AS (upper(kind)) STORED) PARTITION BY RANGE (at);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (10);
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (10) TO (20);
INSERT INTO events SELECT g, 'k' || g FROM generate_series(1, 19) g;
SELECT gradual.define('parts', $$ UPDATE events SET note = 'seen' WHERE note IS NULL AND at IN (3, 13) $$);
SELECT * FROM gradual.preview('parts');

-- a statement that raises ends it; what was seen before is shown
SELECT gradual.define('bad', $$
    ALTER TABLE customers ADD COLUMN half int;
    UPDATE customers SET half = score / (id - 3) WHERE half IS NULL AND id < 3;
    ALTER TABLE customers ALTER COLUMN half SET NOT NULL;
$$);
SELECT * FROM gradual.preview('bad', 1);

-- refusals
SELECT * FROM gradual.preview('m', 0);
SELECT * FROM gradual.preview('no such');
SELECT * FROM gradual.preview(NULL);
CREATE ROLE regress_preview_other;
SET ROLE regress_preview_other;
SELECT * FROM gradual.preview('m');
RESET ROLE;
DROP ROLE regress_preview_other;
CREATE TABLE foreign_hands (id int);
CREATE TRIGGER see AFTER INSERT ON foreign_hands FOR EACH ROW EXECUTE FUNCTION gradual.preview_row();
INSERT INTO foreign_hands VALUES (1);
CALL gradual.run('m');
SELECT * FROM gradual.preview('m');
