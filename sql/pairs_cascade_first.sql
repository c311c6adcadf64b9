-- A foreign key with an action is there before rows that it refers to are deleted
-- or changed by a later statement: so the action does its work, as in psql.

CREATE TABLE parent (id int PRIMARY KEY, n int);
CREATE TABLE kid (id int PRIMARY KEY, parent int, other int);
INSERT INTO parent SELECT g, g FROM generate_series(1, 6) g;
INSERT INTO kid SELECT g, g, g FROM generate_series(1, 6) g;
\set script 'ALTER TABLE kid ADD FOREIGN KEY (parent) REFERENCES parent ON DELETE SET NULL, ADD FOREIGN KEY (other) REFERENCES parent ON DELETE CASCADE; UPDATE kid SET other = NULL WHERE id > 4; DELETE FROM parent WHERE id % 2 = 0'
SELECT phase, statement, action FROM gradual.explain(:'script');
BEGIN;
:script;
TABLE kid ORDER BY id;
ROLLBACK;
CALL gradual.run('m', :'script');
TABLE kid ORDER BY id;

DROP TABLE kid, parent;
