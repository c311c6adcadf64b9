-- A renamed column on UPDATE, both names live: the column that changed, by
-- image, decides; what did not change is left alone.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

CREATE TABLE t (id int PRIMARY KEY, a text, note text);
INSERT INTO t SELECT n, 'a' || n FROM generate_series(1, 20) n;
ALTER TABLE t ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');

-- rows that are not filled yet: any write fills them
UPDATE t SET note = 'neither' WHERE id = 1;
UPDATE t SET a = 'old' WHERE id = 2;
UPDATE t SET b = 'new' WHERE id = 3;
UPDATE t SET a = a WHERE id = 4;
UPDATE t SET b = NULL WHERE id = 5;
UPDATE t SET a = NULL WHERE id = 6;
UPDATE t SET a = 'old', b = 'new wins' WHERE id = 7;
TABLE t ORDER BY id LIMIT 8;

-- filled rows
UPDATE t SET b = a WHERE b IS NULL;
UPDATE t SET a = 'old' WHERE id = 11;
UPDATE t SET b = 'new' WHERE id = 12;
UPDATE t SET a = 'both', b = 'both' WHERE id = 13;
UPDATE t SET a = 'old', b = 'new wins' WHERE id = 14;
UPDATE t SET note = 'neither' WHERE id = 15;
UPDATE t SET a = NULL WHERE id = 16;
UPDATE t SET b = NULL WHERE id = 17;
-- an ORM that writes every column it knows
UPDATE t SET a = 'old', b = b WHERE id = 18;
UPDATE t SET a = a, b = 'new' WHERE id = 19;
UPDATE t SET b = b || '!' WHERE id = 20;
SELECT * FROM t WHERE id > 10 ORDER BY id;

-- upserts by either name, and MERGE
DELETE FROM t;
CREATE UNIQUE INDEX t_a ON t (a);
CREATE UNIQUE INDEX t_b ON t (b);
INSERT INTO t (id, a) VALUES (21, 'x') ON CONFLICT (a) DO UPDATE SET note = 'again';
INSERT INTO t (id, a) VALUES (22, 'x') ON CONFLICT (a) DO UPDATE SET note = 'again', a = EXCLUDED.a || '2';
INSERT INTO t (id, b) VALUES (23, 'x2') ON CONFLICT (b) DO UPDATE SET b = EXCLUDED.b || '3';
INSERT INTO t (id, b) VALUES (24, 'x23') ON CONFLICT (b) DO NOTHING;
INSERT INTO t (id, b) VALUES (25, 'x23') ON CONFLICT (a) DO NOTHING;
MERGE INTO t USING (VALUES ('x23', 26), ('y', 27)) AS new (b, id) ON t.b = new.b
    WHEN MATCHED THEN UPDATE SET b = 'merged'
    WHEN NOT MATCHED THEN INSERT (id, b) VALUES (new.id, new.b);
TABLE t ORDER BY id;
INSERT INTO t (id, b) VALUES (28, 'y');

-- by image: json has no "=", and 1.0 equals 1.00
CREATE TABLE images (id int, a json, a2 numeric);
INSERT INTO images SELECT n, '{"x": 1}', 1.0 FROM generate_series(1, 4) n;
ALTER TABLE images ADD COLUMN b json, ADD COLUMN b2 numeric;
UPDATE images SET b = a, b2 = a2;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON images FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair', 'b2', 'a2', '', 'pair');
UPDATE images SET a = '{"x":1}', b2 = 1.00 WHERE id = 1;
UPDATE images SET b = '{"x":1}', a2 = 1.00 WHERE id = 2;
UPDATE images SET b = a, b2 = a2 WHERE id = 3;
TABLE images ORDER BY id;
DROP TABLE images;

-- what hangs on the old column sees what comes by the new name
CREATE TABLE parents (p int PRIMARY KEY);
CREATE TABLE children (id int, a int REFERENCES parents ON UPDATE CASCADE ON DELETE SET NULL,
    twice int GENERATED ALWAYS AS (a * 2) STORED, CHECK (a < 100));
INSERT INTO parents VALUES (1), (2), (3);
INSERT INTO children VALUES (1, 1), (2, 2), (3, 3);
ALTER TABLE children ADD COLUMN b int;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON children FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');
UPDATE children SET b = 2 WHERE id = 3;
UPDATE children SET b = 4 WHERE id = 3;
UPDATE children SET b = 200 WHERE id = 3;
INSERT INTO children (id, b) VALUES (4, 7);
UPDATE parents SET p = 20 WHERE p = 2;
DELETE FROM parents WHERE p = 1;
TABLE children ORDER BY id;
-- and what hangs on a key that is updated by its new name
ALTER TABLE parents ADD COLUMN q int;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON parents FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('q', 'p', '', 'pair');
UPDATE parents SET q = 21 WHERE p = 20;
TABLE parents ORDER BY p;
TABLE children ORDER BY id;
DROP TABLE children, parents;

-- users' triggers: they see the old name only, whoever writes
CREATE FUNCTION write_lower() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.a := lower(NEW.a);
    NEW.seen := coalesce(NEW.seen || ' ', '') || TG_NAME || '=' || NEW.a;
    RETURN NEW;
END $$;
CREATE TABLE watched (id int, a text, seen text);
INSERT INTO watched SELECT n, 'a' || n FROM generate_series(1, 3) n;
ALTER TABLE watched ADD COLUMN b text;
CREATE TRIGGER "!_gradual_1" BEFORE INSERT OR UPDATE ON watched FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'first');
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON watched FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'last');
CREATE TRIGGER "A" BEFORE INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION write_lower();
CREATE TRIGGER "_" BEFORE INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION write_lower();
CREATE TRIGGER a BEFORE INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION write_lower();
CREATE TRIGGER "~" BEFORE INSERT OR UPDATE ON watched FOR EACH ROW EXECUTE FUNCTION write_lower();
UPDATE watched SET id = id WHERE id = 1;
UPDATE watched SET b = 'NEW' WHERE id = 2;
UPDATE watched SET a = 'OLD' WHERE id = 3;
INSERT INTO watched (id, a) VALUES (4, 'OLD');
INSERT INTO watched (id, b) VALUES (5, 'NEW');
TABLE watched ORDER BY id;
DROP TABLE watched;
DROP FUNCTION write_lower;

-- rows that move between partitions, filled or not
CREATE TABLE moving (k int, a text, id int) PARTITION BY LIST (k);
CREATE TABLE moving_1 PARTITION OF moving FOR VALUES IN (1);
CREATE TABLE moving_2 (gone int, id int, a text, k int);
ALTER TABLE moving_2 DROP COLUMN gone;
ALTER TABLE moving ATTACH PARTITION moving_2 FOR VALUES IN (2);
INSERT INTO moving SELECT 1, 'a' || n, n FROM generate_series(1, 4) n;
ALTER TABLE moving ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON moving FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');
UPDATE moving SET k = 2 WHERE id = 1;
UPDATE moving SET k = 2, b = 'new' WHERE id = 2;
UPDATE moving SET k = 2, a = 'old' WHERE id = 3;
UPDATE moving SET k = 1, b = 'back' WHERE id = 1;
TABLE moving ORDER BY id;
DROP TABLE moving;

-- the old column is gone or has another type: nothing is synced, nobody fails
CREATE TABLE broken (id int, a text, b int);
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON broken FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');
INSERT INTO broken (id, b) VALUES (1, 1) RETURNING *;
ALTER TABLE broken DROP COLUMN a;
INSERT INTO broken (id, b) VALUES (2, 2) RETURNING *;
DROP TABLE broken;
DROP TABLE t;
