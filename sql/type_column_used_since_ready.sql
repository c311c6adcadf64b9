-- What others hang on a column that gets another type, say about it, or take from it, while the
-- migration is ready is not lost in the swap, nor comes back, without a word: complete names it, and
-- goes on when it is as before; or the migration is rolled back, and starts again with it.
\set VERBOSITY default

CREATE TABLE customer (id int PRIMARY KEY, n int, word text);
INSERT INTO customer SELECT i, i, 'w' FROM generate_series(1, 3) i;
CREATE TABLE purchase (id int PRIMARY KEY, customer int);
INSERT INTO purchase VALUES (1, 1);
CREATE INDEX customer_n ON customer (n);
ALTER TABLE customer ADD CONSTRAINT positive CHECK (n > 0);
CREATE TABLE region (id int PRIMARY KEY);
INSERT INTO region SELECT n FROM customer;
ALTER TABLE customer ADD CONSTRAINT within FOREIGN KEY (n) REFERENCES region;
SELECT gradual.define('n', 'ALTER TABLE customer ALTER n TYPE bigint');

-- complete, and what stops it; then ready again
CREATE PROCEDURE stops(of text, ddl text, back text) LANGUAGE plpgsql AS $$
DECLARE
    r record;
BEGIN
    EXECUTE ddl;
    PERFORM gradual.complete(of);
    LOOP
        COMMIT;
        SELECT * INTO r FROM gradual.ledger WHERE name = of;
        EXIT WHEN r.status IN ('ready', 'failed', 'completed');
    END LOOP;
    RAISE NOTICE '%', r.error;
    EXECUTE back;
    PERFORM gradual.start(of) WHERE r.status = 'failed';
    LOOP
        COMMIT;
        EXIT WHEN (SELECT status IN ('ready', 'failed', 'completed') FROM gradual.ledger WHERE name = of);
    END LOOP;
END
$$;

SELECT gradual.start('n');
CALL gradual.wait('n');
CALL stops('n', 'CREATE INDEX a ON customer (word) WHERE n > 1', 'DROP INDEX a');
CALL stops('n', 'CREATE UNIQUE INDEX b ON customer (n); CREATE TABLE leaflet (n int REFERENCES customer (n))',
    'DROP TABLE leaflet; DROP INDEX b');
CALL stops('n', 'ALTER TABLE customer ADD CONSTRAINT c CHECK (n > 0) NOT VALID', 'ALTER TABLE customer DROP CONSTRAINT c');
CALL stops('n', 'CREATE STATISTICS d ON n, word FROM customer', 'DROP STATISTICS d');
CALL stops('n', 'CREATE VIEW e AS SELECT n FROM customer', 'DROP VIEW e');
CALL stops('n', 'ALTER TABLE customer ADD twice int GENERATED ALWAYS AS (n * 2) STORED', 'ALTER TABLE customer DROP twice');
CALL stops('n', 'CREATE TRIGGER f AFTER UPDATE OF n ON customer EXECUTE FUNCTION suppress_redundant_updates_trigger()',
    'DROP TRIGGER f ON customer');
CALL stops('n', 'CREATE SEQUENCE g OWNED BY customer.n', 'DROP SEQUENCE g');
CALL stops('n', 'ALTER TABLE customer ALTER n SET DEFAULT 7', 'ALTER TABLE customer ALTER n DROP DEFAULT');
CALL stops('n', 'ALTER TABLE customer ALTER n SET NOT NULL', 'ALTER TABLE customer ALTER n DROP NOT NULL');
CALL stops('n', 'ALTER TABLE customer ALTER n SET STATISTICS 50', 'ALTER TABLE customer ALTER n SET STATISTICS -1');
CALL stops('n', 'CREATE TABLE child () INHERITS (customer); INSERT INTO child VALUES (4, 4, $_$w$_$)',
    'ALTER TABLE child NO INHERIT customer');
CALL stops('n', 'DROP INDEX customer_n', 'CREATE INDEX customer_n ON customer (n)');
CALL stops('n', 'ALTER TABLE customer DROP CONSTRAINT positive', 'ALTER TABLE customer ADD CONSTRAINT positive CHECK (n > 0)');
CALL stops('n', 'ALTER TABLE customer DROP CONSTRAINT within', 'ALTER TABLE customer ADD CONSTRAINT within FOREIGN KEY (n) REFERENCES region');

-- what it does not mind: other columns, and what goes over
CREATE INDEX other ON customer (word);
ALTER TABLE customer ALTER word SET DEFAULT 'none';
COMMENT ON COLUMN customer.n IS 'counted';
SELECT gradual.complete('n');
CALL gradual.wait('n');
\d customer
SELECT col_description('customer'::regclass, attnum) FROM pg_attribute WHERE attrelid = 'customer'::regclass AND attname = 'n';

-- a key with its foreign key
SELECT gradual.define('keys', 'ALTER TABLE customer ALTER id TYPE bigint; ALTER TABLE purchase ALTER customer TYPE bigint');
SELECT gradual.start('keys');
CALL gradual.wait('keys');
CALL stops('keys', 'ALTER TABLE purchase ADD FOREIGN KEY (customer) REFERENCES customer', 'SELECT 1');
SELECT gradual.rollback('keys');
CALL gradual.wait('keys');
SELECT gradual.start('keys', auto_complete => true);
CALL gradual.wait('keys');
\d purchase

-- a partition's own
CREATE TABLE event (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE event_1 PARTITION OF event FOR VALUES FROM (0) TO (10);
INSERT INTO event VALUES (1, 1);
SELECT gradual.define('parts', 'ALTER TABLE event ALTER n TYPE bigint');
SELECT gradual.start('parts');
CALL gradual.wait('parts');
CREATE TABLE event_2 PARTITION OF event FOR VALUES FROM (10) TO (20);
CALL stops('parts', 'CREATE INDEX event_1_n ON event_1 (n)', 'DROP INDEX event_1_n');
CALL stops('parts', 'ALTER TABLE event_1 ALTER n SET DEFAULT 9, ALTER n SET NOT NULL, ALTER n SET STATISTICS 33',
    'ALTER TABLE event_1 ALTER n DROP DEFAULT, ALTER n DROP NOT NULL, ALTER n SET STATISTICS -1');
SELECT gradual.complete('parts');
CALL gradual.wait('parts');
\d event_1

SELECT gradual.forget(name) FROM gradual.ledger;
DROP TABLE purchase, child, customer, event;
DROP PROCEDURE stops;
