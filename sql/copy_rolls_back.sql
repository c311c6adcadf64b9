-- Rolling back a copy leaves the schema and the rows from before, and what the
-- application wrote meanwhile; the migration can be started anew.
\pset format unaligned
\pset tuples_only on
CREATE SCHEMA "My app";
SET search_path = "My app", public;
CREATE TABLE "Users" ("Id" int, region text, bio text, PRIMARY KEY (region, "Id")) PARTITION BY LIST (region);
CREATE TABLE eu PARTITION OF "Users" FOR VALUES IN ('eu');
CREATE TABLE us (bio text, region text NOT NULL, "Id" int NOT NULL);
ALTER TABLE "Users" ATTACH PARTITION us FOR VALUES IN ('us');
INSERT INTO "Users" SELECT g, CASE WHEN g % 2 = 0 THEN 'eu' ELSE 'us' END, 'bio ' || g FROM generate_series(1, 100) g;
CREATE TABLE public.shape AS SELECT gradual_test.shape('"My app"') AS before;

SELECT gradual.define('split', $$
    CREATE TABLE "a table whose name is as long as a name of PostgreSQL ever gets" ("user" int, at_region text, bio text);
    INSERT INTO "a table whose name is as long as a name of PostgreSQL ever gets" SELECT * FROM "Users" u;
    ALTER TABLE "Users" DROP COLUMN bio;
$$);
SELECT gradual.start('split');
CALL gradual.wait('split');
CREATE VIEW copies AS SELECT "user", at_region, bio FROM "a table whose name is as long as a name of PostgreSQL ever gets";
CREATE VIEW difference AS
    SELECT (SELECT count(*) FROM copies) AS rows, (SELECT count(*) FROM (SELECT * FROM "Users" EXCEPT ALL TABLE copies) d) AS missing,
           (SELECT count(*) FROM (TABLE copies EXCEPT ALL SELECT * FROM "Users") d) AS wrong;
TABLE difference;
-- in the parent, in a partition, from one to another, and in a new one
UPDATE "Users" SET bio = 'x' WHERE "Id" < 5;
INSERT INTO us VALUES ('in us', 'us', 555);
UPDATE "Users" SET region = 'eu' WHERE region = 'us' AND "Id" < 20;
DELETE FROM eu WHERE "Id" = 40;
CREATE TABLE asia PARTITION OF "Users" FOR VALUES IN ('asia');
INSERT INTO "Users" VALUES (1, 'asia', 'in asia');
UPDATE asia SET bio = 'still in asia';
TABLE difference;
SELECT indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relname LIKE 'a table%' ORDER BY 1;
DROP VIEW difference, copies;
DROP TABLE asia;

SELECT gradual.rollback('split');
CALL gradual.wait('split');
SELECT status FROM gradual.ledger;
SELECT * FROM (SELECT gradual_test.shape('"My app"') EXCEPT SELECT before FROM public.shape) d;
SELECT * FROM (SELECT before FROM public.shape EXCEPT SELECT gradual_test.shape('"My app"')) d;
SELECT count(*), count(*) FILTER (WHERE bio = 'x'), count(*) FILTER (WHERE region = 'eu') FROM "Users";
INSERT INTO "Users" VALUES (1000, 'eu', 'nobody follows');

SELECT gradual.start('split');
CALL gradual.wait('split');
DELETE FROM "Users" WHERE "Id" = 1000;
SELECT count(*), (SELECT count(*) FROM "Users") FROM "a table whose name is as long as a name of PostgreSQL ever gets";
SELECT gradual.complete('split');
CALL gradual.wait('split');
SELECT status FROM gradual.ledger;
\d "Users"
\d "a table whose name is as long as a name of PostgreSQL ever gets"
DROP SCHEMA "My app" CASCADE;
DROP TABLE public.shape;
