-- What reaches the tables that inherit from a table does there what it does in
-- plain SQL, or is refused: ONLY is kept, and no row of a child stays unfilled.
\set VERBOSITY terse
\pset format unaligned
\pset tuples_only on
CREATE TABLE files (id int, n int DEFAULT 1);
CREATE TABLE pictures (n int DEFAULT 9) INHERITS (files);
CREATE TABLE alone (id int, n int DEFAULT 1);
INSERT INTO files VALUES (1);
INSERT INTO pictures VALUES (2);
INSERT INTO alone VALUES (3);

-- A trigger on the parent would not see the rows of the child.
SELECT FROM gradual.explain('ALTER TABLE files ADD u uuid DEFAULT gen_random_uuid()');
SELECT FROM gradual.explain('ALTER TABLE files ADD m int; UPDATE files SET m = n');
SELECT FROM gradual.explain('ALTER TABLE ONLY files ALTER n SET NOT NULL');
SELECT FROM gradual.explain('ALTER TABLE ONLY files ALTER n SET DEFAULT 2, ALTER n SET NOT NULL');
SELECT FROM gradual.explain('ALTER TABLE ONLY files ADD m int');

-- Without children ONLY means nothing; tools that dump schemas write it always.
SELECT step, action FROM gradual.explain('ALTER TABLE ONLY alone ADD u uuid DEFAULT gen_random_uuid(), ALTER n SET NOT NULL');

CALL gradual.run('files', 'ALTER TABLE ONLY files ALTER n SET DEFAULT 2; ALTER TABLE files ALTER n SET NOT NULL; ALTER TABLE files ADD m int DEFAULT 4');
SELECT attrelid::regclass, attname, attnotnull, pg_get_expr(adbin, adrelid)
FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
WHERE attrelid IN ('files'::regclass, 'pictures'::regclass) AND attnum > 0 ORDER BY attrelid, attnum;
TABLE files;

SELECT gradual.forget('files');
DROP TABLE files, pictures, alone;
