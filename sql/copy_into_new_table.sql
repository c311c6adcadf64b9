-- An INSERT .. SELECT that batches cannot do runs as written into a table that the
-- script creates and that refers to none: nobody waits for it.  With a foreign key
-- it would lock the rows that it refers to until its end, so it is refused.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE TABLE parcels (id int PRIMARY KEY, city text, tags text);
INSERT INTO parcels SELECT n, 'city ' || n % 3, 'a' || n % 2 || ',b' FROM generate_series(1, 2000) n;
ANALYZE parcels;

SELECT phase, action, cost, reversible, note FROM gradual.explain('CREATE TABLE cities (name text PRIMARY KEY); INSERT INTO cities SELECT DISTINCT city FROM parcels');
SELECT gradual.define('cities', $$
    CREATE TABLE cities (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
    INSERT INTO cities (name) SELECT DISTINCT city FROM parcels ORDER BY city;
    CREATE TABLE parcel_tags (parcel int, tag text, PRIMARY KEY (parcel, tag));
    INSERT INTO parcel_tags SELECT id, unnest(string_to_array(tags, ',')) FROM parcels ON CONFLICT DO NOTHING;
    ALTER TABLE parcel_tags ADD FOREIGN KEY (parcel) REFERENCES parcels;
    ALTER TABLE parcels ADD city_id int REFERENCES cities;
    UPDATE parcels SET city_id = c.id FROM cities c WHERE c.name = parcels.city;
    ALTER TABLE parcels DROP city;
$$);
SELECT gradual.start('cities');
CALL gradual.wait('cities');
TABLE cities;
SELECT gradual.rollback('cities');
CALL gradual.wait('cities');
SELECT to_regclass('cities'), to_regclass('parcel_tags');
SELECT gradual.start('cities', auto_complete => true);
CALL gradual.wait('cities');
SELECT name, count(*) FROM parcels JOIN cities ON cities.id = city_id GROUP BY name ORDER BY name;
SELECT tag, count(*) FROM parcel_tags GROUP BY tag ORDER BY tag;
SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'parcel_tags'::regclass AND contype = 'f';

-- locks rows of others, or writes to a table that was there before
SELECT FROM gradual.explain('CREATE TABLE x (id int REFERENCES parcels); INSERT INTO x SELECT DISTINCT id FROM parcels');
SELECT FROM gradual.explain('CREATE TABLE x (id int); ALTER TABLE x ADD FOREIGN KEY (id) REFERENCES parcels; INSERT INTO x SELECT DISTINCT id FROM parcels');
SELECT FROM gradual.explain('INSERT INTO cities (name) SELECT DISTINCT ''new '' || id FROM parcels');

SELECT gradual.forget('cities');
DROP TABLE parcel_tags, parcels, cities;
