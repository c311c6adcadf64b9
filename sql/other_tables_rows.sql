-- A statement about a table without rows, or with a row or two to add, is refused
-- where it goes through the rows of another table: in its WITH, by CASCADE, or to
-- check the foreign keys that refer to it.
\pset format unaligned
\pset tuples_only on
CREATE TABLE kinds (id int PRIMARY KEY, label text);
CREATE TABLE things (id int PRIMARY KEY, kind int REFERENCES kinds);
CREATE TABLE archive (id int);
CREATE TABLE lonely (id int PRIMARY KEY);
INSERT INTO things SELECT generate_series(1, 1000);

SELECT FROM gradual.explain('WITH gone AS (DELETE FROM things RETURNING id) INSERT INTO archive SELECT id FROM gone');
SET gradual.direct_pages = 100;
SELECT action, cost FROM gradual.explain('WITH gone AS (DELETE FROM things RETURNING id) INSERT INTO archive SELECT id FROM gone');
RESET gradual.direct_pages;

SELECT phase, note FROM gradual.explain('TRUNCATE kinds CASCADE');
SELECT action, cost FROM gradual.explain('TRUNCATE lonely CASCADE');
SELECT FROM gradual.explain('ALTER TABLE kinds ALTER id TYPE bigint');
SELECT FROM gradual.explain('ALTER TABLE kinds RENAME id TO number; ALTER TABLE kinds ALTER number TYPE bigint');
-- to another column they do not refer
SELECT action, cost FROM gradual.explain('ALTER TABLE kinds ALTER label TYPE int USING 1');
SELECT action, cost FROM gradual.explain('ALTER TABLE lonely ALTER id TYPE bigint');
SELECT action, cost FROM gradual.explain('CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int REFERENCES a); TRUNCATE a CASCADE; ALTER TABLE a ALTER id TYPE bigint');

CREATE MATERIALIZED VIEW counts AS SELECT kind, count(*) FROM things GROUP BY kind;
SELECT FROM gradual.explain('REFRESH MATERIALIZED VIEW CONCURRENTLY counts');
SELECT action, cost FROM gradual.explain('CREATE UNIQUE INDEX ON counts (kind); REFRESH MATERIALIZED VIEW CONCURRENTLY counts');
SELECT FROM gradual.explain('UPDATE counts SET kind = 1');
SELECT FROM gradual.explain('ALTER TABLE things SET SCHEMA other');

DROP TABLE kinds, things, archive, lonely CASCADE;
