-- A rollback that was broken off when the index of the whole was gone, and those that
-- partitions had were there under other names: the migration can go on all the same.
CREATE TABLE whole (id int NOT NULL, day int NOT NULL, n int) PARTITION BY LIST (day);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
INSERT INTO whole SELECT g, 1, g FROM generate_series(1, 30) g;
CREATE INDEX part_n ON part (n);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
SELECT gradual.define('to_and_fro', $$
    CREATE INDEX whole_n ON whole (n);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('to_and_fro');
CALL gradual.wait('to_and_fro');
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not now'; END $$;
CREATE EVENT TRIGGER refuse ON ddl_command_start WHEN TAG IN ('ALTER INDEX') EXECUTE FUNCTION refuse();
SELECT gradual.rollback('to_and_fro');
CALL gradual.wait('to_and_fro');
DROP EVENT TRIGGER refuse;
UPDATE bad SET n = 1;
SELECT gradual.start('to_and_fro');
CALL gradual.wait('to_and_fro');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid IN ('whole'::regclass, 'part'::regclass) ORDER BY 1;
SELECT gradual.rollback('to_and_fro');
CALL gradual.wait('to_and_fro');
SELECT indexrelid::regclass, indisvalid FROM pg_index WHERE indrelid IN ('whole'::regclass, 'part'::regclass);
SELECT gradual.forget('to_and_fro');
DROP FUNCTION refuse;
DROP TABLE whole, bad;
