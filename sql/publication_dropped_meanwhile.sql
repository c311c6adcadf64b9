-- A publication, or the table in it, that goes while the table is hidden behind a
-- column list stops neither complete nor rollback, and nothing comes back.
SET client_min_messages = error;
CREATE TABLE taken_out (id int PRIMARY KEY, a text, n int);
CREATE TABLE dropped (LIKE taken_out INCLUDING ALL);
INSERT INTO taken_out SELECT i, 'a', i FROM generate_series(1, 100) i;
INSERT INTO dropped TABLE taken_out;
CREATE PUBLICATION "one of two" FOR TABLE taken_out, dropped;
CREATE PUBLICATION stays FOR TABLE taken_out, dropped WHERE (id > 0);
RESET client_min_messages;
CREATE VIEW published AS
    SELECT pubname, tablename, attnames, rowfilter FROM pg_publication_tables ORDER BY 1, 2;

\set script 'ALTER TABLE %1$I RENAME a TO b; ALTER TABLE %1$I ALTER n TYPE bigint; ALTER TABLE %1$I ADD COLUMN c int'
SELECT gradual.define(t, format(:'script', t)) FROM unnest('{taken_out,dropped}'::text[]) t;
SELECT gradual.start('taken_out'), gradual.start('dropped');
CALL gradual.wait('taken_out');
CALL gradual.wait('dropped');
TABLE published;
ALTER PUBLICATION "one of two" DROP TABLE taken_out;
SELECT gradual.rollback('taken_out');
CALL gradual.wait('taken_out');
TABLE published;
CALL gradual.run('taken_out');
DROP PUBLICATION "one of two";
SELECT gradual.complete('dropped');
CALL gradual.wait('dropped');
TABLE published;
SELECT count(*), count(prattrs) AS lists FROM pg_publication_rel;

-- under another name it is still there, with its list
SELECT gradual.define('renamed', 'ALTER TABLE dropped RENAME b TO a');
SELECT gradual.start('renamed');
CALL gradual.wait('renamed');
ALTER PUBLICATION stays RENAME TO elsewhere;
SELECT gradual.complete('renamed');
\set SHOW_CONTEXT never
CALL gradual.wait('renamed');
ALTER PUBLICATION elsewhere RENAME TO stays;
CALL gradual.run('renamed');
SELECT count(*), count(prattrs) AS lists FROM pg_publication_rel;
DROP PUBLICATION stays;
DROP VIEW published;
