-- ATTACH and DETACH PARTITION leave what psql leaves; rows are not gone through
-- under lock, neither those of the new partition nor those of a default one,
-- and rows that do not fit are counted, and lead back to ready.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION steps(script text) RETURNS SETOF text LANGUAGE sql
    AS 'SELECT concat_ws('' | '', phase, action, target, nullif(lock_mode, ''''), cost, reversible) FROM gradual.explain(script)';
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE INDEX ON logs (line);
CREATE TABLE lots (id int, kind text) PARTITION BY LIST (kind);
CREATE TABLE logs_20 (line text, at date NOT NULL);
CREATE TABLE lots_a (LIKE lots);
CREATE TABLE keys (line text PRIMARY KEY);
INSERT INTO logs VALUES ('2010-01-01', 'old');
INSERT INTO logs_20 VALUES ('new', '2020-05-05'), ('new', '2020-06-06');
INSERT INTO lots_a VALUES (1, 'a');

-- an index would be built
SELECT gradual.define('m', 'ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM (''2020-01-01'') TO (''2021-01-01'')');
CREATE INDEX ON logs_20 (line);
SELECT steps('ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM (''2020-01-01'') TO (''2021-01-01'')');
SELECT sql FROM gradual.explain('ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM (''2020-01-01'') TO (''2021-01-01'')');
SELECT steps('ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN (''a'', NULL)');
SELECT steps('CREATE TABLE lots_b (LIKE lots); ALTER TABLE lots ATTACH PARTITION lots_b FOR VALUES IN (''b'')');
SELECT steps('CREATE TABLE logs_21 (LIKE logs); ALTER TABLE logs ATTACH PARTITION logs_21 FOR VALUES FROM (''2021-01-01'') TO (''2022-01-01'')');
-- proved already
SELECT steps('ALTER TABLE lots ATTACH PARTITION lots_a DEFAULT');
ALTER TABLE lots_a ADD CHECK (kind IS NOT NULL AND kind = 'a');
SELECT steps('ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN (''a'')');
-- what PostgreSQL refuses
SELECT gradual.define('m', 'ALTER TABLE logs ATTACH PARTITION keys FOR VALUES FROM (''2020-01-01'') TO (''2021-01-01'')');
SELECT gradual.define('m', 'ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM (''2021-01-01'') TO (''2020-01-01'')');
SELECT gradual.define('m', 'ALTER TABLE logs ATTACH PARTITION logs_20 DEFAULT');

SELECT gradual.define('m', 'CREATE TABLE logs_x PARTITION OF logs DEFAULT');
SELECT gradual.define('m', 'ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN (''a''); ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN (''b'')');

-- a row that does not fit
SELECT gradual.define('attach', $$
    ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
    ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN ('a');
$$);
SELECT gradual.start('attach');
CALL gradual.wait('attach');
INSERT INTO logs_20 VALUES ('wrong', '2030-01-01');
INSERT INTO logs VALUES ('2020-07-07', 'in the default partition');
SELECT gradual.complete('attach');
CALL gradual.wait('attach');
SELECT status, error FROM gradual.ledger;
DELETE FROM logs_20 WHERE line = 'wrong';
SELECT gradual.complete('attach');
CALL gradual.wait('attach');
DELETE FROM logs WHERE line = 'in the default partition';
SELECT count(*) FROM pg_constraint WHERE conname LIKE '\_gradual%';
SELECT gradual.complete('attach');
CALL gradual.wait('attach');
SELECT status, error FROM gradual.ledger;

CREATE SCHEMA plain;
SET search_path = plain;
CREATE TABLE logs (at date NOT NULL, line text) PARTITION BY RANGE (at);
CREATE TABLE logs_rest PARTITION OF logs DEFAULT;
CREATE INDEX ON logs (line);
CREATE TABLE lots (id int, kind text) PARTITION BY LIST (kind);
CREATE TABLE logs_20 (line text, at date NOT NULL);
CREATE TABLE lots_a (LIKE lots);
CREATE TABLE keys (line text PRIMARY KEY);
CREATE INDEX ON logs_20 (line);
ALTER TABLE lots_a ADD CHECK (kind IS NOT NULL AND kind = 'a');
ALTER TABLE logs ATTACH PARTITION logs_20 FOR VALUES FROM ('2020-01-01') TO ('2021-01-01');
ALTER TABLE lots ATTACH PARTITION lots_a FOR VALUES IN ('a');
RESET search_path;
SELECT * FROM gradual_test.shape('public') EXCEPT SELECT * FROM gradual_test.shape('plain');
SELECT * FROM gradual_test.shape('plain') EXCEPT SELECT * FROM gradual_test.shape('public');
SELECT tableoid::regclass, at, line FROM logs ORDER BY at;
SELECT tableoid::regclass, * FROM lots;
