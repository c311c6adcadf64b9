-- ALTER COLUMN TYPE to a domain with constraints needs a rewrite of the table, so it
-- is refused, unless the table is small or blocking is allowed.  The plan then says
-- what the step costs, and what an earlier statement fills is filled nevertheless.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE DOMAIN plain AS int;
CREATE DOMAIN constant AS int DEFAULT 5;
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN random_one AS float8 DEFAULT random();
CREATE TABLE parcels (id int PRIMARY KEY, weight bigint);
INSERT INTO parcels SELECT n, n FROM generate_series(1, 300) n;

SELECT FROM gradual.explain('ALTER TABLE parcels ALTER weight TYPE positive');
SELECT FROM gradual.explain('ALTER TABLE parcels ALTER weight TYPE random_one');
SELECT action, cost FROM gradual.explain('ALTER TABLE parcels ALTER weight TYPE plain') LIMIT 1;
SELECT action, cost FROM gradual.explain('ALTER TABLE parcels ALTER weight TYPE constant') LIMIT 1;

CREATE FUNCTION run_it(weights text) RETURNS text LANGUAGE sql AS $$
    SELECT format('ALTER TABLE parcels ADD label text; UPDATE parcels SET label = ''no. '' || id; ALTER TABLE parcels ALTER weight TYPE %s', weights)
$$;

-- a small table
RESET gradual.allow_blocking;
SET gradual.direct_pages = 128;
SELECT action, lock_mode, cost FROM gradual.explain(run_it('positive')) WHERE phase = 'expand';
SELECT gradual.define('small', run_it('positive'));
CALL gradual.run('small');
SELECT count(*), count(label), count(weight), max(label) FROM parcels;
SELECT pg_typeof(weight) FROM parcels LIMIT 1;

-- one that is not
ALTER TABLE parcels DROP label, ALTER weight TYPE bigint;
SET gradual.direct_pages = 0;
SET gradual.allow_blocking = on;
SELECT gradual.define('large', run_it('positive'));
CALL gradual.run('large');
SELECT count(*), count(label), count(weight), max(label) FROM parcels;
SELECT pg_typeof(weight) FROM parcels LIMIT 1;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP FUNCTION run_it;
DROP TABLE parcels;
DROP DOMAIN plain, constant, positive, random_one;
