-- Constraints that bear the names of the columns that get another type, and of
-- their neighbours: what is made beside them keeps out of each other's way.
CREATE TABLE kinds (code int CONSTRAINT code PRIMARY KEY);
CREATE TABLE items (
    id int NOT NULL CONSTRAINT id UNIQUE,
    amount int NOT NULL CONSTRAINT amount CHECK (amount > 0),
    "Kind" int NOT NULL CONSTRAINT "Kind" REFERENCES kinds,
    amount_1 int NOT NULL CONSTRAINT amount_2 CHECK (amount_1 > 0),
    rank int NOT NULL);
CREATE INDEX rank ON items (rank);
INSERT INTO kinds SELECT generate_series(1, 5);
INSERT INTO items SELECT n, n, n, n, n FROM generate_series(1, 5) n;
CREATE VIEW shape AS
SELECT conrelid::regclass::text AS "table", conname::text AS name, pg_get_constraintdef(oid) AS definition, convalidated AS valid
FROM pg_constraint WHERE conrelid IN ('items'::regclass, 'kinds'::regclass) AND contype <> 'n'
UNION ALL SELECT tablename, indexname, indexdef, true FROM pg_indexes WHERE tablename IN ('items', 'kinds')
UNION ALL SELECT attrelid::regclass::text, attname, format_type(atttypid, atttypmod), attnotnull
FROM pg_attribute WHERE attrelid IN ('items'::regclass, 'kinds'::regclass) AND attnum > 0 AND NOT attisdropped;
CREATE TABLE before AS TABLE shape;

SELECT gradual.define('m', $$
    ALTER TABLE items ALTER id TYPE bigint, ALTER amount TYPE bigint, ALTER "Kind" TYPE bigint,
        ALTER amount_1 TYPE bigint, ALTER rank TYPE bigint;
    ALTER TABLE kinds ALTER code TYPE bigint;
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
(TABLE shape EXCEPT TABLE before) UNION ALL (TABLE before EXCEPT TABLE shape);

SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
SELECT * FROM shape ORDER BY "table" COLLATE "C", name COLLATE "C", definition COLLATE "C";

DROP VIEW shape;
DROP TABLE items, kinds, before;
