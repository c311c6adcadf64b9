-- The same where the whole table has no row when the migration is defined; and DROP INDEX
-- of such a table is undone although a partition has gone meanwhile.
CREATE TABLE whole (id int, day int, n int, x int) PARTITION BY LIST (day);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE mid PARTITION OF whole FOR VALUES IN (2) PARTITION BY LIST (id);
CREATE TABLE leaf PARTITION OF mid DEFAULT;
CREATE INDEX part_n ON part (n);
COMMENT ON INDEX part_n IS 'of much use';
CREATE INDEX leaf_part ON leaf (lower(n::text)) WHERE x > 3;
CREATE INDEX mid_x ON mid (x);
ALTER TABLE leaf ADD CONSTRAINT leaf_key UNIQUE (id, day, n);
COMMENT ON CONSTRAINT leaf_key ON leaf IS 'a key';
CREATE TABLE keyed (id int NOT NULL, n int) PARTITION BY LIST (id);
CREATE TABLE keyed_part PARTITION OF keyed DEFAULT;
ALTER TABLE keyed_part ADD CONSTRAINT mine PRIMARY KEY (id);
CREATE TABLE bad (n int);
INSERT INTO bad VALUES (NULL);
CREATE TABLE before AS SELECT line FROM gradual_test.shape('public') line;
SELECT gradual.define('takes_in', $$
    CREATE INDEX whole_n ON whole (n);
    CREATE INDEX whole_part ON whole (lower(n::text)) WHERE x > 3;
    CREATE INDEX whole_x ON whole (x);
    ALTER TABLE whole ADD CONSTRAINT whole_key UNIQUE (id, day, n);
    ALTER TABLE keyed ADD PRIMARY KEY (id);
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT gradual.start('takes_in');
CALL gradual.wait('takes_in');
SELECT count(*) FROM pg_class WHERE relkind = 'i' AND relispartition;
SELECT gradual.rollback('takes_in');
CALL gradual.wait('takes_in');
SELECT line FROM gradual_test.shape('public') line WHERE line !~ 'before' EXCEPT TABLE before;
TABLE before EXCEPT SELECT gradual_test.shape('public');
-- without any of their own
SELECT gradual.forget('takes_in');
DROP TABLE whole, before;
CREATE TABLE whole (n int) PARTITION BY LIST (n);
CREATE TABLE part PARTITION OF whole FOR VALUES IN (1);
CREATE TABLE gone PARTITION OF whole FOR VALUES IN (2);
CREATE INDEX whole_n ON whole (n);
COMMENT ON INDEX gone_n_idx IS 'a comment';
COMMENT ON INDEX part_n_idx IS 'another comment';
SELECT gradual.define('drops', $$
    CREATE INDEX whole_two ON whole (n, n);
    DROP INDEX whole_n;
    ALTER TABLE bad ALTER n SET NOT NULL
$$);
SELECT phase, action, note FROM gradual.plan('drops') WHERE phase = 'expand';
SELECT gradual.start('drops');
CALL gradual.wait('drops');
DROP TABLE gone;
SELECT gradual.rollback('drops');
CALL gradual.wait('drops');
SELECT status, error FROM gradual.ledger;
SELECT indexrelid::regclass, indisvalid, obj_description(indexrelid, 'pg_class') FROM pg_index
WHERE indrelid IN (SELECT relid FROM pg_partition_tree('whole')) ORDER BY 1::text;
SELECT gradual.forget('drops');
DROP TABLE whole, keyed, bad;
