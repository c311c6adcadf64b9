-- A rollback takes from a partition what attaching gave it (foreign keys, primary
-- key, indexes, triggers), and nothing that it had before or was given since;
-- also where a key refers to a table that the script itself creates.  An index
-- stays on which an older one of a partition of its own now hangs.
CREATE TABLE person (id int PRIMARY KEY);
CREATE TABLE purchase (id int NOT NULL, person int, day int NOT NULL, PRIMARY KEY (id, day),
    CONSTRAINT "of %s" FOREIGN KEY (person) REFERENCES person) PARTITION BY RANGE (day);
CREATE INDEX ON purchase (person);
CREATE INDEX ON purchase (day);
CREATE FUNCTION noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER noticed AFTER INSERT ON purchase FOR EACH ROW EXECUTE FUNCTION noticed();
-- one has nothing, the other all of it, under names of its own
CREATE TABLE "first 100%" (day int NOT NULL, person int, id int NOT NULL CHECK (id > 0));
CREATE TABLE second (id int NOT NULL, person int, day int NOT NULL, CONSTRAINT p PRIMARY KEY (id, day),
    CONSTRAINT f FOREIGN KEY (person) REFERENCES person);
CREATE INDEX x ON second (person);
CREATE TABLE keep (a int, b int);
INSERT INTO keep VALUES (1, 1);
-- one is partitioned itself, and its own partition has an index
CREATE TABLE third (id int NOT NULL, person int, day int NOT NULL) PARTITION BY RANGE (day);
CREATE TABLE third_1 PARTITION OF third FOR VALUES FROM (20) TO (30);
CREATE INDEX y ON third_1 (day);

CREATE VIEW shape AS
    SELECT conrelid::regclass::text AS "table", conname::text AS name, pg_get_constraintdef(oid) AS is
    FROM pg_constraint WHERE conrelid IN ('"first 100%"'::regclass, 'second'::regclass, 'third'::regclass, 'third_1'::regclass) AND contype <> 'n'
    UNION ALL
    SELECT indrelid::regclass::text, indexrelid::regclass::text, pg_get_indexdef(indexrelid)
    FROM pg_index WHERE indrelid IN ('"first 100%"'::regclass, 'second'::regclass, 'third'::regclass, 'third_1'::regclass)
    UNION ALL
    SELECT tgrelid::regclass::text, tgname, pg_get_triggerdef(oid)
    FROM pg_trigger WHERE tgrelid IN ('"first 100%"'::regclass, 'second'::regclass, 'third'::regclass, 'third_1'::regclass) AND NOT tgisinternal;
CREATE TABLE before AS TABLE shape;
SELECT * FROM before ORDER BY 1, 2;

SELECT gradual.define('m', $$
    ALTER TABLE purchase ATTACH PARTITION "first 100%" FOR VALUES FROM (1) TO (10);
    ALTER TABLE purchase ATTACH PARTITION second FOR VALUES FROM (10) TO (20);
    ALTER TABLE purchase ATTACH PARTITION third FOR VALUES FROM (20) TO (30);
    ALTER TABLE keep DROP COLUMN b;
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT count(*) > (SELECT count(*) FROM before) AS has_more FROM shape;
CREATE INDEX by_hand ON "first 100%" (id);
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE shape EXCEPT TABLE before;
TABLE before EXCEPT TABLE shape;
DROP INDEX by_hand;

-- again, and to the end
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT relid FROM pg_partition_tree('purchase') ORDER BY relid::text;

-- A key on a table of the script stands in the way of nothing
CREATE TABLE call (person int, day int NOT NULL);
SELECT gradual.define('calls', $$
    CREATE TABLE people (id int PRIMARY KEY);
    CREATE TABLE calls (person int REFERENCES people, day int NOT NULL) PARTITION BY RANGE (day);
    ALTER TABLE calls ATTACH PARTITION call FOR VALUES FROM (1) TO (10);
    ALTER TABLE keep DROP COLUMN a;
$$);
SELECT gradual.start('calls');
CALL gradual.wait('calls');
INSERT INTO people VALUES (1);
INSERT INTO call VALUES (1, 1);
SELECT gradual.rollback('calls');
CALL gradual.wait('calls');
SELECT status FROM gradual.ledger WHERE name = 'calls';
TABLE call;
SELECT conname FROM pg_constraint WHERE conrelid = 'call'::regclass AND contype <> 'n';
