-- A column of a table without rows that the script fills is filled as well in the rows
-- that the application adds before complete: the table may be a queue.
SET gradual.direct_pages = 1000;
CREATE TABLE queue (id int PRIMARY KEY, org int);
SELECT gradual.define('m', $$
    ALTER TABLE queue ADD COLUMN tenant int, ADD COLUMN kind text NOT NULL;
    UPDATE queue SET tenant = org, kind = 'k' || org;
    ALTER TABLE queue ALTER tenant SET NOT NULL
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger WHERE name = 'm';
INSERT INTO queue (id, org) VALUES (1, 7);
TABLE queue;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
INSERT INTO queue (id, org) VALUES (2, 8);
CALL gradual.run('m');
TABLE queue;
SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'queue'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY 1;
