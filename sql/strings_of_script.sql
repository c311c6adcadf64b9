-- The strings of a script are read with standard_conforming_strings on; a session
-- that would read them otherwise is told so, and no session of the application
-- changes what they mean.
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
CREATE TABLE paths (id int PRIMARY KEY, name text);
INSERT INTO paths VALUES (1, 'a');
SET standard_conforming_strings = off;
SELECT gradual.define('strings', $$
    ALTER TABLE paths ADD COLUMN path text;
    UPDATE paths SET path = 'C:\\' || name
$$);
SELECT gradual.explain($$SELECT 'it\'s'$$);
SELECT gradual.define('strings', $$SET standard_conforming_strings = off; ALTER TABLE paths ADD COLUMN path text$$);
SELECT gradual.define('strings', $$SET backslash_quote = off; ALTER TABLE paths ADD COLUMN path text$$);
SELECT gradual.define('strings', $$
    SET standard_conforming_strings = on;
    ALTER TABLE paths ADD COLUMN path text, ADD COLUMN lines text;
    UPDATE paths SET path = E'C:\\' || name, lines = E'it\'s\n';
    CREATE TABLE copies (id int PRIMARY KEY, path text);
    INSERT INTO copies SELECT id, E'D:\\' || name FROM paths
$$);
SELECT gradual.start('strings');
CALL gradual.wait('strings');
SET backslash_quote = off;
INSERT INTO paths (id, name) VALUES (2, 'b');
UPDATE paths SET name = 'c' WHERE id = 1;
SELECT gradual.complete('strings');
CALL gradual.wait('strings');
TABLE paths ORDER BY id;
TABLE copies ORDER BY id;
DROP TABLE paths, copies;
