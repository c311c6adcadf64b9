-- Names with apostrophes, backslashes, quotes, dots, blanks, signs that mean
-- something elsewhere, of 63 bytes, or like keywords: the script leaves what psql -1
-- leaves; rolled back from ready it leaves what was there.
-- Each script runs three times: up to ready and back, to its end, and plainly.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE TABLE cases (n int GENERATED ALWAYS AS IDENTITY, name text, script text);
CREATE TABLE findings (script text, kind text, line text);
CREATE TABLE odd (n int GENERATED ALWAYS AS IDENTITY, name text);
INSERT INTO odd (name) VALUES ('it''s'), ('a\b'), ('q"q'), ('"'), (''''), ('a.b'), ('a b'), ('--'), ('/*'), ('$$'), ('%s %I'), ('@'), ('E''x'), (';'),
    ('select'), ('table'), (U&'\00e4' || repeat(U&'\20ac', 20) || 'x'), ('x''''y'), ('Up'), ('1st'), ('c'), ('r'), ('new'), ('tag$1'), (E'tab\tnew\nline');
CREATE TABLE at_hand (name text);
INSERT INTO at_hand VALUES ('');
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
DECLARE
    name text := (SELECT a.name FROM public.at_hand a);
    part text := left(name, 18);
BEGIN
    EXECUTE format('DROP SCHEMA IF EXISTS %I CASCADE', schema);
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE bad (n int);
    INSERT INTO bad VALUES (NULL);
    CREATE TABLE t (id serial PRIMARY KEY, b text, a int NOT NULL DEFAULT 3, n int, CONSTRAINT t_a CHECK (a > -5));
    CREATE INDEX t_a_b ON t (a, lower(b)) WHERE a > 2;
    INSERT INTO t (a, b, n) SELECT n, 'b' || n, n FROM generate_series(1, 5) n;
    CREATE TABLE kid (item int REFERENCES t ON DELETE CASCADE, n int);
    INSERT INTO kid SELECT n, n FROM generate_series(1, 5) n;
    EXECUTE format('CREATE TABLE %I (id int PRIMARY KEY, %I text DEFAULT %L NOT NULL, n int, CONSTRAINT %I CHECK (%2$I <> %5$L))',
                   name, part || 'c', name, part || 'k', 'not ' || name);
    EXECUTE format('CREATE INDEX %I ON %I (%I)', part || 'i', name, part || 'c');
    EXECUTE format('INSERT INTO %I SELECT n, n, n FROM generate_series(1, 5) n', name);
END
$body$;
-- %1$I the name; the table of that name has the column %2$I, the constraint %3$I and the index %4$I
CREATE TABLE forms (n int GENERATED ALWAYS AS IDENTITY, script text);
INSERT INTO forms (script) VALUES
('ALTER TABLE t RENAME TO %5$I; ALTER TABLE %5$I ADD x text; UPDATE %5$I SET x = b; ALTER TABLE %5$I ALTER x SET NOT NULL, ALTER n SET NOT NULL'),
('ALTER TABLE t RENAME TO %5$I; ALTER TABLE %5$I ALTER a TYPE bigint'),
('ALTER TABLE t RENAME TO %5$I; ALTER TABLE %5$I ADD CONSTRAINT %6$I CHECK (n > 0); ALTER TABLE %5$I ADD UNIQUE (n); CREATE INDEX ON %5$I (b)'),
('ALTER TABLE %1$I RENAME TO u; ALTER TABLE u ALTER n TYPE bigint; ALTER TABLE u ALTER n SET NOT NULL; ALTER TABLE u ADD UNIQUE (n)'),
('ALTER TABLE %1$I RENAME COLUMN %2$I TO c2; ALTER TABLE %1$I RENAME n TO %5$I'),
('ALTER TABLE %1$I ALTER %2$I TYPE varchar(90) USING %2$I || %5$L, ALTER n TYPE bigint'),
('ALTER TABLE %1$I ADD %5$I uuid, ADD %6$I text; UPDATE %1$I SET %6$I = %2$I || %5$L; ALTER TABLE %1$I ALTER %6$I SET NOT NULL'),
('ALTER TABLE %1$I DROP CONSTRAINT %3$I, DROP COLUMN %2$I; DELETE FROM %1$I WHERE id > 3'),
('ALTER TABLE %1$I DROP CONSTRAINT %3$I, ADD CONSTRAINT %3$I CHECK (n IS NOT NULL); DROP INDEX %4$I; CREATE UNIQUE INDEX %4$I ON %1$I (%2$I)'),
('CREATE TABLE %5$I (id int PRIMARY KEY, %6$I text); INSERT INTO %5$I SELECT id, %2$I FROM %1$I; ALTER TABLE %1$I DROP %2$I'),
('ALTER TABLE kid ADD CONSTRAINT %5$I FOREIGN KEY (n) REFERENCES %1$I; ALTER TABLE kid ADD %5$I int REFERENCES %1$I; DROP TABLE %1$I CASCADE'),
('ALTER TABLE %1$I ADD %5$I serial, ADD CONSTRAINT %5$I UNIQUE (n), ALTER %2$I DROP NOT NULL, ALTER %2$I DROP DEFAULT'),
('ALTER INDEX %4$I RENAME TO %5$I; ALTER TABLE %1$I RENAME CONSTRAINT %3$I TO %6$I'),
('ALTER TABLE %1$I ADD FOREIGN KEY (n) REFERENCES t; ALTER TABLE %1$I ALTER id TYPE bigint; ALTER TABLE %1$I RENAME TO %5$I');
INSERT INTO cases (name, script)
SELECT name, format(forms.script, name, left(name, 18) || 'c', left(name, 18) || 'k', left(name, 18) || 'i', left(name, 18) || 'z', left(name, 18) || 'y')
FROM forms, odd WHERE (forms.n + odd.n) % 12 = 2 OR (forms.n IN (2, 4) AND odd.n <= 2) ORDER BY forms.n, odd.n;
\set VERBOSITY terse
\o /dev/null
SELECT unnest(format('UPDATE public.at_hand SET name = %L', name) || ARRAY(SELECT gradual_test.as_psql(n, script))) FROM cases ORDER BY n \gexec
\o
RESET search_path;
-- differences, or errors
SELECT * FROM findings ORDER BY 1, 2, 3;
SELECT * FROM gradual_test.as_psql_counts();
