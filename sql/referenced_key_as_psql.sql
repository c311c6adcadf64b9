-- A new table, or one without rows, refers to a key that the script gives another table:
-- it comes when the key is there.  Rows that go into a table come before what refers to
-- them is checked.  All of it as psql -1 has it.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, script text);
CREATE TABLE findings (script text, kind text, line text);
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE bad (n int);
    CREATE TABLE shops (id int PRIMARY KEY, a int, b int);
    CREATE TABLE offers (shop int REFERENCES shops, label text);
    CREATE TABLE nothing (id int PRIMARY KEY, a int, b int);
    INSERT INTO bad VALUES (NULL);
    INSERT INTO shops SELECT n, n, n FROM generate_series(1, 5) n;
    INSERT INTO offers SELECT n, 'offer ' || n FROM generate_series(1, 5) n;
END
$body$;
INSERT INTO cases (script) VALUES
('CREATE UNIQUE INDEX shops_a_b ON shops (a, b); CREATE TABLE visits (a int, b int, FOREIGN KEY (a, b) REFERENCES shops (a, b))'),
('ALTER TABLE shops ADD UNIQUE (a); CREATE TABLE visits (shop int REFERENCES shops (a))'),
('CREATE TABLE visits (a int, b int); CREATE UNIQUE INDEX shops_a_b ON shops (a, b); ALTER TABLE visits ADD FOREIGN KEY (a, b) REFERENCES shops (a, b)'),
('ALTER TABLE shops ADD UNIQUE (a); ALTER TABLE nothing ADD COLUMN shop int REFERENCES shops (a); CREATE TABLE visits (id int REFERENCES nothing)'),
('CREATE TABLE labels (id int PRIMARY KEY, label text); ALTER TABLE shops ADD COLUMN best int; ALTER TABLE shops ADD FOREIGN KEY (best) REFERENCES labels; INSERT INTO labels SELECT o.shop, o.label FROM offers o LEFT JOIN nothing n ON n.id = o.shop; UPDATE shops SET best = (SELECT shop FROM offers o WHERE o.shop = shops.id); DROP TABLE offers')
;
\set VERBOSITY terse
\o /dev/null
SELECT gradual_test.as_psql(n, script) FROM cases ORDER BY n \gexec
\o
-- differences, or errors
SELECT * FROM public.findings ORDER BY 1, 2, 3;
SELECT scripts = 5 AS all_tried, completed = scripts AS completed, rolled_back = scripts AS rolled_back
FROM gradual_test.as_psql_counts();
