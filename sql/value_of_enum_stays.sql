-- A value of an enum cannot be removed, so a rollback leaves it.  The migration can
-- be started again all the same, also after a rollback that stopped half way, and
-- with reset; where another made the value it is refused, as by psql.
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE TABLE person (id int PRIMARY KEY, old int);
INSERT INTO person SELECT generate_series(1, 10);
SELECT gradual.define('value', $$
    ALTER TABLE person ADD first int;
    ALTER TYPE mood ADD VALUE 'so-so' BEFORE 'glad';
    ALTER TABLE person ADD mood mood DEFAULT 'so-so';
    ALTER TABLE person DROP COLUMN old;
$$);
SELECT step, action, sql FROM gradual.plan('value') WHERE action ~ 'value';
SELECT gradual.start('value');
CALL gradual.wait('value');
SELECT gradual.rollback('value');
CALL gradual.wait('value');
SELECT status FROM gradual.ledger;
SELECT enum_range(NULL::mood);

-- Again, and stopped half way: before the value
SELECT gradual.start('value');
CALL gradual.wait('value');
CALL gradual_test.refuse_drop('first$');
SELECT gradual.rollback('value');
CALL gradual.wait('value');
CALL gradual_test.allow_drop();
SELECT gradual.start('value');
CALL gradual.wait('value');
SELECT status FROM gradual.ledger;
SELECT gradual.cancel('value');
SELECT gradual.start('value', reset => true);
CALL gradual.wait('value');
SELECT status FROM gradual.ledger;
SELECT gradual.complete('value');
CALL gradual.wait('value');
SELECT status FROM gradual.ledger;
SELECT enum_range(NULL::mood), count(*) FROM person WHERE mood = 'so-so';

-- Another's
SELECT gradual.define('late', $$ALTER TYPE mood ADD VALUE 'mad'$$);
ALTER TYPE mood ADD VALUE 'mad';
SELECT gradual.start('late');
