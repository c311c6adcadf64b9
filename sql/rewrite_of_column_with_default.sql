-- Claim: where a table is rewritten while a column with a default is filled, rows
-- that have the default are not taken for filled ones, whatever has become of that
-- default, and whether or not its type can be compared.
CREATE TABLE item (id int, pad text DEFAULT repeat('x', 200));
INSERT INTO item SELECT n FROM generate_series(1, 300) n;
CREATE TABLE parted (id int, pad text DEFAULT repeat('x', 200)) PARTITION BY HASH (id);
CREATE TABLE part_0 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE part_1 PARTITION OF parted FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parted SELECT n FROM generate_series(1, 300) n;

SET timezone = 'UTC';
SELECT gradual.define('number', $$
    ALTER TABLE item ADD COLUMN c int DEFAULT 5;
    UPDATE item SET c = id * 2;
    ALTER TABLE item ALTER COLUMN c SET DEFAULT 6;
$$, batch_size => 10);
SELECT gradual.define('time', $$
    ALTER TABLE parted ADD COLUMN at timestamptz NOT NULL DEFAULT now(), ADD COLUMN "J" json DEFAULT '{"a": "''b''"}';
    UPDATE parted SET at = '2026-01-01'::timestamptz + id * interval '1 day', "J" = to_json(id);
$$, batch_size => 10);
SET gradual.nice = 100;
SELECT gradual.start('number'), gradual.start('time');
CALL gradual_test.await_true($$ bool_and(processed > 0) FROM gradual.ledger $$);
SELECT gradual.pause('number'), gradual.pause('time');
CALL gradual_test.await_true($$ bool_and(worker = '{}') FROM gradual.ledger $$);

-- what the application writes meanwhile stays
UPDATE item SET c = -1 WHERE id = 299;
VACUUM FULL item, part_0, part_1;
SET timezone = 'Asia/Tokyo';
SELECT gradual.resume('number'), gradual.resume('time');
SELECT gradual.alter('number', nice => 0), gradual.alter('time', nice => 0);
CALL gradual.wait('number');
CALL gradual.wait('time');

SELECT id, c FROM item WHERE c IS DISTINCT FROM id * 2 ORDER BY id;
SELECT count(*) FROM parted WHERE "J"::text <> id::text OR at <> '2026-01-01 00:00+00'::timestamptz + id * interval '24 hours';
SELECT name, detail FROM gradual.event WHERE event = 'note' ORDER BY name, detail;

DROP TABLE item, parted;
