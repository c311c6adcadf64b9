-- A function that the script renames has its old name until the swap.  A text that
-- has its new name can mean another function of that name: then it is refused, and
-- what is inside quotes is no name at all.
\pset format unaligned
\pset tuples_only on
CREATE TYPE mood AS ENUM ('sad');
CREATE FUNCTION norm(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower($1)';
CREATE FUNCTION clean(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1 % 10';
CREATE TABLE parts (id int PRIMARY KEY, n int, "x'" text, "a public.humor" text);
INSERT INTO parts SELECT g, g, 'x', 'a' FROM generate_series(1, 3) g;
CREATE INDEX cleaned ON parts (n, clean(id));
SELECT gradual.define('shared', $$
    ALTER FUNCTION norm(text) RENAME TO clean;
    ALTER TABLE parts ALTER COLUMN n TYPE bigint
$$);
SELECT gradual.define('not_named', $$
    ALTER FUNCTION norm(text) RENAME TO clean;
    ALTER TABLE parts ALTER COLUMN "x'" TYPE varchar(20)
$$);
SELECT gradual.define('quoted', $$
    ALTER TYPE mood RENAME TO humor;
    ALTER TABLE parts ALTER COLUMN "x'" TYPE varchar(30)
        USING "x'" || ' public.humor ' || "a public.humor"
$$);
CALL gradual.run('quoted');
SELECT "x'" FROM parts WHERE id = 1;
DROP TABLE parts;
DROP TYPE humor;
DROP FUNCTION norm, clean;
