-- A type that somebody else's script leaves in pg_temp would stand for one of the
-- server's in the session that drives it, and its constraint run as that session's
-- role: run_batch() refuses it, as it does tables.
\set VERBOSITY terse
CREATE ROLE regress_gradual_thief LOGIN;
CREATE SCHEMA thief AUTHORIZATION regress_gradual_thief;
SET SESSION AUTHORIZATION regress_gradual_thief;
CREATE FUNCTION thief.steal() RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN RAISE WARNING ''as %'', current_user; RETURN true; END';
SELECT gradual.define('domain', $$
    DO $do$ BEGIN CREATE DOMAIN pg_temp.text AS pg_catalog.text CHECK (thief.steal()); END $do$;
$$);
RESET SESSION AUTHORIZATION;
CREATE TEMP TABLE of_the_caller (id int);
SELECT is_done FROM gradual.run_batch('domain');
SELECT 'a'::text;

SELECT gradual.forget('domain');
DROP TABLE of_the_caller;
DROP SCHEMA thief CASCADE;
DROP ROLE regress_gradual_thief;
