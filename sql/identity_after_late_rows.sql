-- A new identity column whose NOT NULL waits for rows that change after the swap becomes one
-- after that.
\pset format unaligned
CREATE TABLE t (id int PRIMARY KEY, b text);
CREATE TABLE u (id int PRIMARY KEY, x int, y text);
INSERT INTO t SELECT g, g FROM generate_series(1, 3) g;
INSERT INTO u SELECT g, g, g FROM generate_series(1, 3) g;
SELECT gradual.define('late', 'ALTER TABLE u DROP COLUMN y; UPDATE t SET b = (SELECT count(*) AS y FROM u); ALTER TABLE u ADD w int GENERATED ALWAYS AS IDENTITY');
SELECT phase, action FROM gradual.plan('late') WHERE phase IN ('swap', 'tail');
CALL gradual.run('late');
INSERT INTO u (id) VALUES (4);
SELECT id, w FROM u ORDER BY id;
SELECT attidentity, attnotnull FROM pg_attribute WHERE attrelid = 'u'::regclass AND attname = 'w';
SELECT gradual.forget('late');
DROP TABLE t, u;
