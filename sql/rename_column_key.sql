-- RENAME COLUMN of keys: identity, serial, primary key with foreign keys both
-- ways, a domain, a deferrable unique constraint; with names of 63 bytes.

CREATE SCHEMA online;
CREATE SCHEMA plain;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('search_path', schema, true);
    CREATE DOMAIN code AS text DEFAULT 'A0' CHECK (VALUE ~ '^[A-Z]\d+$');
    CREATE TABLE "Teams" ("Id" int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code code NOT NULL,
        place int UNIQUE DEFERRABLE INITIALLY DEFERRED);
    CREATE TABLE members (id serial PRIMARY KEY, team int REFERENCES "Teams" ON UPDATE CASCADE ON DELETE CASCADE,
        mentor int REFERENCES members ON DELETE SET NULL,
        a23456789012345678901234567890123456789012345678901234567890123 text DEFAULT gen_random_uuid() UNIQUE NULLS NOT DISTINCT,
        during int4range, EXCLUDE USING gist (during WITH &&));
    INSERT INTO "Teams" (code, place) SELECT 'A' || n, n FROM generate_series(1, 20) n;
    INSERT INTO members (team, mentor, a23456789012345678901234567890123456789012345678901234567890123, during)
        SELECT n % 20 + 1, 1, 'x' || n, int4range(n, n + 1) FROM generate_series(1, 100) n;
END $$;
SELECT make('online'), make('plain');
\set script 'ALTER TABLE "Teams" RENAME "Id" TO "Key"; ALTER TABLE "Teams" RENAME code TO "Code"; ALTER TABLE "Teams" RENAME COLUMN place TO rank; ALTER TABLE members RENAME id TO "select"; ALTER TABLE members RENAME team TO crew; ALTER TABLE members RENAME mentor TO guide; ALTER TABLE members RENAME a23456789012345678901234567890123456789012345678901234567890123 TO b23456789012345678901234567890123456789012345678901234567890123; ALTER TABLE members RENAME during TO time'
CREATE TEMP TABLE before AS SELECT gradual_test.shape('online') AS shape;

SET search_path = online;
SELECT gradual.define('keys', :'script');
SELECT phase, statement, action FROM gradual.plan('keys') WHERE phase IN ('expand', 'index', 'verify') ORDER BY step;
SELECT gradual.start('keys');
CALL gradual.wait('keys');
SELECT regexp_replace(indexdef, '_gradual_\d+', '_gradual_N') AS indexdef FROM pg_indexes
WHERE schemaname = 'online' AND indexname LIKE '\_gradual%' ORDER BY 1;

-- keys by either name
INSERT INTO "Teams" ("Code") VALUES ('N1');
INSERT INTO "Teams" ("Key", "Code") VALUES (100, 'N2');
INSERT INTO "Teams" (code) VALUES ('O1');
INSERT INTO "Teams" ("Code") VALUES ('wrong');
INSERT INTO "Teams" (code) VALUES ('wrong');
INSERT INTO "Teams" ("Code") VALUES (NULL);
SELECT * FROM "Teams" WHERE "Key" > 20 ORDER BY "Key";
UPDATE "Teams" SET "Key" = 101 WHERE "Key" = 2;
UPDATE "Teams" SET "Id" = DEFAULT WHERE "Id" = 100;
DELETE FROM "Teams" WHERE "Key" = 3;
SELECT count(*) FILTER (WHERE team = 101 AND crew = 101) AS moved, count(*) FILTER (WHERE crew = 3) AS gone,
       bool_and(team IS NOT DISTINCT FROM crew) AS same FROM members;
INSERT INTO members (crew, guide) VALUES (1, 1);
INSERT INTO members (team, mentor) VALUES (1, 1);
INSERT INTO members (crew) VALUES (-1);
INSERT INTO members ("select", time) VALUES (5000, '[500,600)');
INSERT INTO members ("select", time) VALUES (5001, '[550,650)');
DELETE FROM members WHERE "select" = 1;
SELECT count(guide) FILTER (WHERE guide <> mentor) AS differ, count(mentor) AS mentored FROM members;
-- a deferred constraint is looked at when the transaction ends, by either name
BEGIN;
UPDATE "Teams" SET rank = 6 WHERE "Key" = 5;
UPDATE "Teams" SET place = 5 WHERE "Id" = 6;
COMMIT;
SELECT "Id", place, rank FROM "Teams" WHERE "Id" IN (5, 6) ORDER BY 1;

SELECT gradual.rollback('keys');
CALL gradual.wait('keys');
SELECT gradual_test.shape('online') EXCEPT SELECT shape FROM before;
SELECT shape FROM before EXCEPT SELECT gradual_test.shape('online');
CALL gradual.run('keys');
SELECT "Key", "Code", rank FROM "Teams" WHERE "Key" IN (1, 5, 6, 21, 101) ORDER BY 1;
INSERT INTO "Teams" ("Code", rank) VALUES ('Z1', 1);

SET search_path = plain;
BEGIN;
:script;
COMMIT;
SELECT replace(gradual_test.shape('online'), 'online.', 'plain.') EXCEPT SELECT gradual_test.shape('plain');
SELECT gradual_test.shape('plain') EXCEPT SELECT replace(gradual_test.shape('online'), 'online.', 'plain.');
RESET search_path;
SET client_min_messages = warning;
DROP SCHEMA online, plain CASCADE;
DROP FUNCTION make;
