-- A table that inherits from one whose rows the script has changed before is made
-- after that; and columns of one that the script has given a child are not changed
-- beside the old ones, since a child's rows have no trigger.
\pset format unaligned
\pset tuples_only on
CREATE TABLE notes (id int PRIMARY KEY, word text, n int);
INSERT INTO notes SELECT g, 'word ' || g, g FROM generate_series(1, 5) g;
SELECT gradual.define('child', $$
    UPDATE notes SET word = word || '!';
    CREATE TABLE short_notes (more text) INHERITS (notes);
    INSERT INTO short_notes VALUES (6, 'six', 6)
$$);
SELECT phase, action, target FROM gradual.plan('child');
CALL gradual.run('child', $$
    UPDATE notes SET word = word || '!';
    CREATE TABLE short_notes (more text) INHERITS (notes);
    INSERT INTO short_notes VALUES (6, 'six', 6)
$$);
TABLE notes ORDER BY id;
CREATE TABLE plain (id int PRIMARY KEY, n int);
INSERT INTO plain SELECT g, g FROM generate_series(1, 5) g;
\set VERBOSITY terse
SELECT phase, action, note FROM gradual.explain('CREATE TABLE kid () INHERITS (plain); ALTER TABLE plain ALTER n TYPE bigint');
SELECT phase, action, note FROM gradual.explain('CREATE TABLE kid () INHERITS (plain); ALTER TABLE plain RENAME n TO m');
SELECT phase, action FROM gradual.explain('CREATE TABLE kid () INHERITS (plain); DROP TABLE kid; ALTER TABLE plain RENAME n TO m');
DROP TABLE notes, short_notes, plain;
