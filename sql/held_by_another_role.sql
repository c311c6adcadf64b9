-- Where a migration of another role is in the way, the hint says whose it is.
CREATE ROLE regress_gradual_group NOLOGIN;
CREATE ROLE regress_gradual_one LOGIN IN ROLE regress_gradual_group;
CREATE ROLE "regress_gradual Two" LOGIN IN ROLE regress_gradual_group;
CREATE SCHEMA app AUTHORIZATION regress_gradual_group;
CREATE TABLE app.t (id int PRIMARY KEY, a int);
ALTER TABLE app.t OWNER TO regress_gradual_group;
INSERT INTO app.t SELECT g, g FROM generate_series(1, 20) g;

SET SESSION AUTHORIZATION regress_gradual_one;
SELECT gradual.define('one', 'ALTER TABLE app.t ADD b int; UPDATE app.t SET b = a');
SELECT gradual.start('one');
CALL gradual.wait('one');
SET SESSION AUTHORIZATION "regress_gradual Two";
SELECT gradual.define('two', 'ALTER TABLE app.t ADD c int');
SELECT gradual.define('after', 'ALTER TABLE app.t ADD d int', depends_on => '{one}');
SELECT gradual.start('two');
SELECT gradual.start('after');
SET SESSION AUTHORIZATION regress_gradual_one;
SELECT gradual.complete('one');
CALL gradual.wait('one');
SELECT gradual.define('more', 'ALTER TABLE app.t ADD e int', depends_on => '{two}');
SELECT gradual.start('more');

RESET SESSION AUTHORIZATION;
SELECT gradual.start('more');
SELECT count(gradual.forget(name)) FROM gradual.ledger;
DROP SCHEMA app CASCADE;
DROP ROLE regress_gradual_one, "regress_gradual Two", regress_gradual_group;
