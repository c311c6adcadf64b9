-- After a restore OIDs mean nothing: partitions are known by their names.  One that was
-- renamed since the dump stops a statement that may not meet a row twice, until it has
-- its name back; a fill, whose rows tell, goes on.

CREATE TABLE p (k int NOT NULL, id int NOT NULL, n int NOT NULL, PRIMARY KEY (k, id)) PARTITION BY LIST (k);
CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1);
CREATE TABLE p2 PARTITION OF p FOR VALUES IN (2);
CREATE TABLE p3 PARTITION OF p FOR VALUES IN (3);
INSERT INTO p SELECT 1 + g % 3, g, 0 FROM generate_series(1, 900) g;
SELECT gradual.define('m', 'UPDATE p SET n = n + 1', batch_size => 100);
DO $$ BEGIN FOR i IN 1 .. 5 LOOP PERFORM gradual.run_batch('m'); END LOOP; END $$;
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;

-- as a restore leaves it where OIDs fall to other tables: the list is of another
-- server, and p1 and p3 have each other's
CREATE FUNCTION restore() RETURNS void LANGUAGE sql AS $$
    UPDATE gradual.migration_cursor SET facts = regexp_replace(
        replace(replace(replace(facts, 'p1'::regclass::oid || ' ', 'x '), 'p3'::regclass::oid || ' ', 'p1'::regclass::oid || ' '), 'x ', 'p3'::regclass::oid || ' '),
        (SELECT system_identifier FROM pg_control_system()) || ' \d+', '1 1');
$$;
SELECT restore();
ALTER TABLE p1 RENAME TO z1;
SELECT gradual.resume('m');
CALL gradual.wait('m');
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;
ALTER TABLE z1 RENAME TO p1;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, processed FROM gradual.ledger WHERE name = 'm';
SELECT k, n, count(*) FROM p GROUP BY k, n ORDER BY k, n;

SELECT gradual.define('f', 'ALTER TABLE p ADD COLUMN c int; UPDATE p SET c = id', batch_size => 100);
DO $$ BEGIN FOR i IN 1 .. 5 LOOP PERFORM gradual.run_batch('f'); END LOOP; END $$;
SELECT restore();
ALTER TABLE p1 RENAME TO z1;
SELECT gradual.resume('f');
CALL gradual.wait('f');
SELECT status FROM gradual.ledger WHERE name = 'f';
SELECT count(*) FROM p WHERE c IS DISTINCT FROM id;
SELECT gradual.complete('f');
CALL gradual.wait('f');

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP FUNCTION restore;
DROP TABLE p;
