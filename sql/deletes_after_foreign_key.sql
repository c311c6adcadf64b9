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
DROP TABLE cats, dogs, owners;
