-- gradual.rehearse() finds what the rows and the owner's privileges do not allow:
-- with the number of the rows and some of their keys, and what it leads to.
\set rehearse 'SELECT step, phase, action, result, rows, regexp_replace(finding, ''_gradual_(nn|ix)_[0-9]+_[0-9]+'', ''_gradual_\\1'', ''g'') AS finding FROM gradual.rehearse'

CREATE TABLE orgs (id int PRIMARY KEY);
INSERT INTO orgs SELECT generate_series(1, 3);
CREATE TABLE users (id int PRIMARY KEY, email text, age text, org int, score int, boss int REFERENCES users DEFERRABLE INITIALLY DEFERRED);
INSERT INTO users SELECT g, 'person' || g / 2, CASE WHEN g = 7 THEN 'seven' ELSE g::text END, g, nullif(g, 5) FROM generate_series(1, 20) g;

-- NULL
SELECT gradual.define('not null', 'ALTER TABLE users ALTER COLUMN score SET NOT NULL');
:rehearse ('not null', max_time => '1 min');
-- duplicates; other statements are tried all the same
SELECT gradual.define('unique', 'ALTER TABLE users ADD UNIQUE (email); ALTER TABLE users ADD CHECK (score < 19)');
:rehearse ('unique', max_time => '1 min');
-- a missing key
SELECT gradual.define('foreign key', 'ALTER TABLE users ADD FOREIGN KEY (org) REFERENCES orgs');
:rehearse ('foreign key', max_time => '1 min');
-- values that do not convert
SELECT gradual.define('type', 'ALTER TABLE users ALTER COLUMN age TYPE int USING age::int');
:rehearse ('type', max_time => '1 min');
SELECT gradual.define('fill', 'ALTER TABLE users ADD COLUMN n int; UPDATE users SET n = age::int; ALTER TABLE users ALTER n SET NOT NULL');
:rehearse ('fill', max_time => '1 min');
SELECT gradual.define('quarantine', 'ALTER TABLE users ADD COLUMN n int; UPDATE users SET n = age::int', on_error => 'quarantine');
:rehearse ('quarantine', max_time => '1 min');
-- what is checked at the commit only
SELECT gradual.define('deferred', 'UPDATE users SET boss = id + 10 WHERE boss IS NULL');
:rehearse ('deferred', max_time => '1 min');
-- one error follows from another
CREATE FUNCTION fail() RETURNS int LANGUAGE plpgsql AS 'BEGIN RAISE ''no way''; END';
SELECT gradual.define('follows', 'DO ''BEGIN PERFORM fail(); CREATE TABLE made (); END''; DO ''BEGIN DROP TABLE made; END''');
:rehearse ('follows', max_time => '1 min');
-- what needs a commit in between
SELECT gradual.define('commits', 'DO ''BEGIN COMMIT; END''');
:rehearse ('commits', max_time => '1 min');

-- privileges: the owner's, whoever calls
CREATE ROLE regress_rehearse_owner;
CREATE ROLE regress_rehearse_other;
CREATE TABLE secret AS SELECT 1 AS id;
CREATE SCHEMA theirs AUTHORIZATION regress_rehearse_owner;
SET ROLE regress_rehearse_owner;
SET search_path = theirs, public;
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t VALUES (1, 1);
CREATE FUNCTION look(a int) RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN a + (SELECT count(*) FROM public.secret); END';
CREATE FUNCTION escape() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    way text;
BEGIN
    FOREACH way IN ARRAY ARRAY['RESET ROLE', 'SET SESSION AUTHORIZATION DEFAULT', 'SELECT set_config(''role'', ''none'', false)'] LOOP
        BEGIN
            EXECUTE way;
        EXCEPTION WHEN OTHERS THEN
            RAISE NOTICE '% as %: %', way, current_user, SQLERRM;
        END;
    END LOOP;
    RETURN NEW;
END $$;
CREATE TRIGGER escape AFTER UPDATE ON t FOR EACH ROW EXECUTE FUNCTION escape();
CREATE FUNCTION cursor() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DECLARE held CURSOR WITH HOLD FOR SELECT current_user'; END $$;
SELECT gradual.define('privilege', 'UPDATE t SET a = look(a)');
SELECT gradual.define('escape', 'UPDATE t SET a = a + 1; SELECT cursor()');
RESET search_path;
RESET ROLE;
:rehearse ('privilege', max_time => '1 min');
:rehearse ('escape', max_time => '1 min');
SELECT current_user = session_user AS myself, (SELECT count(*) FROM pg_cursors WHERE name = 'held') AS cursors;
SET ROLE regress_rehearse_other;
:rehearse ('privilege');
RESET ROLE;
SELECT gradual.forget('privilege'), gradual.forget('escape');
DROP OWNED BY regress_rehearse_owner;
DROP ROLE regress_rehearse_owner, regress_rehearse_other;
