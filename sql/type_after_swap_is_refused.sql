-- A change of type that needs a second column is refused where the swap has to come
-- first.

-- the column would stay behind with a partition that the script takes away before
CREATE TABLE logs (id int, d int, memo text) PARTITION BY RANGE (d);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (20);
INSERT INTO logs SELECT g, g, g FROM generate_series(0, 19) g;
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs DETACH PARTITION logs_1; ALTER TABLE logs ALTER COLUMN id TYPE bigint');
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs DETACH PARTITION logs_1; ALTER TABLE logs RENAME COLUMN memo TO m2');
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs ALTER COLUMN id TYPE bigint; ALTER TABLE logs DETACH PARTITION logs_1');

-- a table that is made in the swap, in the place of another, refers to the column
CREATE TABLE owner_of (id int PRIMARY KEY);
CREATE TABLE spare (id int PRIMARY KEY);
INSERT INTO owner_of VALUES (1);
INSERT INTO spare VALUES (1);
SELECT step, phase, action FROM gradual.explain('DROP TABLE spare; CREATE TABLE spare (id int, o int REFERENCES owner_of); ALTER TABLE owner_of ALTER COLUMN id TYPE bigint');

-- a view is exchanged, and filled from the table after complete; what it does not
-- need is not named
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users VALUES (1, '1');
CREATE MATERIALIZED VIEW names AS SELECT name FROM users;
SELECT step, phase, action FROM gradual.explain('CREATE INDEX ON spare (id); DROP MATERIALIZED VIEW names; CREATE MATERIALIZED VIEW names AS SELECT id FROM users; ALTER TABLE users ALTER name TYPE int USING name::int');
DROP TABLE logs, owner_of, spare, users CASCADE;
