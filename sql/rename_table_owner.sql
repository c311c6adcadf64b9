-- The view that stands in for a renamed table belongs to the table's owner,
-- whoever runs the migration, and sees what the table's owner may grant.

CREATE ROLE regress_owner;
CREATE ROLE regress_deployer IN ROLE regress_owner;
CREATE ROLE regress_app;
CREATE SCHEMA shop;
GRANT ALL ON SCHEMA shop TO regress_owner;
GRANT USAGE ON SCHEMA shop TO regress_app;
CREATE TABLE shop.users (id int PRIMARY KEY, email text);
ALTER TABLE shop.users OWNER TO regress_owner;
INSERT INTO shop.users SELECT g, g || '@example.com' FROM generate_series(1, 3) g;

-- by the superuser
SELECT gradual.define('m', 'ALTER TABLE shop.users RENAME TO members; GRANT SELECT ON shop.members TO regress_app');
SELECT phase, action, sql FROM gradual.plan('m');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT relname, relkind, relowner::regrole FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;
SET ROLE regress_app;
SELECT count(*) FROM shop.members;
DELETE FROM shop.members;
RESET ROLE;
SET ROLE regress_owner;
DELETE FROM shop.members WHERE id = 3;
RESET ROLE;
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT relname, relkind, relowner::regrole FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;

-- by a member of the owner, step by step
SET SESSION AUTHORIZATION regress_deployer;
SELECT gradual.define('back', 'ALTER TABLE shop.members RENAME TO users');
SELECT processed, is_done FROM gradual.run_batch('back');
SELECT relname, relkind, relowner::regrole FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;
INSERT INTO shop.users VALUES (4, 'x');
RESET SESSION AUTHORIZATION;
SET ROLE regress_app;
SELECT count(*) FROM shop.users;
RESET ROLE;
SELECT status FROM gradual.ledger WHERE name = 'back';
SELECT gradual.complete('back');
SELECT processed, is_done FROM gradual.run_batch('back');
SELECT processed, is_done FROM gradual.run_batch('back');
SELECT status, error FROM gradual.ledger WHERE name = 'back';
SELECT relname, relkind, relowner::regrole FROM pg_class WHERE relnamespace = 'shop'::regnamespace AND relkind IN ('r', 'v') ORDER BY 1;

-- not by others
SET SESSION AUTHORIZATION regress_app;
SELECT FROM gradual.explain('ALTER TABLE shop.users RENAME TO members');
RESET SESSION AUTHORIZATION;
REVOKE CREATE ON SCHEMA shop FROM regress_owner;
SET SESSION AUTHORIZATION regress_deployer;
SELECT FROM gradual.explain('ALTER TABLE shop.users RENAME TO members');
RESET SESSION AUTHORIZATION;
SELECT gradual.forget('m'), gradual.forget('back');
SET client_min_messages = warning;
DROP SCHEMA shop CASCADE;
DROP ROLE regress_deployer, regress_owner, regress_app;
