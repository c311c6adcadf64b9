-- SET UNLOGGED waits for what takes away the foreign key or publication that forbids it,
-- and what is only possible beside a logged table waits for SET LOGGED; a rollback makes
-- the table what it was before it brings such a key back.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = error;
SET gradual.allow_blocking = on;
CREATE TABLE parent (id int PRIMARY KEY, old int);
CREATE TABLE child (id int PRIMARY KEY, n int, parent int CONSTRAINT child_parent REFERENCES parent);
CREATE TABLE published (id serial PRIMARY KEY);
CREATE TABLE other (id int);
CREATE PUBLICATION published FOR TABLE published;
CREATE UNLOGGED TABLE u (id int PRIMARY KEY);
CREATE UNLOGGED TABLE u_child (id int PRIMARY KEY, u int CONSTRAINT u_child_u REFERENCES u);
INSERT INTO parent VALUES (1, 1);
INSERT INTO child VALUES (1, 1, 1);
INSERT INTO published VALUES (1);
INSERT INTO u VALUES (1);
INSERT INTO u_child VALUES (1, 1);

CREATE TABLE script (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO script (script) VALUES
    ('DROP TABLE child; ALTER TABLE parent SET UNLOGGED'),
    ('ALTER TABLE child DROP parent; ALTER TABLE parent SET UNLOGGED'),
    ('UPDATE child SET n = 2; ALTER TABLE child DROP CONSTRAINT child_parent; ALTER TABLE parent SET UNLOGGED'),
    ('ALTER TABLE parent DROP CONSTRAINT parent_pkey CASCADE; ALTER TABLE parent SET UNLOGGED'),
    ('ALTER PUBLICATION published SET TABLE other; ALTER TABLE published SET UNLOGGED'),
    ('DROP PUBLICATION published; ALTER TABLE published SET UNLOGGED'),
    ('ALTER TABLE u_child DROP u; ALTER TABLE u_child SET LOGGED; ALTER TABLE parent ADD u int REFERENCES u_child'),
    ('ALTER TABLE u_child DROP u; ALTER TABLE u_child SET LOGGED; CREATE TABLE made (u int REFERENCES u_child)'),
    ('ALTER TABLE u_child DROP u; ALTER TABLE u_child SET LOGGED; ALTER PUBLICATION published ADD TABLE u_child'),
    ('ALTER TABLE child SET UNLOGGED; ALTER TABLE parent SET UNLOGGED');
SELECT s.script, string_agg(p.phase || ' ' || p.action, ', ' ORDER BY p.step) FROM script s, gradual.explain(s.script) p GROUP BY s.n, s.script ORDER BY s.n;
-- there is nothing to do, and nothing to refuse
SET gradual.allow_blocking = off;
SELECT phase, action FROM gradual.explain('ALTER TABLE u SET UNLOGGED; ALTER TABLE u ADD a int');
SET gradual.allow_blocking = on;

SELECT gradual.define('back', 'ALTER TABLE child DROP CONSTRAINT child_parent; ALTER TABLE parent SET UNLOGGED; ALTER TABLE parent DROP old');
SELECT step, phase, action, reversible FROM gradual.plan('back') ORDER BY step;
SELECT gradual.start('back');
CALL gradual.wait('back');
SELECT relname, relpersistence FROM pg_class WHERE relname IN ('parent', 'parent_pkey') ORDER BY 1;
SELECT gradual.rollback('back');
CALL gradual.wait('back');
SELECT relname, relpersistence FROM pg_class WHERE relname IN ('parent', 'parent_pkey') ORDER BY 1;
SELECT conname FROM pg_constraint WHERE conname = 'child_parent';

CALL gradual.run('all', 'DROP PUBLICATION published; ALTER TABLE published SET UNLOGGED; ALTER TABLE child DROP parent; ALTER TABLE parent SET UNLOGGED; ALTER TABLE u_child DROP u; ALTER TABLE u_child SET LOGGED; ALTER TABLE child ADD u int REFERENCES u_child');
SELECT relname, relpersistence FROM pg_class WHERE relname IN ('parent', 'published', 'published_id_seq', 'u_child') ORDER BY 1;
SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace ORDER BY 1;
DROP TABLE parent, child, published, other, u, u_child, script;
