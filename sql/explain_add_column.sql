-- ADD COLUMN on a table with rows is a catalog change: what would rewrite or scan
-- the table comes after it, in steps of its own, or is refused.
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION plan_of(script text) RETURNS SETOF text LANGUAGE sql AS $body$
    SELECT concat_ws(E'\n    ',
        concat_ws(' | ', step, phase, 'statement ' || statement, action, target,
                  coalesce(lock_mode, 'no lock'), 'blocks ' || blocks, cost,
                  nullif(est_rows, 0) || ' rows', 'reversible: ' || reversible),
        sql, '-- ' || nullif(note, ''))
    FROM gradual.explain(script) ORDER BY step
$body$;
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int);
INSERT INTO users SELECT i, 'u' || i || '@example.com', 'u' || i, i FROM generate_series(1, 10) i;
ANALYZE users;

-- One step, in the user's own words
SELECT plan_of('ALTER TABLE users ADD COLUMN x text');
SELECT plan_of('ALTER TABLE users ADD COLUMN x text DEFAULT ''a'' NOT NULL');
SELECT plan_of('ALTER TABLE users ADD COLUMN x timestamptz DEFAULT now()');
SELECT plan_of('ALTER TABLE users ADD COLUMN x varchar(20) COLLATE "C" DEFAULT lower(''A'')');

-- A volatile default would rewrite the table
SELECT plan_of('ALTER TABLE users ADD COLUMN x uuid DEFAULT gen_random_uuid()');
SELECT plan_of('ALTER TABLE users ADD COLUMN x uuid DEFAULT gen_random_uuid() NOT NULL');
SELECT plan_of('ALTER TABLE users ADD COLUMN x timestamptz DEFAULT clock_timestamp()');

-- .. each old row has a value of its own before an UPDATE changes it
SELECT plan_of('ALTER TABLE users ADD COLUMN x text DEFAULT gen_random_uuid(); UPDATE users SET x = email WHERE n > 5');

-- NOT NULL without a default needs an UPDATE that fills the column
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x int NOT NULL');
-- .. proved before ready if it cannot give NULL
SELECT plan_of('ALTER TABLE users ADD COLUMN x text NOT NULL; UPDATE users SET x = lower(email)');
-- .. else after complete
SELECT plan_of('ALTER TABLE users ADD COLUMN x text NOT NULL; UPDATE users SET x = name');

-- With constraints, which follow in steps of their own
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x bigint REFERENCES users');
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x int CHECK (x > 0)');
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x int UNIQUE');
-- With a sequence, which takes the place of an interim one in the swap
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x serial');
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x int GENERATED ALWAYS AS IDENTITY');
-- What is not supported in this version
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x int GENERATED ALWAYS AS (n + 1) STORED');
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN x positive');
CREATE DOMAIN plain AS int;
SELECT plan_of('ALTER TABLE users ADD COLUMN x plain');

-- Several subcommands: one step in the user's own words where one will do
SELECT plan_of('ALTER TABLE users ADD COLUMN a int, ADD COLUMN b int DEFAULT 1, ALTER COLUMN n SET DEFAULT 2');
-- .. else a step each
SELECT plan_of('ALTER TABLE users ADD COLUMN a int, ADD COLUMN b uuid DEFAULT gen_random_uuid()');
SELECT plan_of('ALTER TABLE users ADD COLUMN a text, ADD COLUMN b text; UPDATE users SET b = upper(name), a = lower(name) WHERE name IS NOT NULL');
-- .. or nothing, if it cannot be taken apart
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN a uuid DEFAULT gen_random_uuid(), SET (fillfactor = 50)');

DROP TABLE users;
DROP DOMAIN positive, plain;
DROP FUNCTION plan_of(text);
