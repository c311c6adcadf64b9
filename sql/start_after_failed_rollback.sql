-- A rollback that fails while it builds a dropped index again leaves an invalid
-- one behind.  start() goes forward from there, and drops it again.
CREATE TABLE person (id int PRIMARY KEY, code int, tag int);
INSERT INTO person SELECT i, i, i % 10 FROM generate_series(1, 100) i;
CREATE UNIQUE INDEX person_code ON person (code);
ANALYZE person;
CREATE VIEW indexes AS
    SELECT indexrelid::regclass AS index, indisvalid AS valid
    FROM pg_index WHERE indrelid = 'person'::regclass ORDER BY indexrelid::regclass::text;

SELECT gradual.define('other_index', $$
    DROP INDEX person_code;
    ALTER TABLE person RENAME COLUMN tag TO label;
$$);
SELECT gradual.start('other_index');
CALL gradual.wait('other_index');
TABLE indexes;
-- Now the old index cannot be built
UPDATE person SET code = 1 WHERE id = 2;
SELECT gradual.rollback('other_index');
CALL gradual.wait('other_index');
TABLE indexes;
SELECT step, action, status FROM gradual.step WHERE name = 'other_index' AND action ~ 'index';
SELECT gradual.start('other_index');
CALL gradual.wait('other_index');
TABLE indexes;
SELECT step, action, status FROM gradual.step WHERE name = 'other_index' AND action ~ 'index';
-- And back again, once that is possible
UPDATE person SET code = 2 WHERE id = 2;
SELECT gradual.rollback('other_index');
CALL gradual.wait('other_index');
TABLE indexes;
SELECT status FROM gradual.ledger WHERE name = 'other_index';
