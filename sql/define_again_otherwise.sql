-- A script that is defined again with other arguments: as long as it has not begun
-- they count; later what alter() cannot change is refused.
CREATE TABLE t (id int PRIMARY KEY, a text, n int);
INSERT INTO t SELECT g, CASE WHEN g = 7 THEN 'x' ELSE g::text END, g FROM generate_series(1, 10) g;
\set script 'ALTER TABLE t ADD b int; UPDATE t SET b = a::int'

SELECT gradual.define('m', :'script');
SELECT gradual.define('m', :'script', on_error => 'quarantine');
SELECT gradual.define('m', :'script', on_error => 'quarantine');
-- run() has no such arguments
CALL gradual.run('m', :'script');
SELECT key FROM gradual.quarantined;
SELECT gradual.define('m', :'script');
SELECT gradual.define('m', :'script', on_error => 'quarantine', workers => 2, batch_time => '20 ms');
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual.define('m', :'script');
CALL gradual.run('m', :'script');
SELECT key FROM gradual.quarantined;
SELECT gradual.rollback('m');
CALL gradual.wait('m');

-- what the script drops follows the new columns, also when run() starts it
SELECT gradual.define('r', 'ALTER TABLE t ADD c int; UPDATE t SET c = n; ALTER TABLE t DROP n', reverse => '{"t.n": "c"}');
SELECT gradual.start('r');
CALL gradual.wait('r');
CALL gradual.run('r', 'ALTER TABLE t ADD c int; UPDATE t SET c = n; ALTER TABLE t DROP n');
SELECT status FROM gradual.ledger WHERE name = 'r';

-- the schemas in which its names are looked up
CREATE SCHEMA other;
CREATE TABLE other.t (id int PRIMARY KEY);
SELECT gradual.define('p', 'ALTER TABLE t ADD d int');
SET search_path = other;
SELECT gradual.define('p', 'ALTER TABLE t ADD d int');
SELECT target FROM gradual.plan('p');
RESET search_path;

-- what it depends on
SELECT gradual.define('after', 'ALTER TABLE t ADD e int', depends_on => '{p}');
SELECT gradual.define('after', 'ALTER TABLE t ADD e int');
CALL gradual.run('after');
SELECT gradual.define('after', 'ALTER TABLE t ADD e int', depends_on => '{p}');
SELECT gradual.define('after', 'ALTER TABLE t ADD e int', batch_size => 3);

SELECT count(gradual.forget(name)) FROM gradual.ledger;
DROP TABLE t;
DROP SCHEMA other CASCADE;
