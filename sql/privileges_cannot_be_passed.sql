-- A migration can do what its owner can, and no more, whoever runs it and whatever
-- its script, its tables' triggers and functions and the database's owner try.
\set VERBOSITY terse
SET client_min_messages = warning;
CREATE ROLE regress_gradual_thief LOGIN;
CREATE ROLE regress_gradual_group NOLOGIN;
CREATE ROLE regress_gradual_victim LOGIN IN ROLE regress_gradual_group;
GRANT regress_gradual_group TO regress_gradual_thief;
CREATE SCHEMA thief AUTHORIZATION regress_gradual_thief;
GRANT ALL ON SCHEMA thief TO regress_gradual_group;

-- Who ran what: each function that gets to run says as whom
CREATE TABLE public.proof (what text, role name);
GRANT INSERT ON public.proof TO PUBLIC;
CREATE FUNCTION thief.steal(what text) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO public.proof VALUES (what, current_user);
    RETURN 1;
END $$;
-- tries each way out of the role
CREATE FUNCTION thief.escape(what text) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    way text;
BEGIN
    FOREACH way IN ARRAY ARRAY['RESET ROLE', 'SET ROLE NONE', 'SET ROLE postgres', 'SET ROLE regress_gradual_victim', 'RESET SESSION AUTHORIZATION',
        'SET SESSION AUTHORIZATION postgres', 'SELECT set_config(''role'', ''none'', false)', 'SELECT set_config(''session_authorization'', ''postgres'', true)'] LOOP
        BEGIN
            EXECUTE way;
            PERFORM thief.steal(what || ': ' || way);
        EXCEPTION
            WHEN insufficient_privilege OR feature_not_supported OR undefined_object OR invalid_parameter_value THEN NULL;
        END;
    END LOOP;
    BEGIN
        EXECUTE format('DECLARE %I CURSOR WITH HOLD FOR SELECT thief.steal(%L)', what, what || ': a cursor WITH HOLD');
    EXCEPTION
        WHEN insufficient_privilege OR duplicate_cursor THEN NULL;
    END;
    RETURN 1;
