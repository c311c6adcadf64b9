-- A column of a domain is added to a table with rows by a change of the catalog
-- only.  Where PostgreSQL would check or rewrite every row under ACCESS EXCLUSIVE,
-- because the domain has constraints or a volatile default, it is refused.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE DOMAIN plain AS int;
CREATE DOMAIN constant AS int DEFAULT 5;
CREATE DOMAIN random_one AS float8 DEFAULT random();
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE DOMAIN given AS int NOT NULL;
CREATE TABLE parcels (id int PRIMARY KEY);
INSERT INTO parcels SELECT generate_series(1, 3);

SELECT action, cost, sql FROM gradual.explain('ALTER TABLE parcels ADD n plain');
SELECT action, cost, sql FROM gradual.explain('ALTER TABLE parcels ADD n plain DEFAULT 7');
SELECT action, cost, sql FROM gradual.explain('ALTER TABLE parcels ADD n constant');
SELECT action, cost, sql FROM gradual.explain('ALTER TABLE parcels ADD n random_one DEFAULT 0.5');
SELECT action, cost FROM gradual.explain('ALTER TABLE parcels ADD n plain DEFAULT random() * 100');

SELECT FROM gradual.explain('ALTER TABLE parcels ADD n random_one');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n random_one DEFAULT random()');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n random_one NOT NULL');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n positive');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n positive DEFAULT 1');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n positive DEFAULT 1 + floor(random() * 9)');
SELECT FROM gradual.explain('ALTER TABLE parcels ADD n given DEFAULT 1');

-- What is not refused does not rewrite.
SELECT pg_relation_filenode('parcels') AS before \gset
CALL gradual.run('parcels_n', 'ALTER TABLE parcels ADD n plain; ALTER TABLE parcels ADD c constant; ALTER TABLE parcels ADD r random_one DEFAULT 0.5');
SELECT :before = pg_relation_filenode('parcels') AS same, * FROM parcels;

SELECT gradual.forget('parcels_n');
DROP TABLE parcels;
DROP DOMAIN plain, constant, random_one, positive, given;
