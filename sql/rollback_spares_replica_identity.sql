-- The replica identity of a partition, an index or constraint of its own that the whole
-- has taken in, is one after a rollback, and after one that was broken off.
CREATE TABLE whole (id int NOT NULL, day int NOT NULL, n int) PARTITION BY LIST (day);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE keyed PARTITION OF whole FOR VALUES IN (2);
INSERT INTO whole SELECT g, g % 2 + 1, g FROM generate_series(1, 30) g;
CREATE UNIQUE INDEX part_id ON part (id, day);
ALTER TABLE part REPLICA IDENTITY USING INDEX part_id;
ALTER TABLE keyed ADD CONSTRAINT keyed_id UNIQUE (day, id), REPLICA IDENTITY USING INDEX keyed_id;
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE VIEW identities AS SELECT indexrelid::regclass FROM pg_index WHERE indrelid IN ('part'::regclass, 'keyed'::regclass) AND indisreplident ORDER BY 1;
SELECT gradual.define('identities', $$
    CREATE UNIQUE INDEX whole_id ON whole (id, day);
    ALTER TABLE whole ADD UNIQUE (day, id);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('identities');
CALL gradual.wait('identities');
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('DROP INDEX') EXECUTE FUNCTION refuse();
SELECT gradual.rollback('identities');
CALL gradual.wait('identities');
SELECT count(*) FROM identities;
DROP EVENT TRIGGER refuse;
UPDATE bad SET n = 1;
SELECT gradual.start('identities');
CALL gradual.wait('identities');
TABLE identities;
SELECT gradual.rollback('identities');
CALL gradual.wait('identities');
TABLE identities;
SELECT indexrelid::regclass FROM pg_index WHERE indrelid IN ('part'::regclass, 'keyed'::regclass) ORDER BY 1;
SELECT gradual.forget('identities');
DROP FUNCTION refuse;
DROP VIEW identities;
DROP TABLE whole, bad;
