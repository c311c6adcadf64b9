-- A table with rows becomes the default partition of a table that the script makes,
-- beside others: that its rows belong into none of them is proved before, not looked
-- for under lock.  Where it would be, the statement is refused.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION steps(script text) RETURNS SETOF text LANGUAGE sql
    AS 'SELECT concat_ws('' | '', phase, action, target, nullif(lock_mode, ''''), cost) FROM gradual.explain(script)';
CREATE TABLE old (id int, n int);
INSERT INTO old SELECT g, g FROM generate_series(20, 50) g;
CREATE TABLE near (id int, n int);
INSERT INTO near SELECT g, g FROM generate_series(0, 9) g;
\set anew 'CREATE TABLE parts (id int, n int) PARTITION BY RANGE (id);'
SELECT steps(:'anew' || 'ALTER TABLE parts ATTACH PARTITION old DEFAULT');
SELECT steps(:'anew' || 'CREATE TABLE next PARTITION OF parts FOR VALUES FROM (100) TO (200); ALTER TABLE parts ATTACH PARTITION old DEFAULT');
SELECT steps(:'anew' || 'ALTER TABLE parts ATTACH PARTITION near FOR VALUES FROM (0) TO (10); ALTER TABLE parts ATTACH PARTITION old DEFAULT');
SELECT steps(:'anew' || 'ALTER TABLE parts ATTACH PARTITION old DEFAULT; ALTER TABLE parts ATTACH PARTITION near FOR VALUES FROM (0) TO (10)');
\pset tuples_only off
-- beside the rows that are there by then; beside partitions whose bounds no copy has
SELECT steps(:'anew' || 'ALTER TABLE parts ATTACH PARTITION old DEFAULT; CREATE TABLE next PARTITION OF parts FOR VALUES FROM (100) TO (200)');
CREATE TABLE known (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE known_1 PARTITION OF known FOR VALUES FROM (100) TO (200);
SELECT steps('ALTER TABLE known ATTACH PARTITION old DEFAULT');
-- and to whose keys all rows would have to refer
CREATE TABLE keys (id int PRIMARY KEY);
CREATE TABLE referring (id int, n int REFERENCES keys) PARTITION BY RANGE (id);
SELECT steps('ALTER TABLE referring ATTACH PARTITION old FOR VALUES FROM (0) TO (100)');

-- a row that is in the way, and then not
\set ECHO none
SELECT gradual.define('m', 'ALTER TABLE old RENAME TO rest;' || replace(:'anew', 'parts', 'new') ||
    'CREATE TABLE next PARTITION OF new FOR VALUES FROM (50) TO (200); ALTER TABLE new ATTACH PARTITION rest DEFAULT; ALTER TABLE new ATTACH PARTITION near FOR VALUES FROM (0) TO (10); ALTER TABLE new RENAME TO old');
\set ECHO all
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
\set VERBOSITY terse
CALL gradual.wait('m');
DELETE FROM old WHERE id = 50;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT tableoid::regclass, count(*) FROM old GROUP BY 1 ORDER BY 1;
SELECT conrelid::regclass, conname FROM pg_constraint WHERE conname LIKE '%gradual%';
