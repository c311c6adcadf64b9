-- Code of a migration that runs in the session of another role leaves nothing there
-- that the session's own statements would use later, as their role: no prepared
-- statement, not after an error either, no temporary object of whomever, no cursor.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_gradual_thief LOGIN;
CREATE ROLE regress_gradual_thieves;
GRANT regress_gradual_thieves TO regress_gradual_thief;
CREATE SCHEMA thief AUTHORIZATION regress_gradual_thief;
SET SESSION AUTHORIZATION regress_gradual_thief;
CREATE FUNCTION thief.steal() RETURNS text LANGUAGE sql AS $$ SELECT 'stolen as ' || current_user $$;
SELECT gradual.define('prepares', $$
    DO $do$ BEGIN EXECUTE 'PREPARE of_driver AS SELECT thief.steal()'; RAISE EXCEPTION 'which no rollback takes back'; END $do$;
$$);
SELECT gradual.define('deallocates', $$ DO $do$ BEGIN EXECUTE 'DEALLOCATE ALL'; END $do$ $$);
SELECT gradual.define('listens', $$ DO $do$ BEGIN EXECUTE 'LISTEN thief'; END $do$ $$);
SELECT gradual.define('hears no more', $$ DO $do$ BEGIN EXECUTE 'UNLISTEN *'; END $do$ $$);
SELECT gradual.define('discards', $$ DO $do$ BEGIN EXECUTE 'DISCARD TEMP'; END $do$ $$);
SELECT gradual.define('gives away', $$
    DO $do$ BEGIN CREATE TEMP TABLE pg_class (x int); ALTER TABLE pg_temp.pg_class OWNER TO regress_gradual_thieves; END $do$;
$$);
SELECT gradual.define('opens', $$
    DO $do$ DECLARE mine refcursor := 'mine'; another refcursor := 'another';
    BEGIN CLOSE mine; OPEN mine FOR SELECT thief.steal(); OPEN another FOR SELECT thief.steal(); END $do$;
$$);
CREATE TABLE thief.t (id int PRIMARY KEY, a text);
INSERT INTO thief.t VALUES (1, '1');
CREATE FUNCTION thief.number(a text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a || ''x''; END';
SELECT gradual.define('quarantines', $$
    ALTER TABLE thief.t ADD COLUMN n int;
    UPDATE thief.t SET n = thief.number(a) WHERE n IS NULL;
$$, on_error => 'quarantine');
SELECT gradual.start('quarantines');
CALL gradual.wait('quarantines');
CREATE OR REPLACE FUNCTION thief.number(a text) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a; END';
CREATE FUNCTION thief.on_row() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN CREATE TEMP TABLE pg_class (x int); RETURN NEW; END $$;
CREATE TRIGGER on_row BEFORE UPDATE ON thief.t FOR EACH ROW EXECUTE FUNCTION thief.on_row();
RESET SESSION AUTHORIZATION;

PREPARE mine AS SELECT 'of the caller';
LISTEN mine;
CREATE TEMP TABLE own (id int);
SELECT gradual.run_batch('prepares');
SELECT gradual.run_batch('deallocates');
SELECT gradual.run_batch('listens');
SELECT gradual.run_batch('hears no more');
SELECT gradual.run_batch('discards');
SELECT gradual.run_batch('gives away');
SELECT gradual.retry_quarantined('quarantines');
SELECT name FROM pg_prepared_statements;
SELECT pg_listening_channels();
SELECT relname FROM pg_catalog.pg_class WHERE relnamespace = pg_my_temp_schema();
BEGIN;
DECLARE mine CURSOR FOR SELECT 'of the caller';
DECLARE other CURSOR FOR SELECT 'of the caller';
SELECT is_done FROM gradual.run_batch('opens');
SELECT name FROM pg_cursors;
FETCH other;
COMMIT;

-- As its own role it may do all of that
SET ROLE regress_gradual_thief;
SELECT is_done FROM gradual.run_batch('deallocates');
SELECT is_done FROM gradual.run_batch('listens');
SELECT is_done FROM gradual.run_batch('hears no more');
RESET ROLE;
SELECT count(*) FROM pg_prepared_statements;

SELECT gradual.rollback('quarantines', force => true);
CALL gradual.wait('quarantines');
SELECT gradual.forget(name) FROM gradual.ledger;
DROP TABLE own;
DROP SCHEMA thief CASCADE;
DROP OWNED BY regress_gradual_thief, regress_gradual_thieves;
DROP ROLE regress_gradual_thief, regress_gradual_thieves;
