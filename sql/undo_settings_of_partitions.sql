-- A rollback gives settings back to partitions as they are then: with their own where
-- they had some, to those that have come meanwhile as to all, and it does not stop for
-- one that was dropped, detached or renamed.
SET client_min_messages = warning;
CREATE FUNCTION same() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE TABLE p (id int, k int, a text DEFAULT 'all') PARTITION BY LIST (k);
CREATE TRIGGER t BEFORE INSERT ON p FOR EACH ROW EXECUTE FUNCTION same();
ALTER TABLE p DISABLE TRIGGER t;
CREATE TABLE dropped PARTITION OF p FOR VALUES IN (1);
CREATE TABLE dropped_too PARTITION OF p FOR VALUES IN (2);
CREATE TABLE detached PARTITION OF p FOR VALUES IN (3);
CREATE TABLE renamed PARTITION OF p FOR VALUES IN (4);
CREATE TABLE mid PARTITION OF p (a DEFAULT 'mid') FOR VALUES IN (5, 6) PARTITION BY LIST (k);
CREATE TABLE leaf PARTITION OF mid FOR VALUES IN (5);
ALTER TABLE dropped_too ALTER a SET DEFAULT 'own', ALTER a SET STATISTICS 7;
ALTER TABLE leaf ALTER a DROP DEFAULT, ALTER a SET STORAGE MAIN, ALTER a SET STATISTICS 7, ENABLE ALWAYS TRIGGER t;
INSERT INTO p SELECT g, g % 5 + 1, 'a' FROM generate_series(1, 30) g;

CREATE VIEW settings AS
SELECT c.relname, pg_get_expr(d.adbin, d.adrelid) AS value, COALESCE(NULLIF(a.attstattarget, -1), 0) AS statistics, a.attstorage, t.tgenabled
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'a'
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
LEFT JOIN pg_trigger t ON t.tgrelid = c.oid AND t.tgname = 't'
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace
ORDER BY c.relname;
TABLE settings;

SELECT gradual.define('m', $$
    ALTER TABLE p ALTER a SET DEFAULT 'new', ALTER a SET STATISTICS 500, ALTER a SET STORAGE EXTERNAL;
    ALTER TABLE p ENABLE TRIGGER t;
    ALTER TABLE p ADD COLUMN b int;
    UPDATE p SET b = 1
$$);
SELECT gradual.start('m') \g /dev/null
CALL gradual.wait('m');
TABLE settings;
DROP TABLE dropped, dropped_too;
ALTER TABLE p DETACH PARTITION detached;
ALTER TABLE renamed RENAME TO another_name;
CREATE TABLE come PARTITION OF p FOR VALUES IN (7);
SELECT gradual.rollback('m') \g /dev/null
CALL gradual.wait('m');
TABLE settings;
SELECT status FROM gradual.ledger;

DROP VIEW settings;
DROP TABLE p, detached;
DROP FUNCTION same();
