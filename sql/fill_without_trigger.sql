--
-- A fill misses no row though somebody has disabled the sync trigger for a
-- while: what was written without it looks filled, so from then on rows are
-- looked at, not the length of their tuples.
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

CREATE TABLE customer (id int PRIMARY KEY, email text) PARTITION BY RANGE (id);
CREATE TABLE customer_1 PARTITION OF customer FOR VALUES FROM (1) TO (51);
CREATE TABLE customer_2 PARTITION OF customer FOR VALUES FROM (51) TO (101);
INSERT INTO customer SELECT g, format('u%s@x', g) FROM generate_series(1, 100) g;

SELECT gradual.define('trigger_disabled', $$
    ALTER TABLE customer ADD COLUMN nick text;
    UPDATE customer SET nick = split_part(email, '@', 1) WHERE nick IS NULL;
$$, batch_size => 40);
SELECT processed FROM gradual.run_batch('trigger_disabled');
SELECT processed FROM gradual.run_batch('trigger_disabled');

BEGIN;
ALTER TABLE customer_2 DISABLE TRIGGER USER;
UPDATE customer SET email = format('v%s@x', id) WHERE id > 80;
COMMIT;
SELECT * FROM drive('trigger_disabled');

SELECT count(*), count(nick), count(*) FILTER (WHERE nick = split_part(email, '@', 1)) AS right
FROM customer;
SELECT detail FROM gradual.event WHERE name = 'trigger_disabled' AND event = 'note';
SELECT gradual.complete('trigger_disabled');
SELECT * FROM drive('trigger_disabled');
SELECT gradual.forget('trigger_disabled');
DROP TABLE customer;
DROP FUNCTION drive;

-- Several workers leave the ranges in which they are; all is looked at afterwards.
CREATE TABLE wide (id int PRIMARY KEY, a int NOT NULL, filler text NOT NULL);
ALTER TABLE wide ALTER filler SET STORAGE plain;
INSERT INTO wide SELECT g, g, repeat('x', 3500) FROM generate_series(1, 2200) g;
SELECT gradual.define('shared', 'ALTER TABLE wide ADD COLUMN b int; UPDATE wide SET b = -a', batch_size => 100, workers => 2);
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.start('shared');
SELECT gradual_test.await('before-batch-commit', 2);
SELECT gradual_test.hold('before-batch');
SELECT gradual_test.release('before-batch-commit');
SELECT gradual_test.await('before-batch', 2);
BEGIN;
ALTER TABLE wide DISABLE TRIGGER USER;
UPDATE wide SET a = -id WHERE b IS NULL AND id % 100 = 0;
INSERT INTO wide VALUES (0, 7, 'x');
COMMIT;
SELECT gradual_test.release('before-batch');
CALL gradual.wait('shared');
SELECT count(*), count(*) FILTER (WHERE b = -a) AS right, bool_or(a < 0) AS changed FROM wide;
SELECT DISTINCT detail FROM gradual.event WHERE name = 'shared' AND event = 'note';
SELECT gradual.rollback('shared');
CALL gradual.wait('shared');
SELECT gradual.forget('shared');
DROP TABLE wide;
