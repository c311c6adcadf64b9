-- What a DO block, a function or a new version of an extension makes is not known
-- when the script is defined: an error of a later statement that could come of that
-- says what to do, and that works.
CREATE TABLE parcels (id int PRIMARY KEY);
INSERT INTO parcels SELECT generate_series(1, 300);

SELECT gradual.define('sizes', $$
    DO 'BEGIN CREATE TYPE size AS ENUM (''s'', ''m''); EXCEPTION WHEN duplicate_object THEN NULL; END';
    ALTER TABLE parcels ADD size size;
$$);
SELECT gradual.define('sizes', $$
    DO 'BEGIN ALTER TABLE parcels ADD size text; END';
    UPDATE parcels SET size = 's';
$$);
CREATE FUNCTION add_size(parcels regclass) RETURNS void LANGUAGE plpgsql
    AS 'BEGIN EXECUTE format(''ALTER TABLE %s ADD size text'', parcels); END';
SELECT gradual.define('sizes', $$
    SELECT add_size('parcels');
    SELECT count(*), lower('a') FROM parcels;
    UPDATE parcels SET size = 's';
$$);
CREATE EXTENSION hstore VERSION '1.4';
SELECT gradual.define('sizes', $$
    ALTER EXTENSION hstore UPDATE;
    UPDATE parcels SET id = 0 WHERE hstore_hash_extended('', id) = 0;
$$);
DROP EXTENSION hstore;
DROP FUNCTION add_size;
-- what has nothing to do with it, and what comes before it
SELECT gradual.define('sizes', $$DO 'BEGIN END'; ALTER TABLE parcels ADD id int$$);
SELECT gradual.define('sizes', $$UPDATE parcels SET size = 's'; DO 'BEGIN END'$$);

SELECT gradual.define('types', $$
    DO 'BEGIN CREATE TYPE size AS ENUM (''s'', ''m''); EXCEPTION WHEN duplicate_object THEN NULL; END'
$$);
SELECT gradual.define('sizes', 'ALTER TABLE parcels ADD size size', depends_on => '{types}');
CALL gradual.run('types');
CALL gradual.run('sizes');
\d parcels
SELECT gradual.forget('sizes'), gradual.forget('types');
DROP TABLE parcels;
DROP TYPE size;
