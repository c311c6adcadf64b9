-- With the default of gradual.direct_pages a small table is changed by the plain
-- statement in one step; with 0 only a table without rows is.

SHOW gradual.direct_pages;
RESET gradual.direct_pages;
SELECT boot_val, unit FROM pg_settings WHERE name = 'gradual.direct_pages';
SET gradual.direct_pages = 128;

CREATE TABLE small (id int, a int);
-- more than one page, which would always be small enough
INSERT INTO small SELECT g, g FROM generate_series(1, 500) g;
DELETE FROM small WHERE id > 10;
CREATE TABLE empty (id int, a int);
ANALYZE small, empty;


\set rows 'UPDATE small SET a = a + 1; DELETE FROM small WHERE id > 9; UPDATE empty SET a = 1; DELETE FROM empty;'
-- no key, and nothing proves that a row was done: batches would be refused
SELECT phase, action, target, cost, reversible, note FROM gradual.explain(:'rows');
SELECT gradual.define('m', :'rows');
CALL gradual.run('m');
TABLE small;
SELECT step, action, status, processed FROM gradual.step WHERE name = 'm';

SET gradual.direct_pages = 0;
SELECT gradual.explain(:'rows');
SELECT phase, action, cost, note FROM gradual.explain('UPDATE empty SET a = 1; DELETE FROM empty;');
SELECT phase, action, cost FROM gradual.explain('DELETE FROM small WHERE id > 9');

-- it is the setting of start() that counts
ALTER TABLE small ADD PRIMARY KEY (id);
SELECT gradual.define('n', 'UPDATE small SET a = a + 1');
SET gradual.direct_pages = 128;
SELECT phase, action, cost FROM gradual.plan('n');
CALL gradual.run('n');
SELECT phase, action, cost FROM gradual.plan('n');
TABLE small;
