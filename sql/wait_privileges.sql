-- An error may quote a value of a row: gradual.wait() shows it to those who see it
-- in the ledger, and to nobody else.

CREATE ROLE regress_gradual_owner LOGIN;
CREATE ROLE regress_gradual_other LOGIN;
CREATE ROLE regress_gradual_watcher LOGIN IN ROLE pg_monitor;
CREATE SCHEMA app AUTHORIZATION regress_gradual_owner;

SET SESSION AUTHORIZATION regress_gradual_owner;
CREATE TABLE app.t (id int PRIMARY KEY, a text);
INSERT INTO app.t VALUES (1, 'a secret');
SELECT gradual.define('m', 'ALTER TABLE app.t ADD b int; UPDATE app.t SET b = a::int');
SELECT gradual.define('not_begun', 'ALTER TABLE app.t ADD c int');
CALL gradual.run('m');

SET SESSION AUTHORIZATION regress_gradual_other;
CALL gradual.wait('m');
CALL gradual.wait('not_begun');

SET SESSION AUTHORIZATION regress_gradual_watcher;
CALL gradual.wait('m');

RESET SESSION AUTHORIZATION;
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual.forget(name) FROM gradual.ledger;
DROP SCHEMA app CASCADE;
DROP ROLE regress_gradual_owner, regress_gradual_other, regress_gradual_watcher;
