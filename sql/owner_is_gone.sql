-- A migration whose owner was dropped gets no worker, and nobody waits for one: whoever
-- asks is told, until a superuser gives it to another role.  If only the role is gone
-- that its worker connected as, whoever completes it lends another one.
SET client_min_messages = warning;
CREATE ROLE regress_gradual_leaving LOGIN;
CREATE ROLE regress_gradual_heir LOGIN;
CREATE SCHEMA left_behind AUTHORIZATION regress_gradual_leaving;
SET SESSION AUTHORIZATION regress_gradual_leaving;
CREATE TABLE left_behind.t (id int PRIMARY KEY, v int);
CREATE TABLE left_behind.source (id int PRIMARY KEY, v int);
INSERT INTO left_behind.t SELECT g, g FROM generate_series(1, 200) g;
INSERT INTO left_behind.source TABLE left_behind.t;
SELECT gradual.define('type', 'ALTER TABLE left_behind.t ALTER v TYPE bigint');
SELECT gradual.define('copy', $$
    CREATE TABLE left_behind.copy (id int PRIMARY KEY, v int);
    INSERT INTO left_behind.copy SELECT id, v FROM left_behind.source;
$$);
SELECT gradual.define('late', 'ALTER TABLE left_behind.t ADD COLUMN late int');
SELECT gradual.start('type');
SELECT gradual.start('copy');
CALL gradual.wait('type');
CALL gradual.wait('copy');
RESET SESSION AUTHORIZATION;
UPDATE left_behind.source SET v = 0 WHERE id = 1;
REASSIGN OWNED BY regress_gradual_leaving TO regress_gradual_heir;
DROP OWNED BY regress_gradual_leaving;
BEGIN;
SELECT gradual.complete('type');
DROP ROLE regress_gradual_leaving;
COMMIT;
-- (the message has an OID)
\set VERBOSITY sqlstate
CALL gradual.wait('type');
SELECT gradual.resume('type');
SELECT gradual.complete('copy');
SELECT gradual.rollback('copy');
SELECT gradual.start('late');
SELECT gradual.run_batch('late');
\set VERBOSITY default
-- the application goes on
UPDATE left_behind.source SET v = 0 WHERE id = 2;
UPDATE left_behind.t SET v = 0 WHERE id = 2;
SELECT name, status FROM gradual.ledger ORDER BY name;
UPDATE gradual.migration SET owner = 'regress_gradual_heir' WHERE name IN ('type', 'copy', 'late');
SELECT gradual.resume('type');
CALL gradual.wait('type');
SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'left_behind.t'::regclass AND attname = 'v';
-- what was changed meanwhile nobody knows
SELECT gradual.rollback('copy');
CALL gradual.wait('copy');
CALL gradual.run('copy');
SELECT count(*), count(*) FILTER (WHERE v = 0) FROM left_behind.copy;

-- Two members of a role that may not log in
CREATE ROLE regress_gradual_team;
CREATE ROLE regress_gradual_one LOGIN IN ROLE regress_gradual_team;
CREATE ROLE regress_gradual_other LOGIN IN ROLE regress_gradual_team;
ALTER TABLE left_behind.t OWNER TO regress_gradual_team;
GRANT ALL ON SCHEMA left_behind TO regress_gradual_team;
SET SESSION AUTHORIZATION regress_gradual_one;
SET ROLE regress_gradual_team;
SELECT gradual.define('team', 'ALTER TABLE left_behind.t ALTER v TYPE int');
SELECT gradual.start('team');
CALL gradual.wait('team');
RESET ROLE;
RESET SESSION AUTHORIZATION;
DROP ROLE regress_gradual_one;
SET SESSION AUTHORIZATION regress_gradual_other;
SELECT gradual.complete('team');
CALL gradual.wait('team');
RESET SESSION AUTHORIZATION;
SELECT name, status FROM gradual.ledger ORDER BY name;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP SCHEMA left_behind CASCADE;
DROP OWNED BY regress_gradual_heir, regress_gradual_team;
DROP ROLE regress_gradual_heir, regress_gradual_team, regress_gradual_other;
