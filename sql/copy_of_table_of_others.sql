-- Who may make a trigger on a table but does not own it can neither enable it always
-- nor drop it: changes of the table are not carried over to its copy, and the plan
-- says so before anything runs.
SET client_min_messages = warning;
CREATE ROLE regress_gradual_guest LOGIN;
CREATE SCHEMA guest AUTHORIZATION regress_gradual_guest;
CREATE TABLE theirs (id int PRIMARY KEY, n int);
INSERT INTO theirs SELECT g, g FROM generate_series(1, 500) g;
GRANT ALL ON theirs TO regress_gradual_guest;
SET ROLE regress_gradual_guest;
SELECT gradual.define('copy', $$
    CREATE TABLE guest.copy (id int PRIMARY KEY, n int);
    INSERT INTO guest.copy SELECT id, n FROM theirs;
$$);
SELECT step, phase, action, note FROM gradual.plan('copy');
CALL gradual.run('copy');
SELECT count(*) FROM guest.copy;
RESET ROLE;
SELECT tgname FROM pg_trigger WHERE tgrelid = 'theirs'::regclass;
SELECT gradual.forget('copy');
DROP SCHEMA guest CASCADE;
DROP TABLE theirs;
DROP ROLE regress_gradual_guest;
