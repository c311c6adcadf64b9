-- What is run again after a rollback that stopped half way is undone once, and
-- to what was there before it ran again.
CREATE TABLE person (id int PRIMARY KEY, code int, amount int NOT NULL DEFAULT 5, note text);
ALTER TABLE person ADD CONSTRAINT person_code UNIQUE (code), ADD CONSTRAINT small CHECK (code < 1000);
INSERT INTO person SELECT i, i, i, 'note ' || i FROM generate_series(1, 100) i;
ANALYZE person;
CREATE VIEW constraints AS
    SELECT conname AS constraint, convalidated AS valid
    FROM pg_constraint WHERE conrelid = 'person'::regclass AND contype IN ('u', 'c') ORDER BY conname;
CREATE VIEW defaults AS
    SELECT attname AS column, attnotnull AS not_null, pg_get_expr(adbin, adrelid) AS default
    FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    WHERE attrelid = 'person'::regclass ORDER BY attnum;

SELECT gradual.define('again', $$
    ALTER TABLE person ADD COLUMN first int;
    ALTER TABLE person DROP CONSTRAINT person_code, DROP CONSTRAINT small;
    ALTER TABLE person ALTER COLUMN amount DROP NOT NULL;
    ALTER TABLE person ALTER COLUMN amount SET DEFAULT 6;
    ALTER TABLE person RENAME COLUMN note TO remark;
$$);
SELECT gradual.start('again');
CALL gradual.wait('again');
TABLE constraints;
TABLE defaults;
-- Stops where it would drop the first column
CALL gradual_test.refuse_drop('first$');
SELECT gradual.rollback('again');
CALL gradual.wait('again');
CALL gradual_test.allow_drop();
SELECT step, action, status FROM gradual.step WHERE name = 'again' AND phase = 'expand';
TABLE constraints;
TABLE defaults;

-- Forward again, and all the way back
ALTER TABLE person ALTER COLUMN amount SET DEFAULT 7;
SELECT gradual.start('again');
CALL gradual.wait('again');
TABLE constraints;
TABLE defaults;
SELECT gradual.rollback('again');
CALL gradual.wait('again');
SELECT status FROM gradual.ledger WHERE name = 'again';
TABLE constraints;
TABLE defaults;
