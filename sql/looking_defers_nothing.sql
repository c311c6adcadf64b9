-- What only looks, a rollback's checks and a throttle_query, runs to its end as the
-- migration's owner: what its functions defer does not run as whoever commits.
CREATE ROLE regress_gradual_group NOLOGIN;
CREATE ROLE regress_gradual_member LOGIN IN ROLE regress_gradual_group;
CREATE SCHEMA theirs AUTHORIZATION regress_gradual_group;

SET ROLE regress_gradual_group;
SET search_path = theirs;
CREATE TABLE ran_as (who name, what text);
GRANT INSERT ON ran_as TO PUBLIC;
CREATE TABLE seen (what text);
CREATE FUNCTION at_commit() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN INSERT INTO theirs.ran_as VALUES (current_user, NEW.what); RETURN NULL; END';
CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON seen DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION at_commit();
CREATE FUNCTION note(what text) RETURNS boolean LANGUAGE plpgsql AS
    'BEGIN INSERT INTO theirs.seen VALUES (what); RETURN true; END';

CREATE TABLE t (id int PRIMARY KEY, n int CONSTRAINT noted CHECK (theirs.note('check')), z int);
INSERT INTO t SELECT g, g FROM generate_series(1, 5) g;
SELECT gradual.define('noted', $$
    ALTER TABLE t DROP CONSTRAINT noted;
    UPDATE t SET z = n WHERE z IS NULL;
    ALTER TABLE t DROP COLUMN n;
$$);
RESET ROLE;
RESET search_path;

-- a worker that connects as a member, whose throttle_query calls a function of the group
ALTER ROLE regress_gradual_member SET gradual.throttle_query = 'SELECT NOT theirs.note(''throttle'')';
SET SESSION AUTHORIZATION regress_gradual_member;
SELECT gradual.start('noted');
CALL gradual.wait('noted');
-- and a rollback, by another role than the owner's; what it defers itself stays as it is
BEGIN;
CREATE TEMP TABLE own (id int UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP;
INSERT INTO own VALUES (1), (1);
SELECT gradual.rollback('noted', force => true);
DELETE FROM own;
COMMIT;
CALL gradual.wait('noted');
RESET SESSION AUTHORIZATION;
SELECT DISTINCT what, who FROM theirs.ran_as ORDER BY what, who;

SELECT gradual.forget('noted');
SET client_min_messages = warning;
DROP SCHEMA theirs CASCADE;
DROP ROLE regress_gradual_member, regress_gradual_group;
