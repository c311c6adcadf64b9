-- ALTER TYPE .. ATTRIBUTE .. CASCADE can be tried, and statements after it, unless
-- there is a table of that type.  A text of ours that names a renamed attribute
-- is refused: it has its old name until the swap.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TYPE spot AS (x int, y int);
CREATE TYPE typed AS (x int);
CREATE TABLE of_type OF typed;
CREATE TABLE places (id int PRIMARY KEY, at spot DEFAULT '(1,2)', name text);
CREATE INDEX ON places (((at).x));
INSERT INTO places VALUES (1), (2);
SELECT phase, action, target FROM gradual.explain('ALTER TYPE spot ADD ATTRIBUTE z int CASCADE; CREATE INDEX deep ON places (((at).z))');
SELECT phase, action, target FROM gradual.explain('ALTER TYPE spot RENAME ATTRIBUTE x TO lon; CREATE INDEX deep ON places (((at).lon))');
SELECT phase, action, target FROM gradual.explain('ALTER TYPE spot RENAME TO place; ALTER TYPE place ADD ATTRIBUTE z int; ALTER TYPE place RENAME ATTRIBUTE z TO w');
SELECT gradual.explain('ALTER TYPE typed ADD ATTRIBUTE z int CASCADE; SELECT 1');
SELECT gradual.explain('ALTER TYPE spot RENAME ATTRIBUTE x TO lon; ALTER TABLE places RENAME at TO place');
SELECT phase, action, target FROM gradual.explain('ALTER TYPE spot RENAME ATTRIBUTE y TO lat; ALTER TABLE places RENAME at TO place');
DROP TABLE places, of_type;
DROP TYPE spot, typed;
