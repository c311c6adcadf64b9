-- RENAME COLUMN of a partitioned table: both names are live in every partition,
-- also in one with other column numbers and in one that is attached meanwhile.

CREATE SCHEMA online;
SET search_path = online;
CREATE TABLE events (day int, id int, mail text, PRIMARY KEY (day, id)) PARTITION BY RANGE (day);
CREATE INDEX events_mail ON events (mail);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2);
CREATE TABLE events_2 (gone int, mail text, id int NOT NULL, day int NOT NULL);
ALTER TABLE events_2 DROP COLUMN gone;
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (2) TO (3);
CREATE UNIQUE INDEX events_1_mail ON events_1 (mail);
CREATE FUNCTION lower_mail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.mail := lower(NEW.mail);
    RETURN NEW;
END $$;
CREATE TRIGGER lower_it BEFORE INSERT OR UPDATE OF mail ON events FOR EACH ROW EXECUTE FUNCTION lower_mail();
INSERT INTO events SELECT 1 + n % 2, n, 'user' || n FROM generate_series(1, 200) n;
CREATE TEMP TABLE before AS SELECT gradual_test.shape('online') AS shape;

SELECT gradual.define('rename', 'ALTER TABLE events RENAME id TO "event id"; ALTER TABLE events RENAME mail TO address');
SELECT step, phase, statement, action, reversible FROM gradual.plan('rename');
SELECT gradual.start('rename');
CALL gradual.wait('rename');
SELECT count(*), count(*) FILTER (WHERE mail = address AND id = "event id") AS same FROM events;
SELECT c.relname, regexp_replace(pg_get_indexdef(i.indexrelid), '_gradual_\d+', '_gradual_N', 'g') AS index
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relname LIKE 'events%' AND indisvalid ORDER BY 1, 2;

CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (3) TO (4);
INSERT INTO events (day, id, mail) VALUES (1, 1001, 'OLD'), (2, 1002, 'OLD'), (3, 1003, 'OLD');
INSERT INTO events (day, "event id", address) VALUES (1, 2001, 'NEW'), (2, 2002, 'NEW'), (3, 2003, 'New');
INSERT INTO events_2 (day, "event id", address) VALUES (2, 3002, 'NEW');
UPDATE events SET day = 3, address = 'MOVED' WHERE id = 1;
UPDATE events SET day = 3, id = 22 WHERE "event id" = 2;
UPDATE events SET day = 1 WHERE id = 1003;
INSERT INTO events (day, "event id") VALUES (1, 1001) ON CONFLICT (day, "event id") DO UPDATE SET address = 'Upsert';
SELECT tableoid::regclass, * FROM events WHERE id > 1000 OR day = 3 ORDER BY id;

SELECT gradual.rollback('rename');
CALL gradual.wait('rename');
DROP TABLE events_3;
SELECT gradual_test.shape('online') EXCEPT SELECT shape FROM before;
SELECT shape FROM before EXCEPT SELECT gradual_test.shape('online');

CALL gradual.run('rename');
SELECT * FROM events WHERE "event id" > 1000 ORDER BY 2;
-- the function still names mail, as with a plain rename
INSERT INTO events VALUES (1, 5000, 'TRIGGER') RETURNING *;
CREATE TEMP TABLE migrated AS SELECT gradual_test.shape('online') AS shape;
BEGIN;
ALTER TABLE events RENAME "event id" TO id;
ALTER TABLE events RENAME address TO mail;
SELECT gradual_test.shape('online') EXCEPT SELECT shape FROM before;
SELECT shape FROM before EXCEPT SELECT gradual_test.shape('online');
ROLLBACK;
SET client_min_messages = warning;
DROP SCHEMA online CASCADE;
