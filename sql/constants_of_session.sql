-- Constants of a script mean what they would mean in the session that starts it,
-- whatever the worker and the sessions of the application have set.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SET TimeZone = 'Asia/Tokyo';
SET DateStyle = 'ISO, DMY';
SET transform_null_equals = on;
CREATE TABLE orders (id int PRIMARY KEY, placed date, note text);
INSERT INTO orders SELECT g, '02/01/2020', NULLIF('n' || g, 'n1') FROM generate_series(1, 4) g;
SELECT gradual.define('constants', $$
    ALTER TABLE orders ADD COLUMN due date DEFAULT '02/01/2020', ADD COLUMN seen timestamptz DEFAULT '2020-01-01 00:00',
        ADD COLUMN empty boolean, ADD COLUMN shipped date;
    UPDATE orders SET empty = (note = NULL), shipped = '04/03/2020';
    ALTER TABLE orders ADD CHECK (placed < '03/01/2020');
    CREATE INDEX early ON orders (id) WHERE placed < '03/01/2020';
    CREATE VIEW without_note AS SELECT id FROM orders WHERE note = NULL;
    CREATE TABLE holidays (day date);
    INSERT INTO holidays VALUES ('06/05/2020')
$$);
SELECT gradual.start('constants');
CALL gradual.wait('constants');
-- another session
SET TimeZone = 'UTC';
SET DateStyle = 'German, MDY';
SET transform_null_equals = off;
INSERT INTO orders (id, placed, note) VALUES (5, '2020-01-02', NULL), (6, '2020-01-02', 'n6');
SELECT gradual.complete('constants');
CALL gradual.wait('constants');
SET DateStyle = 'ISO, DMY';
SELECT id, due, seen, empty, shipped FROM orders ORDER BY id;
SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'orders'::regclass AND contype = 'c';
SELECT pg_get_indexdef('early'::regclass);
SELECT pg_get_viewdef('without_note'::regclass, true) LIKE '%note IS NULL%';
TABLE holidays;
DROP TABLE orders, holidays CASCADE;
