-- A statement on a partitioned table fires its statement triggers, which may keep
-- totals or a history by their transition tables; batches, which change its
-- partitions, would not.  So such statements do not run in batches.

CREATE TABLE t (id int, k int, a int, PRIMARY KEY (id, k)) PARTITION BY LIST (k);
CREATE TABLE t1 PARTITION OF t FOR VALUES IN (1);
CREATE TABLE t2 PARTITION OF t FOR VALUES IN (2);
INSERT INTO t SELECT g, 1 + g % 2, g FROM generate_series(1, 1000) g;
ANALYZE t;
CREATE TABLE changes (n bigint);
CREATE FUNCTION count_changes() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO changes SELECT count(*) FROM after;
    RETURN NULL;
END $$;
CREATE TRIGGER counts AFTER UPDATE ON t REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_changes();

SELECT gradual.define('m', 'UPDATE t SET a = a + 1');
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a WHERE b IS NULL');

-- as one statement
SET gradual.allow_blocking = on;
CALL gradual.run('m', 'UPDATE t SET a = a + 1');
RESET gradual.allow_blocking;
SELECT * FROM changes;

-- those that it would not fire: of other events, disabled, of other columns
SELECT action, cost FROM gradual.explain('DELETE FROM t WHERE a < 10');
ALTER TABLE t DISABLE TRIGGER counts;
SELECT action, cost FROM gradual.explain('UPDATE t SET a = a + 1');
DROP TRIGGER counts ON t;
CREATE TRIGGER of_a AFTER UPDATE OF a ON t FOR EACH STATEMENT EXECUTE FUNCTION count_changes();
SELECT action, cost FROM gradual.explain('ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a WHERE b IS NULL');
SELECT action, cost FROM gradual.explain('UPDATE t SET a = a + 1');
DROP TRIGGER of_a ON t;

-- one of a partition by itself fires, once a batch
CREATE TRIGGER counts AFTER UPDATE ON t1 REFERENCING NEW TABLE AS after
    FOR EACH STATEMENT EXECUTE FUNCTION count_changes();
TRUNCATE changes;
CALL gradual.run('p', 'UPDATE t1 SET a = a + 1');
SELECT sum(n) FROM changes;
