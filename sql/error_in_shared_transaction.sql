-- Where steps share a transaction and one of them raises, it is that one which
-- failed, with its error and its tries; the others are as they were.
CREATE TABLE one (id int PRIMARY KEY);
CREATE TABLE two (id int PRIMARY KEY, n int);
CREATE TABLE three (id int PRIMARY KEY);
INSERT INTO one SELECT generate_series(1, 10);
INSERT INTO two SELECT i, i FROM generate_series(1, 10) i;
INSERT INTO three SELECT generate_series(1, 10);
ANALYZE one, two, three;
CREATE VIEW steps AS
    SELECT name, step, statement, action, status, attempts, longest_lock_wait > '10 ms' AS waited,
           started_at IS NOT NULL AS started, split_part(error, E'\n', 1) AS error
    FROM gradual.step;
CREATE VIEW failures AS
    SELECT l.name, status, split_part(l.error, E'\n', 1) AS error, e.step AS event
    FROM gradual.ledger l JOIN gradual.event e ON e.name = l.name AND e.event = 'fail';

-- A statement
SELECT gradual.define('statement', $$
    ALTER TABLE one ADD COLUMN a int;
    INSERT INTO two VALUES (11, 11);
    ALTER TABLE three ADD COLUMN a int;
$$, on_error => 'quarantine');
INSERT INTO two VALUES (11, 0);
SELECT gradual.start('statement');
CALL gradual.wait('statement');
SELECT step, statement, action, status, attempts, started, error FROM steps WHERE name = 'statement';
SELECT * FROM failures WHERE name = 'statement';
-- Tried again it has not failed any more
DELETE FROM two WHERE id = 11;
SELECT gradual_test.hold('after-command');
SELECT gradual.start('statement');
SELECT gradual_test.await('after-command');
SELECT step, action, status, attempts, error FROM steps WHERE name = 'statement';
SELECT gradual_test.release('after-command');
CALL gradual.wait('statement');
SELECT step, action, status, attempts, error FROM steps WHERE name = 'statement';

-- What a statement has deferred
CREATE TABLE part (id int PRIMARY KEY, two int REFERENCES two DEFERRABLE INITIALLY DEFERRED);
SELECT gradual.define('deferred', $$
    ALTER TABLE one ADD COLUMN b int;
    INSERT INTO part VALUES (1, 10);
    ALTER TABLE three ADD COLUMN b int;
$$);
DELETE FROM two WHERE id = 10;
SELECT gradual.start('deferred');
CALL gradual.wait('deferred');
SELECT step, statement, action, status, attempts, error FROM steps WHERE name = 'deferred';
SELECT * FROM failures WHERE name = 'deferred';
INSERT INTO two VALUES (10, 10);
SELECT gradual.start('deferred');
CALL gradual.wait('deferred');

-- A lock that somebody holds
SELECT gradual.define('held', $$
    ALTER TABLE one ADD COLUMN c int;
    ALTER TABLE two ADD COLUMN c int;
    ALTER TABLE three ADD COLUMN c int;
$$);
BEGIN;
LOCK TABLE two IN ACCESS SHARE MODE;
PREPARE TRANSACTION 'reader';
SET gradual.lock_patience = '100 ms';
SELECT gradual.start('held');
CALL gradual_test.await_true('(SELECT status = ''failed'' FROM gradual.ledger WHERE name = ''held'')');
SELECT step, statement, action, status, attempts, error FROM steps WHERE name = 'held';
SELECT * FROM failures WHERE name = 'held';
ROLLBACK PREPARED 'reader';
-- That somebody has got before us
SET gradual.lock_patience = '10 min';
SELECT gradual_test.hold('before-ddl-lock');
SELECT gradual.start('held');
SELECT gradual_test.await('before-ddl-lock');
BEGIN;
LOCK TABLE two IN ACCESS SHARE MODE;
PREPARE TRANSACTION 'reader';
SELECT gradual_test.release('before-ddl-lock');
CALL gradual_test.await_true('(SELECT max(attempts) > 0 FROM gradual.step WHERE name = ''held'')');
SELECT step, statement, action, status, attempts, waited, error FROM steps WHERE name = 'held';
ROLLBACK PREPARED 'reader';
CALL gradual.wait('held');
SELECT step, statement, action, status, attempts, waited, error FROM steps WHERE name = 'held';
-- A table that is gone
SELECT gradual.define('gone', $$
    ALTER TABLE one ADD COLUMN d int;
    ALTER TABLE two ADD COLUMN d int;
    ALTER TABLE three ADD COLUMN d int;
$$);
SELECT gradual_test.hold('after-claim');
SELECT gradual.start('gone');
SELECT gradual_test.await('after-claim');
ALTER TABLE two RENAME TO two_more;
SELECT gradual_test.release('after-claim');
CALL gradual.wait('gone');
SELECT step, statement, action, status, attempts, error FROM steps WHERE name = 'gone';
ALTER TABLE two_more RENAME TO two;
SELECT gradual.start('gone');
CALL gradual.wait('gone');

-- One that was half way back is undone to its end
ALTER TABLE one ADD CONSTRAINT small CHECK (id < 1000);
CREATE VIEW checks AS
    SELECT conname, convalidated FROM pg_constraint WHERE conrelid = 'one'::regclass AND contype = 'c';
SELECT gradual.define('half_way', $$
    ALTER TABLE one DROP CONSTRAINT small;
    ALTER TABLE two ADD COLUMN e int;
    ALTER TABLE three RENAME COLUMN a TO e;
$$);
SELECT gradual.start('half_way');
CALL gradual.wait('half_way');
CREATE FUNCTION refuse_valid() RETURNS event_trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF EXISTS (SELECT FROM checks WHERE convalidated) THEN
        RAISE 'no valid constraint here';
    END IF;
END
$body$;
CREATE EVENT TRIGGER refuse_valid ON ddl_command_end EXECUTE FUNCTION refuse_valid();
SELECT gradual.rollback('half_way');
CALL gradual.wait('half_way');
DROP EVENT TRIGGER refuse_valid;
TABLE checks;
SELECT step, action, status FROM steps WHERE name = 'half_way' AND step <= 3;
ALTER TABLE two ADD COLUMN e int;
SELECT gradual.start('half_way');
CALL gradual.wait('half_way');
SELECT step, action, status, error FROM steps WHERE name = 'half_way' AND step <= 3;
SELECT gradual.rollback('half_way');
CALL gradual.wait('half_way');
TABLE checks;
SELECT name, status FROM gradual.ledger ORDER BY name;
