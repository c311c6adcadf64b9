-- The sync trigger on partitioned tables: it runs on the leaves, whose columns
-- may stand in another order.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

CREATE TABLE events (id int, kind text, at date) PARTITION BY RANGE (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (0) TO (100);
-- other attribute numbers, with a dropped column between
CREATE TABLE events_2 (gone1 int, at date, gone2 text, kind text, id int NOT NULL);
ALTER TABLE events_2 DROP COLUMN gone1, DROP COLUMN gone2;
ALTER TABLE events ATTACH PARTITION events_2 FOR VALUES FROM (100) TO (200);
-- and a partitioned partition
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM (200) TO (400) PARTITION BY RANGE (id);
CREATE TABLE events_3a (kind text, at date, id int NOT NULL);
ALTER TABLE events_3 ATTACH PARTITION events_3a FOR VALUES FROM (200) TO (300);
INSERT INTO events SELECT n, 'kind' || n, '2024-01-01' FROM generate_series(50, 250, 50) n;
INSERT INTO events VALUES (13, 'old');

ALTER TABLE events ADD COLUMN label text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON events FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('label', $$upper(kind)$$, '(label IS NULL)', 'fill');
ALTER TABLE events ENABLE ALWAYS TRIGGER "~_gradual_1";

-- INSERT through the root, and into a leaf
INSERT INTO events (id, kind) VALUES (1, 'a'), (101, 'b'), (201, 'c');
INSERT INTO events VALUES (2, 'a', NULL, 'given'), (102, 'b', NULL, 'given'), (202, 'c', NULL, 'given');
INSERT INTO events_2 (id, kind) VALUES (103, 'leaf');
COPY events (id, kind) FROM stdin (DELIMITER ',');
4,copied
104,copied
204,copied
\.
SELECT tableoid::regclass, id, kind, label FROM events WHERE at IS NULL AND id <> 13 ORDER BY id;

-- UPDATE of rows not filled yet, through the root and of a leaf
UPDATE events SET at = '2025-01-01' WHERE id IN (50, 100);
UPDATE events_3a SET at = '2025-01-01' WHERE id = 200;
-- assigned: stays
UPDATE events SET label = NULL, at = '2025-01-01' WHERE id IN (150, 250);
SELECT tableoid::regclass, id, kind, label FROM events WHERE at IS NOT NULL ORDER BY id;

-- rows that move: one that is not filled is filled on the way, the others keep
-- their value
ALTER TABLE events DISABLE TRIGGER "~_gradual_1";
INSERT INTO events VALUES (10, 'empty');
ALTER TABLE events ENABLE ALWAYS TRIGGER "~_gradual_1";
INSERT INTO events VALUES (11, 'filled', NULL, DEFAULT), (12, 'given', NULL, 'given');
UPDATE events SET id = id + 100 WHERE id BETWEEN 10 AND 13;
SELECT tableoid::regclass, id, kind, label FROM events WHERE id BETWEEN 110 AND 119 ORDER BY id;
UPDATE events SET id = id + 100, kind = 'moved' WHERE id BETWEEN 110 AND 113;
SELECT tableoid::regclass, id, kind, label FROM events WHERE id BETWEEN 210 AND 219 ORDER BY id;

-- upsert on a leaf with other attribute numbers
CREATE UNIQUE INDEX ON events (id);
INSERT INTO events (id, kind) VALUES (103, 'upsert') ON CONFLICT (id) DO UPDATE SET label = EXCLUDED.label;
SELECT tableoid::regclass, id, kind, label FROM events WHERE id = 103;

-- a partition that comes later has the trigger as well
CREATE TABLE events_4 (label text, id int NOT NULL, kind text, at date);
INSERT INTO events_4 VALUES ('own', 401, 'old'), (NULL, 402, 'old');
ALTER TABLE events ATTACH PARTITION events_4 FOR VALUES FROM (400) TO (500);
CREATE TABLE events_3b PARTITION OF events_3 FOR VALUES FROM (300) TO (400);
INSERT INTO events (id, kind) VALUES (403, 'new'), (301, 'new');
SELECT tableoid::regclass, id, kind, label FROM events WHERE id > 300 ORDER BY id;
SELECT tgrelid::regclass, tgenabled FROM pg_trigger WHERE tgname = '~_gradual_1' ORDER BY tgrelid::regclass::text;

-- several columns
DROP TRIGGER "~_gradual_1" ON events;
ALTER TABLE events ADD COLUMN length int;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON events FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('label', 'upper(kind)', '(label IS NULL)', 'fill',
        'length', 'length(label)', '', 'fill');
UPDATE events SET at = '2026-01-01' WHERE id IN (101, 204, 301, 402);
SELECT tableoid::regclass, id, kind, label, length FROM events WHERE at = '2026-01-01' ORDER BY id;
DROP TABLE events;

-- plain inheritance: children have triggers of their own or none
CREATE TABLE base (id int, a text);
CREATE TABLE derived (extra int) INHERITS (base);
INSERT INTO derived VALUES (1, 'x', 1), (2, 'y', 2);
ALTER TABLE base ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON derived FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'fill');
UPDATE base SET a = a WHERE id = 1;
UPDATE base SET b = NULL WHERE id = 2;
SELECT * FROM base ORDER BY id;
DROP TABLE base, derived;
