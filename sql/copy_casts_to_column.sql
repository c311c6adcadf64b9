-- What an INSERT casts to the type of its column is carried over as well, and a
-- constant that it casts keeps the copies of several tables apart.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE DOMAIN short AS text CHECK (length(value) < 9);
CREATE TABLE cats (id int PRIMARY KEY, tags text[], n numeric, at timestamp, name text, ip inet);
CREATE TABLE dogs (id int PRIMARY KEY, name text);
INSERT INTO cats SELECT g, ARRAY['a'], g + 0.6, '2020-01-01', 'cat ' || g, '10.0.0.1' FROM generate_series(1, 3) g;
INSERT INTO dogs SELECT g, 'dog ' || g FROM generate_series(1, 3) g;
SELECT gradual.define('copy', $$
    CREATE TABLE pets (kind varchar(10), id bigint, tags varchar(20)[], n int, at date, name short, ip text, PRIMARY KEY (kind, id));
    INSERT INTO pets SELECT 'cat', id, tags, n, at, name, ip FROM cats;
    INSERT INTO pets (kind, id, name) SELECT 'dog', id, name FROM dogs
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');
UPDATE cats SET tags = ARRAY['b', 'c'], n = 7.5, at = '2021-05-05 12:00', name = 'new', ip = '10.0.0.2' WHERE id = 2;
UPDATE dogs SET name = 'new' WHERE id = 2;
DELETE FROM dogs WHERE id = 3;
TABLE pets ORDER BY kind, id;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
DROP TABLE cats, dogs, pets;
DROP DOMAIN short;
