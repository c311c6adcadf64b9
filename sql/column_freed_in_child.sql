-- DROP COLUMN takes the column from the tables below too: its name is free there
-- for a later statement, which waits for that, and nothing finds it any more.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TABLE parent (id int PRIMARY KEY, n int, own int);
CREATE TABLE child (own int) INHERITS (parent);
CREATE TABLE grandchild () INHERITS (child);
INSERT INTO parent VALUES (1, 1, 1);
INSERT INTO child VALUES (2, 2, 2);
INSERT INTO grandchild VALUES (3, 3, 3);

SELECT phase, action, target FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; ALTER TABLE child ADD COLUMN n text');
SELECT phase, action, target FROM gradual.explain('ALTER TABLE child ALTER id SET DEFAULT 4; ALTER TABLE parent DROP COLUMN n CASCADE; ALTER TABLE grandchild ADD COLUMN n text');
SELECT phase, action, target FROM gradual.explain('CREATE TABLE another () INHERITS (parent); ALTER TABLE parent DROP COLUMN n; ALTER TABLE another ADD COLUMN n text');
SELECT phase, action, target FROM gradual.explain('CREATE TABLE another () INHERITS (grandchild); ALTER TABLE grandchild ALTER id SET DEFAULT 4; ALTER TABLE parent DROP COLUMN n; ALTER TABLE another ADD COLUMN n text');
SELECT FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; UPDATE child SET n = 1');
SELECT FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; CREATE INDEX ON grandchild (n)');
-- but not where it is the child's own, or has become that
SELECT FROM gradual.explain('ALTER TABLE parent DROP COLUMN own; ALTER TABLE child ADD COLUMN own text');
SELECT FROM gradual.explain('ALTER TABLE ONLY parent DROP COLUMN n; ALTER TABLE child ADD COLUMN n text');
SELECT FROM gradual.explain('ALTER TABLE child NO INHERIT parent; ALTER TABLE parent DROP COLUMN n; ALTER TABLE child ADD COLUMN n text');
-- with several parents it goes with that of the last
CREATE TABLE other (n int);
CREATE TABLE second () INHERITS (parent);
CREATE TABLE diamond () INHERITS (child, second);
CREATE TABLE two () INHERITS (parent, other);
SELECT phase, action, target FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; ALTER TABLE diamond ADD COLUMN n text');
SELECT phase, action, target FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; ALTER TABLE other DROP COLUMN n; ALTER TABLE two ADD COLUMN n text');
SELECT FROM gradual.explain('ALTER TABLE parent DROP COLUMN n; ALTER TABLE two ADD COLUMN n text');
DROP TABLE diamond, second, two, other;

CALL gradual.run('run', $$
    CREATE TABLE another () INHERITS (parent);
    ALTER TABLE parent DROP COLUMN n;
    ALTER TABLE child ADD COLUMN n text DEFAULT 'new';
    ALTER TABLE another ADD COLUMN n text;
    INSERT INTO another VALUES (5, 5, 'five')
$$);
TABLE parent;
TABLE child;
TABLE grandchild;
TABLE another;
DROP TABLE parent, child, grandchild, another;
