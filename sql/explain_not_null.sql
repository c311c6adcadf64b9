-- NOT NULL and defaults change without a scan under lock, and nothing that the
-- running application would stumble over comes before complete.
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
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int NOT NULL DEFAULT 3);
INSERT INTO users SELECT i, 'u' || i || '@example.com' FROM generate_series(1, 10) i;
ANALYZE users;

SELECT plan_of('ALTER TABLE users ALTER name SET NOT NULL');
-- .. nothing to do
SELECT plan_of('ALTER TABLE users ALTER email SET NOT NULL');
SELECT plan_of('ALTER TABLE users ALTER email DROP NOT NULL');
SELECT plan_of('ALTER TABLE users ALTER name DROP NOT NULL');
SELECT * FROM gradual.explain('ALTER TABLE users ALTER id DROP NOT NULL');

-- After a fill: in verify if that cannot leave a NULL
SELECT plan_of('ALTER TABLE users ADD x text; UPDATE users SET x = split_part(email, ''@'', 1) WHERE x IS NULL; ALTER TABLE users ALTER x SET NOT NULL');
-- .. else in prepare
SELECT plan_of('ALTER TABLE users ADD x text; UPDATE users SET x = name; ALTER TABLE users ALTER x SET NOT NULL');
SELECT plan_of('ALTER TABLE users ADD x text; UPDATE users SET x = email WHERE n > 3; ALTER TABLE users ALTER x SET NOT NULL');
-- .. an UPDATE of a column that was there before is no fill
SELECT plan_of('UPDATE users SET name = '''' WHERE name IS NULL; ALTER TABLE users ALTER name SET NOT NULL');

-- Defaults
SELECT plan_of('ALTER TABLE users ALTER n SET DEFAULT 4');
SELECT plan_of('ALTER TABLE users ALTER name SET DEFAULT lower(''A'')');
SELECT plan_of('ALTER TABLE users ALTER name SET DEFAULT gen_random_uuid()');
SELECT plan_of('ALTER TABLE users ALTER name SET DEFAULT NULL');
SELECT plan_of('ALTER TABLE users ALTER name DROP DEFAULT');
SELECT plan_of('ALTER TABLE users ALTER n DROP DEFAULT');
SELECT plan_of('ALTER TABLE users ALTER n DROP NOT NULL; ALTER TABLE users ALTER n DROP DEFAULT');
SELECT plan_of('ALTER TABLE users ALTER name SET DEFAULT ''a''; ALTER TABLE users ALTER name DROP DEFAULT');

-- As Django adds a column
SELECT plan_of('ALTER TABLE users ADD COLUMN x int DEFAULT 0 NOT NULL; ALTER TABLE users ALTER COLUMN x DROP DEFAULT');

-- Several at once
SELECT plan_of('ALTER TABLE users ALTER n DROP NOT NULL, ALTER n SET DEFAULT 5, ALTER name SET NOT NULL');

DROP TABLE users;
DROP FUNCTION plan_of(text);
