-- Row security that comes while a migration is under way, and hides rows from its
-- owner, makes no row pass for one that is done or gone: not in batches by key, not
-- for a row in the quarantine, and the copy of a row stays.
SET client_min_messages = warning;
CREATE ROLE regress_gradual_filler LOGIN;
CREATE SCHEMA filled AUTHORIZATION regress_gradual_filler;
CREATE TABLE visits (id int PRIMARY KEY, seen int);
INSERT INTO visits SELECT g, 0 FROM generate_series(1, 1000) g;
GRANT SELECT, UPDATE ON visits TO regress_gradual_filler;

-- by key, in the middle
SET ROLE regress_gradual_filler;
SELECT gradual.define('add', 'UPDATE visits SET seen = seen + 1', batch_size => 100);
RESET ROLE;
SELECT processed FROM gradual.run_batch('add');
ALTER TABLE visits ENABLE ROW LEVEL SECURITY;
SELECT processed FROM gradual.run_batch('add');
ALTER TABLE visits DISABLE ROW LEVEL SECURITY;
SELECT gradual.resume('add');
CALL gradual.wait('add');
SELECT seen, count(*) FROM visits GROUP BY seen;

-- in the quarantine, by a policy of the table or of a partition of it
CREATE TABLE parts (id int PRIMARY KEY, a text, n int) PARTITION BY RANGE (id);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM (0) TO (1000);
INSERT INTO parts SELECT g, CASE g WHEN 7 THEN 'x' ELSE g::text END FROM generate_series(1, 500) g;
GRANT SELECT, UPDATE ON parts, parts_1 TO regress_gradual_filler;
SET ROLE regress_gradual_filler;
SELECT gradual.define('fill', 'UPDATE parts SET n = a::int WHERE n IS NULL', on_error => 'quarantine');
SELECT gradual.start('fill');
CALL gradual.wait('fill');
RESET ROLE;
UPDATE parts SET a = 7 WHERE id = 7;
ALTER TABLE parts ENABLE ROW LEVEL SECURITY;
SELECT gradual.retry_quarantined('fill');
SELECT key, sqlstate, message FROM gradual.quarantined;
ALTER TABLE parts DISABLE ROW LEVEL SECURITY;
ALTER TABLE parts_1 ENABLE ROW LEVEL SECURITY;
SELECT gradual.retry_quarantined('fill');
SELECT key, sqlstate, message FROM gradual.quarantined;
ALTER TABLE parts_1 DISABLE ROW LEVEL SECURITY;
SELECT gradual.retry_quarantined('fill');
SELECT n FROM parts WHERE id = 7;
CALL gradual.run('fill');

-- what the application writes, once it is copied
CREATE TABLE filled.source (id int PRIMARY KEY, n int);
INSERT INTO filled.source SELECT g, 0 FROM generate_series(1, 100) g;
ALTER TABLE filled.source OWNER TO regress_gradual_filler;
SET ROLE regress_gradual_filler;
SELECT gradual.define('copy', $$
    CREATE TABLE filled.copy (id int PRIMARY KEY, n int);
    INSERT INTO filled.copy SELECT id, n FROM filled.source;
$$);
SELECT gradual.start('copy');
CALL gradual.wait('copy');
RESET ROLE;
UPDATE filled.source SET n = 1 WHERE id = 1;
ALTER TABLE filled.source ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
UPDATE filled.source SET n = 2 WHERE id = 2;
DELETE FROM filled.source WHERE id = 3;
SELECT count(*), sum(n) FROM filled.copy;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
ALTER TABLE filled.source NO FORCE ROW LEVEL SECURITY;
SELECT gradual.complete('copy');
CALL gradual.wait('copy');
SELECT count(*), sum(n) FROM filled.copy;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP TABLE visits, parts;
DROP SCHEMA filled CASCADE;
DROP ROLE regress_gradual_filler;
