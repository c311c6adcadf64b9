-- A rollback that fails while it builds a dropped index again leaves an invalid
-- one behind, and one that cannot validate a dropped constraint leaves that not
-- valid.  start() goes forward from there, and drops it again.
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

-- The same of a constraint
CREATE VIEW checks AS
    SELECT conname AS constraint, convalidated AS valid
    FROM pg_constraint WHERE conrelid = 'person'::regclass AND contype = 'c' ORDER BY conname;
ALTER TABLE person ADD CONSTRAINT small CHECK (code < 1000);
SELECT gradual.define('no_check', $$
    ALTER TABLE person DROP CONSTRAINT small;
    ALTER TABLE person RENAME COLUMN tag TO label;
$$);
SELECT gradual.start('no_check');
CALL gradual.wait('no_check');
TABLE checks;
-- Now the old constraint cannot be validated
CREATE FUNCTION refuse_valid() RETURNS event_trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM checks WHERE valid) THEN
        RAISE 'no valid constraint here';
    END IF;
END
$body$;
CREATE EVENT TRIGGER refuse_valid ON ddl_command_end EXECUTE FUNCTION refuse_valid();
SELECT gradual.rollback('no_check');
CALL gradual.wait('no_check');
TABLE checks;
SELECT gradual.start('no_check');
CALL gradual.wait('no_check');
TABLE checks;
-- Rolled back again it goes on where that stopped
SELECT gradual.rollback('no_check');
CALL gradual.wait('no_check');
DROP EVENT TRIGGER refuse_valid;
SELECT gradual.rollback('no_check');
CALL gradual.wait('no_check');
TABLE checks;
SELECT status FROM gradual.ledger WHERE name = 'no_check';
