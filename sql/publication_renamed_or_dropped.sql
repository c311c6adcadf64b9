-- A script that renames or drops a publication does so in the swap: what hides a column
-- from its subscribers until then names it as it is called before.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
CREATE TABLE renamed (id int PRIMARY KEY, n int, m int);
CREATE TABLE dropped (id int PRIMARY KEY, n int, m int);
INSERT INTO renamed VALUES (1, 1, 1);
INSERT INTO dropped VALUES (1, 1, 1);
CREATE PUBLICATION "First" FOR TABLE renamed;
CREATE PUBLICATION other FOR TABLE dropped;
CALL gradual.run('renamed', 'ALTER PUBLICATION "First" RENAME TO second; ALTER TABLE renamed ALTER n TYPE bigint; ALTER TABLE renamed RENAME m TO k');
CALL gradual.run('dropped', 'DROP PUBLICATION other; ALTER TABLE dropped ALTER n TYPE bigint; ALTER TABLE dropped RENAME m TO k');
SELECT p.pubname, r.prrelid::regclass, r.prattrs FROM pg_publication p JOIN pg_publication_rel r ON r.prpubid = p.oid ORDER BY 1;
SELECT attrelid::regclass, attname, atttypid::regtype FROM pg_attribute
WHERE attrelid IN ('renamed'::regclass, 'dropped'::regclass) AND attnum > 0 AND NOT attisdropped ORDER BY attrelid, attname;
-- nor is it called otherwise where it cannot hide one
CREATE PUBLICATION everything FOR ALL TABLES;
SELECT note ~ 'publication everything is FOR ALL TABLES' FROM gradual.explain('ALTER PUBLICATION everything RENAME TO nothing; ALTER TABLE renamed RENAME k TO m') WHERE action LIKE 'rename column%';
DROP PUBLICATION everything, second;
DROP TABLE renamed, dropped;
