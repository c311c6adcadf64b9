-- A copy of a column that the script has filled before gets the values that the
-- last pass of that fill gives, after complete, and those of rows from the
-- quarantine; but nothing that the script does after the copy.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE cities (id int PRIMARY KEY, name text);
INSERT INTO cities SELECT g, 'city ' || g FROM generate_series(1, 9) g;
CREATE TABLE users (id int PRIMARY KEY, city int, n int);
INSERT INTO users SELECT g, g, g FROM generate_series(1, 4) g;
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'not this one'; END $$;
CREATE TRIGGER refuse BEFORE UPDATE ON users FOR EACH ROW WHEN (new.n = 2) EXECUTE FUNCTION refuse();
SELECT gradual.define('copy', $$
    ALTER TABLE users ADD COLUMN city_name text, ADD COLUMN m int;
    UPDATE users SET m = n * 10;
    UPDATE users SET city_name = (SELECT name FROM cities WHERE cities.id = users.city) WHERE id <> 2;
    CREATE TABLE places (id int PRIMARY KEY, city_name text, m int);
    INSERT INTO places SELECT id, city_name, m FROM users;
    UPDATE users SET city_name = upper(city_name) WHERE id <> 2
$$, on_error => 'quarantine');
SELECT gradual.start('copy');
CALL gradual.wait('copy');
INSERT INTO users VALUES (5, 5, 5);
TABLE places ORDER BY id;
DROP TRIGGER refuse ON users;
SELECT gradual.retry_quarantined('copy');
TABLE places ORDER BY id;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
TABLE users ORDER BY id;
TABLE places ORDER BY id;
DROP TABLE users, places, cities;
DROP FUNCTION refuse();
