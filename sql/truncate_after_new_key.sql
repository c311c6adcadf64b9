-- A table to which the script has made a foreign key cannot be truncated alone, as in psql.
\pset format unaligned
CREATE TABLE parent (id int PRIMARY KEY);
CREATE TABLE child (id int PRIMARY KEY, parent int);
INSERT INTO parent SELECT generate_series(1, 10);
INSERT INTO child SELECT g, g FROM generate_series(1, 10) g;
CREATE FUNCTION steps(script text) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' ', phase, action, substring(note FROM 'CASCADE.*')), ', ') FROM gradual.explain(script)
$$;
SELECT steps('ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent; TRUNCATE parent');
SELECT steps('CREATE TABLE kid (id int REFERENCES parent); TRUNCATE parent');
SELECT steps('ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent; TRUNCATE parent CASCADE');
SELECT steps('ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent; TRUNCATE parent, child');
SELECT steps('CREATE TABLE kid (id int REFERENCES parent); TRUNCATE parent CASCADE');
SELECT steps('CREATE TABLE kid (id int CONSTRAINT f REFERENCES parent); ALTER TABLE kid DROP CONSTRAINT f; TRUNCATE parent');
SELECT steps('CREATE TABLE kid (id int REFERENCES parent); DROP TABLE kid; TRUNCATE parent');
CALL gradual.run('both', 'ALTER TABLE child ADD FOREIGN KEY (parent) REFERENCES parent NOT VALID; TRUNCATE parent CASCADE');
SELECT (SELECT count(*) FROM parent) AS parents, (SELECT count(*) FROM child) AS children;
SELECT gradual.forget('both');
DROP FUNCTION steps(text);
DROP TABLE child, parent;
