-- A foreign key to a table that a later statement of the script copies is added after
-- that: no write of the application fails because its row is not there yet.
CREATE TABLE person (id int PRIMARY KEY, name text);
INSERT INTO person SELECT i, 'name ' || i FROM generate_series(1, 100) i;
CREATE TABLE purchase (id int PRIMARY KEY, buyer int);
INSERT INTO purchase SELECT i, i FROM generate_series(1, 200) i;
ANALYZE person, purchase;

SELECT gradual.define('copy', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    ALTER TABLE purchase ADD FOREIGN KEY (buyer) REFERENCES people NOT VALID;
    INSERT INTO people SELECT id, name FROM person;
$$);
SELECT step, phase, action, note FROM gradual.plan('copy') WHERE phase <= 'verify' AND target <> 'public.person';
SELECT gradual_test.hold('before-batch');
SELECT gradual.start('copy');
SELECT gradual_test.await('before-batch');
SELECT count(*) FROM people;
INSERT INTO purchase VALUES (1001, 1);
SELECT gradual_test.release('before-batch');
CALL gradual.wait('copy');
INSERT INTO purchase VALUES (1002, 2);
-- Not in the copy, and not in the application's table either
INSERT INTO purchase VALUES (1003, 1000);
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'purchase'::regclass AND contype = 'f';
