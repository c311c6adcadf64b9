-- A rollback leaves the parts of what it makes anew as they were: the indexes of
-- partitions have their names and comments, so have their constraints; their triggers are enabled or not, an
-- index that a constraint took has its comment, a view's triggers and rules theirs.
CREATE FUNCTION noticed() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TABLE keep (a int, b int);
INSERT INTO keep VALUES (1, 1);
CREATE TABLE logs (id int, k int NOT NULL) PARTITION BY LIST (k);
CREATE TABLE "logs 1" PARTITION OF logs FOR VALUES IN (1);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES IN (2, 3) PARTITION BY LIST (k);
CREATE TABLE logs_3 PARTITION OF logs_2 FOR VALUES IN (3);
INSERT INTO logs VALUES (1, 1), (3, 3);
CREATE INDEX x ON logs (id) WHERE k > 0;
ALTER INDEX "logs 1_id_idx" RENAME TO "own %s";
ALTER INDEX logs_2_id_idx RENAME TO own_2;
COMMENT ON INDEX "own %s" IS 'own';
CREATE TRIGGER noticed AFTER INSERT ON logs FOR EACH ROW EXECUTE FUNCTION noticed();
ALTER TABLE "logs 1" DISABLE TRIGGER noticed;
ALTER TABLE logs_3 ENABLE ALWAYS TRIGGER noticed;
CREATE TABLE person (id int PRIMARY KEY);
INSERT INTO person VALUES (1), (3);
ALTER TABLE logs ADD CONSTRAINT key UNIQUE (id, k), ADD CONSTRAINT fkey FOREIGN KEY (id) REFERENCES person;
ALTER TABLE "logs 1" RENAME CONSTRAINT "logs 1_id_k_key" TO "own %I";
COMMENT ON CONSTRAINT "own %I" ON "logs 1" IS 'key';
ALTER TABLE logs_3 RENAME CONSTRAINT fkey TO own_key;
COMMENT ON CONSTRAINT own_key ON logs_3 IS 'foreign key';
-- empty: by plain statements
CREATE TABLE none (id int) PARTITION BY LIST (id);
CREATE TABLE none_1 PARTITION OF none FOR VALUES IN (1);
CREATE INDEX n ON none (id);
ALTER INDEX none_1_id_idx RENAME TO own_1;
CREATE TABLE t (id int, b int NOT NULL);
INSERT INTO t VALUES (1, 1);
CREATE UNIQUE INDEX u ON t (b) WITH (fillfactor = 50);
COMMENT ON INDEX u IS 'unique';
ALTER TABLE t REPLICA IDENTITY USING INDEX u;
CREATE VIEW v AS SELECT id FROM t;
CREATE TRIGGER ins INSTEAD OF INSERT ON v FOR EACH ROW EXECUTE FUNCTION noticed();
COMMENT ON TRIGGER ins ON v IS 'trigger';
CREATE RULE del AS ON DELETE TO v DO INSTEAD NOTHING;
COMMENT ON RULE del ON v IS 'rule';

CREATE VIEW shape AS
    SELECT c.relname, concat_ws(' | ', pg_get_indexdef(indexrelid), 'valid ' || indisvalid, 'replica identity ' || indisreplident, inhparent::regclass,
        obj_description(indexrelid, 'pg_class')) AS is
    FROM pg_index JOIN pg_class c ON c.oid = indexrelid LEFT JOIN pg_inherits ON inhrelid = indexrelid WHERE relnamespace = 'public'::regnamespace
    UNION ALL
    SELECT tgrelid::regclass::text, concat_ws(' | ', pg_get_triggerdef(oid), tgenabled::text, obj_description(oid, 'pg_trigger')) FROM pg_trigger WHERE (NOT tgisinternal AND tgname <> 'pass_over') OR tgname = 'noticed'
    UNION ALL
    SELECT conname, concat_ws(' | ', conrelid::regclass, pg_get_constraintdef(oid), conindid::regclass, obj_description(oid, 'pg_constraint'))
    FROM pg_constraint WHERE conrelid IN (SELECT relid FROM pg_partition_tree('logs')) AND contype <> 'n'
    UNION ALL
    SELECT rulename, obj_description(oid, 'pg_rewrite') FROM pg_rewrite WHERE rulename = 'del';
CREATE TABLE before AS TABLE shape;
SELECT * FROM before ORDER BY 1, 2;
SELECT gradual.define('m', $$
    DROP INDEX x;
    DROP INDEX n;
    ALTER TABLE logs DROP CONSTRAINT key;
    ALTER TABLE logs DROP CONSTRAINT fkey;
    CREATE OR REPLACE TRIGGER noticed AFTER UPDATE ON logs FOR EACH ROW EXECUTE FUNCTION noticed();
    ALTER TABLE t ADD CONSTRAINT tu UNIQUE USING INDEX u;
    CREATE OR REPLACE VIEW v AS SELECT id, b FROM t;
    ALTER TABLE keep DROP COLUMN b;
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT count(*) FROM (TABLE before EXCEPT TABLE shape) gone;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
TABLE before EXCEPT TABLE shape;
TABLE shape EXCEPT TABLE before;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
