-- Others see of a migration its name, status, phase, progress and owner, and
-- cannot steer it; members of the owner's role can, and it runs as the owner.

CREATE ROLE regress_gradual_owner LOGIN;
CREATE ROLE regress_gradual_member LOGIN IN ROLE regress_gradual_owner;
CREATE ROLE regress_gradual_other LOGIN;
CREATE ROLE regress_gradual_watcher LOGIN IN ROLE pg_monitor;
CREATE ROLE regress_gradual_group NOLOGIN;
CREATE ROLE regress_gradual_user LOGIN IN ROLE regress_gradual_group;
CREATE SCHEMA app;
GRANT ALL ON SCHEMA app TO regress_gradual_owner, regress_gradual_group;
SET search_path = app;

SET SESSION AUTHORIZATION regress_gradual_owner;
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a; CREATE TABLE made ()');
SELECT gradual.start('m');
CALL gradual.wait('m');

SET SESSION AUTHORIZATION regress_gradual_other;
\x on
SELECT * FROM gradual.ledger;
\x off
SELECT name, status, phase, progress, rate, activity FROM gradual.progress;
SELECT * FROM gradual.step;
SELECT * FROM gradual.event;
SELECT gradual.has_run('m');
\set VERBOSITY sqlstate
SELECT gradual.plan('m');
SELECT gradual.start('m');
SELECT gradual.complete('m');
SELECT gradual.rollback('m');
SELECT gradual.pause('m');
SELECT gradual.resume('m');
SELECT gradual.cancel('m');
SELECT gradual.alter('m', nice => 1);
SELECT gradual.forget('m');
SELECT gradual.run_batch('m');
CALL gradual.run('m');
SELECT gradual.track_start('m');
-- the tables of the ledger are for nobody
TABLE gradual.migration;
TABLE gradual.migration_step;
TABLE gradual.migration_cursor;
TABLE gradual.migration_event;
DELETE FROM gradual.ledger;
-- a script may do what its owner may
SELECT gradual.define('theirs', 'ALTER TABLE app.t ADD COLUMN c int');
\set VERBOSITY default
SELECT gradual.define('m', 'CREATE TABLE x ()');
SELECT gradual.complete('m');
SELECT name, status FROM gradual.ledger;

-- pg_monitor sees, but cannot steer
SET SESSION AUTHORIZATION regress_gradual_watcher;
SELECT name, activity, processed FROM gradual.ledger;
SELECT action, status FROM gradual.step;
\set VERBOSITY sqlstate
SELECT gradual.complete('m');
\set VERBOSITY default

-- a member steers
SET SESSION AUTHORIZATION regress_gradual_member;
SELECT name, activity, processed FROM gradual.ledger;
SELECT gradual.complete('m');
CALL gradual.wait('m');
RESET SESSION AUTHORIZATION;
SELECT status FROM gradual.ledger;
SELECT relname, relowner::regrole FROM pg_class WHERE relname = 'made';
SELECT event, by_role FROM gradual.event WHERE name = 'm';

-- an owner that may not log in: the member's session does it
SET SESSION AUTHORIZATION regress_gradual_user;
SET ROLE regress_gradual_group;
CREATE TABLE g (id int PRIMARY KEY, a int);
INSERT INTO g SELECT g, g FROM generate_series(1, 20) g;
SELECT gradual.define('n', 'ALTER TABLE g ADD COLUMN b int; UPDATE g SET b = a; CREATE INDEX g_b ON g (b); CREATE TABLE made2 ()');
RESET ROLE;
SELECT gradual.start('n');
CALL gradual.wait('n');
SELECT gradual.complete('n');
CALL gradual.wait('n');
RESET SESSION AUTHORIZATION;
SELECT status, owner FROM gradual.ledger WHERE name = 'n';
SELECT relname, relowner::regrole FROM pg_class WHERE relname IN ('g_b', 'made2') ORDER BY relname;

-- run_batch() runs as the owner, whoever calls
SET SESSION AUTHORIZATION regress_gradual_owner;
SELECT gradual.define('b', 'CREATE TABLE made3 ()');
RESET SESSION AUTHORIZATION;
SELECT is_done FROM gradual.run_batch('b');
SELECT relname, relowner::regrole FROM pg_class WHERE relname = 'made3';
SELECT current_user = session_user AS back;

DROP SCHEMA app CASCADE;
DROP OWNED BY regress_gradual_owner, regress_gradual_group;
SELECT gradual.forget(name) FROM gradual.ledger;
DROP ROLE regress_gradual_owner, regress_gradual_member, regress_gradual_other,
    regress_gradual_watcher, regress_gradual_group, regress_gradual_user;
-- the log outlives the role
SELECT DISTINCT by_role FROM gradual.event WHERE name = 'n' AND by_role LIKE 'regress%';