END $$;
CREATE FUNCTION thief.escape_text(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    $$ BEGIN PERFORM thief.escape('index'); RETURN value; END $$;
CREATE FUNCTION thief.on_row() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM thief.escape('trigger'); RETURN NEW; END $$;
CREATE FUNCTION thief.at_commit() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN PERFORM thief.steal('deferred trigger'); PERFORM thief.escape('deferred'); RETURN NULL; END $$;
CREATE VIEW public.stolen AS
    SELECT DISTINCT what, role FROM public.proof WHERE role NOT IN ('regress_gradual_thief', 'regress_gradual_group');

-- 1. A superuser drives the migration of somebody else
SET SESSION AUTHORIZATION regress_gradual_thief;
SET search_path = thief;
CREATE TABLE t (id int PRIMARY KEY, a int, b text);
INSERT INTO t SELECT g, g, g FROM generate_series(1, 5) g;
CREATE TRIGGER on_row BEFORE UPDATE ON t FOR EACH ROW EXECUTE FUNCTION on_row();
CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON t DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION at_commit();
SELECT gradual.define('do', 'DO $$ BEGIN PERFORM thief.escape(''DO''); END $$');
SELECT gradual.define('select', 'SELECT thief.escape(''select'')');
SELECT gradual.define('update', 'UPDATE t SET a = a + thief.escape(''update'')');
SELECT gradual.define('default', 'ALTER TABLE t ADD COLUMN c int DEFAULT thief.escape(''default'')');
SELECT gradual.define('temporary', 'DO $$ BEGIN CREATE TEMP TABLE pg_class (relname name); END $$');
SELECT gradual.define('seen', 'UPDATE t SET b = b || thief.escape(''preview'')');
RESET SESSION AUTHORIZATION;
RESET search_path;
BEGIN;
DECLARE mine CURSOR WITH HOLD FOR SELECT 'the cursor of the caller';
SELECT is_done FROM gradual.run_batch('do');
COMMIT;
FETCH ALL FROM mine;
CLOSE mine;
SELECT is_done FROM gradual.run_batch('select');
SELECT count(*) FROM gradual.preview('seen');
SELECT is_done FROM gradual.run_batch('update');
DO $$ BEGIN WHILE NOT (SELECT is_done FROM gradual.run_batch('default')) LOOP END LOOP; END $$;
SELECT gradual.run_batch('temporary');
SELECT count(*) FROM pg_cursors WHERE is_holdable;
SELECT count(*) FROM pg_catalog.pg_class WHERE relnamespace = pg_my_temp_schema() AND relowner = 'regress_gradual_thief'::regrole;
TABLE stolen;
-- (all of it has run)
SELECT DISTINCT what FROM proof WHERE what LIKE 'deferred%';

-- 2. A worker that connects as a member of the owner's role, which may not log in
SET SESSION AUTHORIZATION regress_gradual_thief;
SET ROLE regress_gradual_group;
CREATE TABLE thief.g (id int PRIMARY KEY, a int, b text);
INSERT INTO thief.g SELECT g, g, g FROM generate_series(1, 5) g;
CREATE TRIGGER on_row BEFORE UPDATE ON thief.g FOR EACH ROW EXECUTE FUNCTION thief.on_row();
CREATE CONSTRAINT TRIGGER at_commit AFTER UPDATE ON thief.g DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION thief.at_commit();
SELECT gradual.define('group', $$
    DO $do$ BEGIN PERFORM thief.escape('DO'); END $do$;
    UPDATE thief.g SET a = a + thief.escape('update');
    CREATE INDEX g_b ON thief.g (thief.escape_text(b));
    ALTER TABLE thief.g ADD CONSTRAINT c CHECK (thief.escape_text(b) <> 'x')$$);
RESET SESSION AUTHORIZATION;
SET SESSION AUTHORIZATION regress_gradual_victim;
SELECT gradual.start('group');
CALL gradual.wait('group');
RESET SESSION AUTHORIZATION;
SELECT status, error FROM gradual.ledger WHERE name = 'group';
TABLE stolen;

-- 3. The owner of the database sets what the workers of others would run
CREATE ROLE regress_gradual_database;
SELECT current_database() AS dbname, rolname AS before FROM pg_database JOIN pg_roles r ON r.oid = datdba WHERE datname = current_database() \gset
ALTER DATABASE :"dbname" OWNER TO regress_gradual_database;
SET ROLE regress_gradual_database;
ALTER DATABASE :"dbname" SET gradual.throttle_query = 'SELECT thief.steal(''throttle'') = 0';
SET gradual.throttle_query = 'SELECT thief.steal(''throttle'') = 0';
RESET ROLE;
ALTER DATABASE :"dbname" OWNER TO :"before";

-- 4. What the triggers and functions of migrations do for somebody who calls them
CREATE TABLE public.secret (id int PRIMARY KEY, owner name, word text, shadow int);
INSERT INTO public.secret VALUES (1, 'postgres', 'xyzzy', NULL);
ALTER TABLE public.secret ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON public.secret USING (owner = current_user);
GRANT SELECT ON public.secret TO regress_gradual_thief;
CREATE TABLE public.hidden (id int PRIMARY KEY, word text, shadow int);
CREATE TABLE public.copied (id int PRIMARY KEY, word text);
INSERT INTO public.hidden VALUES (1, 'plugh', NULL);
SELECT gradual.define('theirs', 'CREATE TABLE public.copy (id int PRIMARY KEY, word text); INSERT INTO public.copy SELECT id, word FROM public.copied; UPDATE public.hidden SET shadow = 1');
INSERT INTO public.copied VALUES (1, 'one');
SELECT gradual.start('theirs');
CALL gradual.wait('theirs');
SELECT id AS theirs FROM gradual.migration WHERE name = 'theirs' \gset
SET SESSION AUTHORIZATION regress_gradual_thief;
CREATE FUNCTION thief.look(word text) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE WARNING 'seen: %', word; RETURN 1; END $$;
SELECT gradual.unconvertible('public.secret', 'shadow', 'thief.look(word)');
SELECT gradual.require_convertible('public.secret', 'shadow', 'thief.look(word)');
SELECT gradual.unconvertible('public.hidden', 'shadow', 'thief.look(word)');
SELECT gradual.move_marks('public.hidden', 'word', 'id');
SELECT gradual.move_identity('public.hidden', 'word', 'id');
SELECT gradual.replace_index('public.hidden_pkey', 'public.hidden_pkey');
SELECT gradual.replace_index('pg_catalog.pg_class_oid_index', 'pg_catalog.pg_class_oid_index');
SELECT gradual.settle_foreign_key('public.hidden', 'x');
SELECT gradual.copy_privileges('public.hidden', 'public.secret');
SELECT gradual.carry_refused(:theirs, 2, 'public.copied');
-- a trigger of the thief's own table that carries to the copy of somebody else
CREATE TABLE thief.source (id int PRIMARY KEY, word text);
SELECT format('CREATE TRIGGER "!_gradual_%1$s_2" AFTER INSERT OR UPDATE OR DELETE ON thief.source FOR EACH ROW EXECUTE FUNCTION gradual.carry(%1$s, 2)', :theirs) \gexec
INSERT INTO thief.source VALUES (7, 'forged');
-- and a change that is kept from a trigger of somebody else
SET gradual.script_writes = on;
CREATE TRIGGER p AFTER UPDATE ON thief.t FOR EACH ROW EXECUTE FUNCTION gradual.preview_row();
UPDATE thief.t SET a = 0 WHERE id = 1;
DROP TRIGGER p ON thief.t;
CREATE TRIGGER p BEFORE UPDATE ON thief.t FOR EACH ROW EXECUTE FUNCTION gradual.sync('shadow', 'nothing', '', 'b', '(SELECT word FROM public.hidden)');
UPDATE thief.t SET a = 0 WHERE id = 1;
DROP TRIGGER p ON thief.t;
-- quotes in a name, and more than one expression where one belongs
SELECT gradual.define('m', 'ALTER TABLE thief.t DROP COLUMN b', reverse => '{"t.b": "''x''); DROP TABLE public.hidden; --"}');
SELECT gradual.define('m', 'ALTER TABLE thief.t DROP COLUMN b', reverse => '{"thief.t.b": "(SELECT word FROM public.hidden)"}');
SELECT gradual.define('x''; DROP TABLE public.hidden; --', 'CREATE TABLE thief."q'''';"" DROP TABLE public.hidden" (id int)');
SELECT is_done FROM gradual.run_batch('x''; DROP TABLE public.hidden; --');
-- what the ledger says of others
SELECT name, status, activity, error, cursor, processed, worker FROM gradual.ledger WHERE name = 'theirs';
SELECT count(*) FROM gradual.step WHERE name = 'theirs';
SELECT count(*) FROM gradual.event WHERE name = 'theirs';
SELECT count(*) FROM gradual.quarantined WHERE name = 'theirs';
SELECT gradual.plan('theirs');
SELECT gradual.preview('theirs');
SELECT gradual.retry_quarantined('theirs');
RESET SESSION AUTHORIZATION;
TABLE public.copy;
SELECT count(*) FROM public.hidden;
TABLE stolen;

SELECT gradual.rollback('theirs', force => true);
CALL gradual.wait('theirs');
DROP TABLE public.secret, public.hidden, public.copied;
SELECT gradual.forget(name) FROM gradual.ledger WHERE status IN ('defined', 'completed', 'rolled_back');
DROP VIEW public.stolen;
DROP TABLE public.proof;
SET client_min_messages = error;
DROP SCHEMA thief CASCADE;
DROP OWNED BY regress_gradual_thief, regress_gradual_group, regress_gradual_victim, regress_gradual_database;
DROP ROLE regress_gradual_thief, regress_gradual_group, regress_gradual_victim, regress_gradual_database;
