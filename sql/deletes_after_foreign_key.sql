-- Rows to which a foreign key refers are deleted, or get another key, after the foreign
-- key is gone, if it goes before in the script: by itself, with its column or table.  Else what
-- refers to them would be deleted as well.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE owners (id int PRIMARY KEY, name text);
CREATE TABLE cats (id int PRIMARY KEY, n int, owner_id int NOT NULL CONSTRAINT cats_fk REFERENCES owners ON DELETE CASCADE ON UPDATE CASCADE);
CREATE TABLE dogs (id int PRIMARY KEY, owner_id int CONSTRAINT dogs_fk REFERENCES owners);
INSERT INTO owners SELECT i, i FROM generate_series(1, 20) i;
INSERT INTO cats SELECT i, i, i FROM generate_series(1, 20) i;
INSERT INTO dogs SELECT i, i FROM generate_series(1, 20) i;

-- the key waits for the one that takes its place
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE dogs DROP CONSTRAINT dogs_fk;
    DELETE FROM owners WHERE id = 20;
    UPDATE dogs SET owner_id = 1 WHERE owner_id = 20;
    ALTER TABLE dogs ADD CONSTRAINT dogs_owner_fk FOREIGN KEY (owner_id) REFERENCES owners
$$);
-- .. or for a backfill
SELECT phase, action FROM gradual.explain($$
    UPDATE cats SET n = 0 WHERE n = 20;
    ALTER TABLE cats DROP CONSTRAINT cats_fk;
    UPDATE owners SET id = 21 WHERE id = 20
$$);
-- a column goes in the swap; a fill takes no key away
SELECT phase, action FROM gradual.explain($$
    ALTER TABLE cats DROP COLUMN owner_id;
    ALTER TABLE owners ADD COLUMN nick text;
    UPDATE owners SET nick = name WHERE nick IS NULL
$$);

CALL gradual.run('dogs', $$
    ALTER TABLE dogs DROP CONSTRAINT dogs_fk;
    DELETE FROM owners WHERE id = 20;
    UPDATE dogs SET owner_id = 1 WHERE owner_id = 20;
    ALTER TABLE dogs ADD CONSTRAINT dogs_owner_fk FOREIGN KEY (owner_id) REFERENCES owners
$$);
CALL gradual.run('cats', $$
    UPDATE cats SET n = 0 WHERE n = 20;
    ALTER TABLE dogs DROP COLUMN owner_id;
    ALTER TABLE cats DROP COLUMN owner_id;
    DELETE FROM owners WHERE id > 5
$$);
SELECT name, status, error FROM gradual.ledger ORDER BY name;
SELECT (SELECT count(*) FROM owners) AS owners, (SELECT count(*) FROM cats) AS cats, (SELECT count(*) FROM dogs) AS dogs;
-- with its table
CREATE TABLE birds (id int PRIMARY KEY, owner_id int NOT NULL REFERENCES owners);
INSERT INTO birds SELECT i, i FROM generate_series(1, 5) i;
SELECT phase, action FROM gradual.explain($$DROP TABLE birds; DELETE FROM owners WHERE id > 2$$);
CALL gradual.run('birds', $$DROP TABLE birds; DELETE FROM owners WHERE id > 2$$);
SELECT count(*) FROM owners;
-- .. also one that is reached by the action of another
CREATE TABLE towns (id int PRIMARY KEY);
CREATE TABLE streets (id int PRIMARY KEY, town_id int REFERENCES towns ON DELETE CASCADE);
CREATE TABLE houses (id int PRIMARY KEY, street_id int REFERENCES streets ON DELETE CASCADE);
INSERT INTO towns SELECT i FROM generate_series(1, 20) i;
INSERT INTO streets SELECT i, i FROM generate_series(1, 20) i;
INSERT INTO houses SELECT i, i FROM generate_series(1, 20) i;
CALL gradual.run('towns', $$
    ALTER TABLE houses DROP COLUMN street_id;
    DELETE FROM towns WHERE id > 5
$$);
SELECT (SELECT count(*) FROM towns) AS towns, (SELECT count(*) FROM streets) AS streets, (SELECT count(*) FROM houses) AS houses;
DROP TABLE houses, streets, towns;
-- what sets no key takes none away
CREATE TABLE fish (id int PRIMARY KEY, owner_id int REFERENCES owners ON UPDATE CASCADE);
INSERT INTO fish VALUES (1, 1);
SELECT phase, action FROM gradual.explain($$DROP TABLE fish; UPDATE owners SET name = name || '.'$$);
SELECT phase, action FROM gradual.explain($$DROP TABLE fish; ALTER TABLE owners RENAME id TO no; UPDATE owners SET no = no + 1 WHERE no = 2$$);

-- .. nor does an upsert that sets none; one that does waits
ALTER TABLE owners ADD UNIQUE (name), ADD note text;
CREATE TABLE mice (id int PRIMARY KEY, owner_id int REFERENCES owners ON UPDATE CASCADE);
INSERT INTO mice VALUES (1, 1);
SELECT phase, action FROM gradual.explain($$DROP TABLE fish; INSERT INTO owners VALUES (1, '1') ON CONFLICT (id) DO UPDATE SET note = EXCLUDED.note$$);
SELECT phase, action FROM gradual.explain($$ALTER TABLE fish DROP COLUMN owner_id; INSERT INTO owners VALUES (31, '1') ON CONFLICT DO NOTHING$$);
CALL gradual.run('upsert', $$
    ALTER TABLE fish ADD COLUMN was int; UPDATE fish SET was = owner_id;
    ALTER TABLE fish DROP CONSTRAINT fish_owner_id_fkey;
    INSERT INTO owners VALUES (31, '1') ON CONFLICT (name) DO UPDATE SET id = EXCLUDED.id
$$);
SELECT fish.owner_id, mice.owner_id FROM fish, mice;
DROP TABLE mice;

-- rows of a partition are those of its table, and its table's are its own
CREATE TABLE rooms (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE rooms_1 PARTITION OF rooms FOR VALUES FROM (1) TO (11);
CREATE TABLE rooms_2 PARTITION OF rooms FOR VALUES FROM (11) TO (21);
CREATE TABLE beds (id int PRIMARY KEY, n int, room_id int CONSTRAINT beds_fk REFERENCES rooms ON DELETE CASCADE, one_id int REFERENCES rooms_1 ON DELETE CASCADE);
INSERT INTO rooms SELECT generate_series(1, 20);
INSERT INTO beds SELECT i, i, i, (i + 1) / 2 FROM generate_series(1, 20) i;
CALL gradual.run('partition', $$
    UPDATE beds SET n = 0 WHERE n = 20;
    ALTER TABLE beds DROP CONSTRAINT beds_fk;
    DELETE FROM rooms_2 WHERE id > 18
$$);
SELECT count(*) FROM beds;
CALL gradual.run('partitioned', $$
    ALTER TABLE beds DROP COLUMN one_id;
    DELETE FROM rooms WHERE id < 3
$$);
SELECT count(*) FROM beds;
DROP TABLE beds, rooms, fish, cats, dogs, owners;
