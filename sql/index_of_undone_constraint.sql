-- An index that goes with its constraint when a rollback drops that is built
-- again if start() goes forward from there.
CREATE TABLE person (id int PRIMARY KEY, code int, tag int, note text);
INSERT INTO person SELECT i, i, i, 'note ' || i FROM generate_series(1, 300) i;
CREATE TABLE city (id int PRIMARY KEY);
INSERT INTO city SELECT generate_series(1, 300);
CREATE TABLE visit (id int, city int) PARTITION BY RANGE (id);
CREATE TABLE visit_1 PARTITION OF visit FOR VALUES FROM (0) TO (200);
CREATE TABLE visit_2 PARTITION OF visit FOR VALUES FROM (200) TO (400);
INSERT INTO visit SELECT i, i FROM generate_series(1, 300) i;
ANALYZE person, city, visit;
CREATE VIEW keys AS
    SELECT conrelid::regclass AS table, conname AS constraint, convalidated AS valid
    FROM pg_constraint
    WHERE (conrelid = 'person'::regclass AND contype = 'u') OR conname = 'visit_city'
    ORDER BY 1, 2;

SELECT gradual.define('keys', $$
    ALTER TABLE person ADD CONSTRAINT first CHECK (tag > 0);
    ALTER TABLE person ADD CONSTRAINT person_code UNIQUE (code);
    CREATE UNIQUE INDEX person_tag ON person (tag);
    ALTER TABLE person ADD UNIQUE USING INDEX person_tag;
    ALTER TABLE visit ADD CONSTRAINT visit_city FOREIGN KEY (city) REFERENCES city;
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
SELECT gradual.start('keys');
CALL gradual.wait('keys');
TABLE keys;
-- Stops where it would drop the first constraint
CALL gradual_test.refuse_drop('^first ');
SELECT gradual.rollback('keys');
CALL gradual_test.await_true($$(SELECT status = 'failed' FROM gradual.ledger WHERE name = 'keys')$$);
SELECT action, status FROM gradual.step WHERE name = 'keys' AND action ~ 'person|first' ORDER BY step;
TABLE keys;
CALL gradual_test.allow_drop();
SELECT gradual.start('keys');
CALL gradual.wait('keys');
TABLE keys;
SELECT DISTINCT status FROM gradual.step WHERE name = 'keys' AND phase < 'ready';

-- And all the way back
SELECT gradual.rollback('keys');
CALL gradual.wait('keys');
SELECT status FROM gradual.ledger WHERE name = 'keys';
TABLE keys;
SELECT relname FROM pg_class WHERE relname ~ 'gradual' AND relnamespace = 'public'::regnamespace;

-- A constraint that failed has taken no index along
SELECT gradual.define('fails', $$
    ALTER TABLE person ADD CONSTRAINT person_code UNIQUE (code);
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
CREATE FUNCTION refuse_constraint() RETURNS event_trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conname = 'person_code') THEN
        RAISE 'no constraint here';
    END IF;
END
$body$;
CREATE EVENT TRIGGER refuse_constraint ON ddl_command_end EXECUTE FUNCTION refuse_constraint();
SELECT gradual.start('fails');
CALL gradual_test.await_true($$(SELECT status = 'failed' FROM gradual.ledger WHERE name = 'fails')$$);
DROP EVENT TRIGGER refuse_constraint;
SELECT action, status FROM gradual.step WHERE name = 'fails' AND action ~ 'person' ORDER BY step;
SELECT gradual.rollback('fails');
CALL gradual.wait('fails');
SELECT relname FROM pg_class WHERE relname ~ 'gradual' AND relnamespace = 'public'::regnamespace;
