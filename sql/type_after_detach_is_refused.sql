-- A column beside that of a partition would stay behind with a partition that the
-- script takes away before: such a change of type is refused.

CREATE TABLE logs (id int, d int, memo text) PARTITION BY RANGE (d);
CREATE TABLE logs_1 PARTITION OF logs FOR VALUES FROM (0) TO (10);
CREATE TABLE logs_2 PARTITION OF logs FOR VALUES FROM (10) TO (20);
INSERT INTO logs SELECT g, g, g FROM generate_series(0, 19) g;
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs DETACH PARTITION logs_1; ALTER TABLE logs ALTER COLUMN id TYPE bigint');
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs DETACH PARTITION logs_1; ALTER TABLE logs RENAME COLUMN memo TO m2');
SELECT step, phase, action FROM gradual.explain('ALTER TABLE logs ALTER COLUMN id TYPE bigint; ALTER TABLE logs DETACH PARTITION logs_1');
