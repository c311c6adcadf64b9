-- Claim: a signal beyond its limit holds a backfill back before its next batch,
-- and the activity says which one, with value and limit; a limit that no signal
-- can be beyond does not; text that is no range of hours or no list is refused.

CREATE ROLE regress_throttled LOGIN;
CREATE TABLE "T one" (id int PRIMARY KEY, n int NOT NULL) PARTITION BY RANGE (id);
CREATE TABLE "T two" PARTITION OF "T one" FOR VALUES FROM (0) TO (50);
CREATE TABLE "T three" PARTITION OF "T one" DEFAULT;
INSERT INTO "T one" SELECT g, 0 FROM generate_series(1, 100) g;
ALTER TABLE "T one" OWNER TO regress_throttled;
ALTER TABLE "T two" OWNER TO regress_throttled;
ALTER TABLE "T three" OWNER TO regress_throttled;

-- an index on another disk, as far as anybody can tell
SET allow_in_place_tablespaces = on;
CREATE TABLESPACE "regress throttled" LOCATION '';
CREATE INDEX ON "T three" (n) TABLESPACE "regress throttled";

-- what is refused when it is set
SET gradual.allowed_hours = '22-6';
SET gradual.allowed_hours = '22:00-24:01';
SET gradual.allowed_hours = '22:00-06:60';
SET gradual.allowed_hours = '22:00-22:00';
SET gradual.allowed_hours = '22:00-06:00,';
SET gradual.allowed_hours = '22:00-06:00 12:00-13:00';
SET gradual.throttle_standbys = 'a,,b';
\set VERBOSITY sqlstate
SET gradual.max_slot_wal = '-1';
\set VERBOSITY default
SET gradual.max_replica_lag = '1 parsec';
SHOW gradual.allowed_hours;

-- and what is not; a plain number is bytes, or milliseconds
SET gradual.allowed_hours = ' 22:00 - 6:00 ,12:30-13:15, 0:00-24:00';
SET gradual.throttle_standbys = 's1, "S 2"';
SET gradual.max_slot_wal = 1048576;
SET gradual.max_wal_rate = '100 GB';
SET gradual.max_replica_lag = 1500;
SELECT name, current_setting(name) FROM pg_settings
WHERE name IN ('gradual.max_slot_wal', 'gradual.max_wal_rate', 'gradual.max_replica_lag');
RESET ALL;

-- What a worker rests for before its first batch, without what differs from one
-- time to the next
CREATE PROCEDURE rests_for(name text, call text) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM gradual_test.hold('at-rest');
    EXECUTE format('SELECT gradual.%I(%L)', call, name);
    COMMIT;
    PERFORM gradual_test.await('at-rest');
    RAISE NOTICE '%', regexp_replace(regexp_replace(gradual_test.activity(name),
                                     '\d\d:\d\d', '(time)', 'g'),
                                     '\d+ (kB|MB|GB|TB)', '(size)');
    PERFORM gradual_test.release('at-rest');
    PERFORM gradual.pause(name);
    COMMIT;
END $$;

SET ROLE regress_throttled;
SELECT gradual.define('m', 'UPDATE "T one" SET n = n + 1', batch_size => 10);
RESET ROLE;

-- in an hour and until a quarter past, where the owner is
ALTER ROLE regress_throttled SET timezone = 'Asia/Kolkata';
SET timezone = 'Asia/Kolkata';
SELECT to_char(now() + interval '1 h', 'HH24:MI-') || to_char(now() + interval '75 min', 'HH24:MI') AS later,
       to_char(now() - interval '1 h', 'HH24:MI-') || to_char(now() + interval '1 h', 'HH24:MI') AS now \gset
RESET timezone;
ALTER ROLE regress_throttled SET gradual.allowed_hours = :'later';
CALL rests_for('m', 'start');
ALTER ROLE regress_throttled RESET gradual.allowed_hours;

ALTER ROLE regress_throttled SET gradual.min_free_disk = '900 TB';
CALL rests_for('m', 'resume');
ALTER ROLE regress_throttled RESET gradual.min_free_disk;

-- a slot keeps WAL from here on
SELECT slot_name FROM pg_create_physical_replication_slot('regress_throttled', true);
CREATE TABLE filler AS SELECT g FROM generate_series(1, 1000) g;
ALTER ROLE regress_throttled SET gradual.max_slot_wal = '1kB';
CALL rests_for('m', 'resume');
SELECT pg_drop_replication_slot('regress_throttled');

-- nothing was done under any of them
SELECT sum(n) FROM "T one";

-- all of them set, and none beyond
ALTER ROLE regress_throttled SET gradual.allowed_hours = :'now';
ALTER ROLE regress_throttled SET gradual.min_free_disk = '1 kB';
ALTER ROLE regress_throttled SET gradual.max_slot_wal = '900 TB';
ALTER ROLE regress_throttled SET gradual.max_wal_rate = '900 TB';
ALTER ROLE regress_throttled SET gradual.max_replica_lag = '1 ms';
ALTER ROLE regress_throttled SET gradual.max_replica_lag_bytes = 1;
SELECT gradual.resume('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT sum(n) FROM "T one";

-- a standby that is named and is not there is one that cannot be read
SET ROLE regress_throttled;
SELECT gradual.define('n', 'UPDATE "T one" SET n = n + 1', batch_size => 10);
RESET ROLE;
ALTER ROLE regress_throttled SET gradual.throttle_standbys = 'nobody';
CALL rests_for('n', 'start');

-- without a limit of lag it does not matter
ALTER ROLE regress_throttled SET gradual.max_replica_lag = 0;
ALTER ROLE regress_throttled SET gradual.max_replica_lag_bytes = 0;
SELECT gradual.resume('n');
CALL gradual.wait('n');
SELECT status, processed FROM gradual.ledger WHERE name = 'n';
DROP TABLE "T one";
DROP TABLESPACE "regress throttled";
SELECT gradual.forget(name) FROM gradual.ledger;
DROP ROLE regress_throttled;
