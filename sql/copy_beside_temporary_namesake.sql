-- What an application writes is copied by the tables that the script means,
-- whatever its session calls by their names.

SET gradual.direct_pages = 0;
CREATE SCHEMA not_pg_temp;
SET search_path = not_pg_temp;
CREATE TABLE users (id int PRIMARY KEY, name text);
INSERT INTO users SELECT g, 'name ' || g FROM generate_series(1, 3) g;
SELECT gradual.define('copy', $$
    CREATE TABLE people (id int PRIMARY KEY, name text);
    INSERT INTO people SELECT id, name FROM users;
    ALTER TABLE users ALTER name SET NOT NULL;
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');

CREATE TEMP TABLE users (id int PRIMARY KEY, name text);
CREATE TEMP TABLE people (id int PRIMARY KEY, name text);
INSERT INTO not_pg_temp.users VALUES (4, 'name 4');
UPDATE not_pg_temp.users SET name = 'another' WHERE id = 2;
DROP TABLE pg_temp.users, pg_temp.people;

SELECT gradual.complete('copy');
CALL gradual.wait('copy');
SELECT * FROM not_pg_temp.people ORDER BY id;
DROP SCHEMA not_pg_temp CASCADE;
