-- A generated column rewrites the partitions of a table, so it is refused there as
-- well; where it is allowed, a column that is added and filled beside it gets its
-- values all the same.
SET gradual.direct_pages = 0;
CREATE TABLE logs (id int PRIMARY KEY, qty int) PARTITION BY RANGE (id);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (1000);
INSERT INTO logs SELECT g, g FROM generate_series(1, 25) g;
CREATE TABLE plain AS SELECT * FROM logs;
SELECT gradual.define('generated', 'ALTER TABLE logs ADD COLUMN twice int GENERATED ALWAYS AS (qty * 2) STORED');
SET gradual.allow_blocking = on;
CALL gradual.run('generated', $$
    ALTER TABLE logs ADD COLUMN more bigint;
    UPDATE logs SET more = qty + 1;
    ALTER TABLE logs ADD COLUMN twice int GENERATED ALWAYS AS (qty * 2) STORED;
    ALTER TABLE plain ADD COLUMN more bigint;
    UPDATE plain SET more = qty + 1 WHERE qty > 0;
    ALTER TABLE plain ADD COLUMN twice int GENERATED ALWAYS AS (qty * 2) STORED
$$);
SELECT count(*), sum(more), sum(twice) FROM logs;
SELECT count(*), sum(more), sum(twice) FROM plain;
DROP TABLE logs, plain;
