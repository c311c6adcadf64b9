-- IF EXISTS and IF NOT EXISTS: what has nothing to do is no step, and what it
-- finds is taken as it is.
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
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, CONSTRAINT short CHECK (length(name) < 100));
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 10) i;
CREATE INDEX by_name ON users (name);
ANALYZE users;

SELECT plan_of('ALTER TABLE users ADD COLUMN IF NOT EXISTS name text NOT NULL');
SELECT plan_of('ALTER TABLE users ADD COLUMN IF NOT EXISTS x text');
SELECT plan_of('ALTER TABLE users ADD COLUMN IF NOT EXISTS name text, ADD COLUMN IF NOT EXISTS x text');
SELECT plan_of('ALTER TABLE IF EXISTS no_such_table ADD x int');
SELECT plan_of('ALTER TABLE IF EXISTS users ADD x int');
SELECT plan_of('ALTER TABLE IF EXISTS no_such_table DROP CONSTRAINT nope, ALTER n SET NOT NULL');
SELECT plan_of('CREATE INDEX IF NOT EXISTS by_name ON users (email)');
SELECT plan_of('CREATE INDEX CONCURRENTLY IF NOT EXISTS by_email ON users (email)');
SELECT plan_of('DROP INDEX IF EXISTS no_such_index');
SELECT plan_of('DROP INDEX IF EXISTS no_such_index, by_name');
SELECT plan_of('CREATE TABLE IF NOT EXISTS users (nothing int)');
SELECT plan_of('CREATE TABLE IF NOT EXISTS posts (id int); ALTER TABLE posts ADD x uuid DEFAULT gen_random_uuid()');
SELECT plan_of('CREATE SCHEMA IF NOT EXISTS public');
SELECT plan_of('CREATE SEQUENCE IF NOT EXISTS numbers');
SELECT plan_of('CREATE STATISTICS IF NOT EXISTS s ON email, name FROM users');
SELECT plan_of('DROP TABLE IF EXISTS no_such_table');
SELECT plan_of('DROP FUNCTION IF EXISTS no_such_function(int)');
SELECT plan_of('DROP TYPE IF EXISTS no_such_type');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT IF EXISTS short');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT IF EXISTS no_such_constraint');
SELECT plan_of('ALTER TABLE users DROP COLUMN IF EXISTS no_such_column');
SELECT plan_of('ALTER TABLE IF EXISTS no_such_table RENAME TO other');
SELECT plan_of('ALTER TABLE users DROP CONSTRAINT IF EXISTS no_such_constraint, ADD y int');
SELECT plan_of('ALTER INDEX IF EXISTS no_such_index RENAME TO other');
-- Without it PostgreSQL's own error
SELECT * FROM gradual.explain('ALTER TABLE users ADD COLUMN name text');
SELECT * FROM gradual.explain('CREATE TABLE users (id int)');
SELECT * FROM gradual.explain('DROP TABLE no_such_table');
SELECT * FROM gradual.explain('DROP FUNCTION no_such_function(int)');

DROP TABLE users;
DROP FUNCTION plan_of(text);
