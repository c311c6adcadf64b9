-- A partition with rows is attached to a table with a foreign key, one that the script
-- makes too, if it has that key itself, which becomes a part of the table's. Where
-- PostgreSQL would check all its rows under lock, the statement is refused.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION verdict(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
BEGIN
    RETURN (SELECT string_agg(concat(phase, ': ', action), ', ' ORDER BY step) FROM gradual.explain(script));
EXCEPTION WHEN feature_not_supported THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN detail;
END
$$;
CREATE TABLE keys (id int PRIMARY KEY);
INSERT INTO keys SELECT generate_series(1, 100);
CREATE TABLE loose (id int, n int, CONSTRAINT bounds CHECK (id IS NOT NULL AND id >= 0 AND id < 100));
INSERT INTO loose SELECT g, g FROM generate_series(20, 50) g;
CREATE TABLE same (LIKE loose INCLUDING ALL, CONSTRAINT same_n FOREIGN KEY (n) REFERENCES keys);
INSERT INTO same SELECT g, g FROM generate_series(20, 50) g;
CREATE TABLE unproved (LIKE loose INCLUDING ALL);
INSERT INTO unproved SELECT g, g FROM generate_series(20, 50) g;
ALTER TABLE unproved ADD CONSTRAINT unproved_n FOREIGN KEY (n) REFERENCES keys NOT VALID;
CREATE TABLE old (id int, n int REFERENCES keys) PARTITION BY RANGE (id);
\set anew 'CREATE TABLE new (id int, n int REFERENCES keys) PARTITION BY RANGE (id);'
\set bounds 'FOR VALUES FROM (0) TO (100)'
SELECT verdict(:'anew' || 'ALTER TABLE new ATTACH PARTITION loose ' || :'bounds');
SELECT verdict(:'anew' || 'ALTER TABLE new ATTACH PARTITION same ' || :'bounds');
SELECT verdict(:'anew' || 'ALTER TABLE new ATTACH PARTITION unproved ' || :'bounds');
SELECT verdict('ALTER TABLE unproved VALIDATE CONSTRAINT unproved_n;' || :'anew' || 'ALTER TABLE new ATTACH PARTITION unproved ' || :'bounds');
SELECT verdict('ALTER TABLE loose ADD FOREIGN KEY (n) REFERENCES keys;' || :'anew' || 'ALTER TABLE new ATTACH PARTITION loose ' || :'bounds');
SELECT verdict('ALTER TABLE same DROP CONSTRAINT same_n;' || :'anew' || 'ALTER TABLE new ATTACH PARTITION same ' || :'bounds');
SELECT verdict(replace(:'anew', 'keys', 'keys ON DELETE CASCADE') || 'ALTER TABLE new ATTACH PARTITION same ' || :'bounds');
SELECT verdict('ALTER TABLE old ATTACH PARTITION loose ' || :'bounds');
SELECT verdict('ALTER TABLE old ATTACH PARTITION same ' || :'bounds');
SELECT verdict('ALTER TABLE loose RENAME TO other; CREATE TABLE loose (id int, n int) PARTITION BY RANGE (id); ALTER TABLE loose ADD FOREIGN KEY (n) REFERENCES keys; ALTER TABLE loose ATTACH PARTITION other ' || :'bounds');
-- to a partitioned table
CREATE TABLE many (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE TABLE many_1 PARTITION OF many FOR VALUES FROM (0) TO (1000);
INSERT INTO many SELECT generate_series(1, 100);
CREATE TABLE to_many (id int, n int REFERENCES many) PARTITION BY RANGE (id);
CREATE TABLE one (LIKE loose INCLUDING ALL, CONSTRAINT one_n FOREIGN KEY (n) REFERENCES many);
INSERT INTO one SELECT g, g FROM generate_series(20, 50) g;
SELECT verdict('ALTER TABLE to_many ATTACH PARTITION one ' || :'bounds');
SELECT verdict('ALTER TABLE to_many ATTACH PARTITION loose ' || :'bounds');

CALL gradual.run('old', 'ALTER TABLE old ATTACH PARTITION same ' || :'bounds');
CALL gradual.run('new', 'ALTER TABLE loose ADD FOREIGN KEY (n) REFERENCES keys; CREATE TABLE new (id int, n int REFERENCES keys) PARTITION BY RANGE (id); ALTER TABLE new ATTACH PARTITION loose ' || :'bounds');
SELECT c.conrelid::regclass, c.conname, c.convalidated, p.conrelid::regclass
FROM pg_constraint c LEFT JOIN pg_constraint p ON p.oid = c.conparentid WHERE c.contype = 'f' AND c.confrelid = 'keys'::regclass ORDER BY c.conrelid::regclass::text, 2;
