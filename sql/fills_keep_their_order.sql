-- Of two fills of a table the earlier one comes first, also when something else
-- of the script keeps it back: else the later one would write rows that the
-- earlier one then takes for filled.
CREATE FUNCTION fills(script text) RETURNS TABLE (step int, phase text, statement int, action text)
LANGUAGE sql AS $body$
    SELECT step, phase, statement, action FROM gradual.explain(script)
    WHERE action ~ '^(fill|convert|drop index)' AND phase IN ('backfill', 'index')
$body$;
CREATE TABLE person (id bigint PRIMARY KEY, tag int, digits text, note text);
CREATE INDEX person_tag ON person (tag);
INSERT INTO person SELECT i, i, i, 'note ' || i FROM generate_series(1, 500) i;
ANALYZE person;

-- A default, a second name, another type: each after DROP INDEX, which the fill follows
\set fill 'DROP INDEX person_tag; ALTER TABLE person ADD COLUMN number bigint; UPDATE person SET number = digits::bigint; '
\set by_default :fill 'ALTER TABLE person ADD COLUMN token uuid NOT NULL DEFAULT gen_random_uuid();'
\set by_name :fill 'ALTER TABLE person RENAME COLUMN note TO remark;'
\set by_type :fill 'ALTER TABLE person ALTER COLUMN tag TYPE bigint;'
SELECT * FROM fills(:'by_default');
SELECT * FROM fills(:'by_name');
SELECT * FROM fills(:'by_type');

-- All values are there, and a row that refuses is found
UPDATE person SET digits = 'y' WHERE id = 100;
SELECT gradual.define('by_default', :'by_default', on_error => 'quarantine');
CALL gradual.run('by_default');
SELECT status, failed FROM gradual.ledger WHERE name = 'by_default';
SELECT count(*) FILTER (WHERE number = id) AS filled, count(*) FILTER (WHERE number IS NULL) AS unfilled,
       count(DISTINCT token) AS tokens
FROM person;
UPDATE person SET digits = id WHERE id = 100;
SELECT gradual.retry_quarantined('by_default');
SELECT gradual.complete('by_default');
CALL gradual.wait('by_default');
SELECT status FROM gradual.ledger WHERE name = 'by_default';
SELECT count(*) FILTER (WHERE number = id) AS filled FROM person;
