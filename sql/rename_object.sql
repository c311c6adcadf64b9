-- RENAME and SET SCHEMA of types, labels, attributes, functions, domains,
-- and the like run in the swap, as written, and leave what psql leaves;
-- later statements that name the new one follow them.

\set tables 'CREATE TYPE mood AS ENUM (''sad'', ''ok''); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int CONSTRAINT above CHECK (VALUE > 0); CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql IMMUTABLE AS ''SELECT 2 * n''; CREATE AGGREGATE total(int) (SFUNC = int4pl, STYPE = int); CREATE COLLATION plain FROM "C"; CREATE TABLE t (id int PRIMARY KEY, m mood NOT NULL DEFAULT ''sad'', p pair, n positive); INSERT INTO t SELECT g, ''sad'', ROW (g, ''x'')::pair, g FROM generate_series(1, 5) g;'
CREATE SCHEMA other;
CREATE SCHEMA plain;
SET search_path = plain;
:tables
CREATE SCHEMA online;
SET search_path = online;
:tables

\set script 'ALTER TYPE mood RENAME VALUE ''sad'' TO ''low''; ALTER TYPE mood RENAME TO "Mood"; ALTER TYPE pair RENAME ATTRIBUTE a TO first; ALTER TYPE pair RENAME TO couple; ALTER DOMAIN positive RENAME CONSTRAINT above TO "above 0"; ALTER DOMAIN positive RENAME TO natural_; ALTER FUNCTION twice(int) RENAME TO doubled; ALTER AGGREGATE total(int) RENAME TO summed; ALTER COLLATION plain RENAME TO simple; ALTER TABLE t ADD COLUMN m2 "Mood" DEFAULT ''low''; ALTER TABLE t ADD COLUMN k int DEFAULT doubled(2); ALTER TABLE t ADD COLUMN c couple'
SELECT phase, action, target, lock_mode, blocks, cost, reversible FROM gradual.explain(:'script') WHERE action LIKE 'rename%';
SELECT phase, action FROM gradual.explain(:'script') WHERE action NOT LIKE 'rename%';
SELECT DISTINCT note FROM gradual.explain(:'script') WHERE action LIKE 'rename%' ORDER BY 1;

SET search_path = plain;
BEGIN;
:script;
COMMIT;
SET search_path = online;
CREATE TABLE public.before AS SELECT gradual_test.shape('online') AS line;
SELECT gradual.define('m', :'script');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status FROM gradual.ledger;
INSERT INTO t VALUES (6, 'sad', ROW (1, 'y')::pair, twice(3));
SELECT gradual.rollback('m');
CALL gradual.wait('m');
SELECT gradual_test.shape('online') EXCEPT TABLE public.before;
TABLE public.before EXCEPT SELECT gradual_test.shape('online');
SELECT gradual.start('m', auto_complete => true);
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;

SELECT gradual_test.shape('online') EXCEPT SELECT gradual_test.shape('plain');
SELECT gradual_test.shape('plain') EXCEPT SELECT gradual_test.shape('online');
SELECT n.nspname, t.typname, t.typtype, (SELECT array_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
    (SELECT array_agg(a.attname ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = t.typrelid) AS attributes,
    (SELECT array_agg(c.conname) FROM pg_constraint c WHERE c.contypid = t.oid) AS constraints
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
WHERE nspname IN ('plain', 'online') AND typtype IN ('e', 'd', 'c') ORDER BY 2, 1;
SELECT p.oid::regprocedure FROM pg_proc p WHERE pronamespace = 'online'::regnamespace ORDER BY 1;

-- SET SCHEMA
SELECT gradual.define('moved', 'ALTER TYPE "Mood" SET SCHEMA other; ALTER DOMAIN natural_ SET SCHEMA other; ALTER FUNCTION doubled(int) SET SCHEMA other; ALTER TYPE couple SET SCHEMA other; ALTER TABLE t ADD COLUMN m3 other."Mood"');
SELECT phase, action, target FROM gradual.plan('moved');
SELECT gradual.start('moved', auto_complete => true);
CALL gradual.wait('moved');
SELECT status, error FROM gradual.ledger WHERE name = 'moved';
\d t

-- refused as PostgreSQL refuses it
SET search_path = plain;
CREATE FUNCTION refusal_of(script text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM gradual.explain(script);
    RETURN 'accepted';
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE || ' ' || SQLERRM;
END
$$;
SELECT refusal_of(s) FROM unnest(ARRAY[
    'ALTER TYPE nowhere RENAME TO x', 'ALTER TYPE "Mood" RENAME TO couple', 'ALTER TYPE t RENAME TO x',
    'ALTER TYPE _t RENAME TO x', 'ALTER DOMAIN "Mood" RENAME TO x', 'ALTER TYPE "Mood" RENAME VALUE ''sad'' TO ''x''',
    'ALTER TYPE "Mood" RENAME VALUE ''ok'' TO ''low''', 'ALTER TYPE couple RENAME VALUE ''ok'' TO ''x''',
    'ALTER TYPE couple RENAME ATTRIBUTE a TO x', 'ALTER TYPE couple RENAME ATTRIBUTE b TO first', 'ALTER TYPE "Mood" RENAME ATTRIBUTE a TO x',
    'ALTER FUNCTION twice(int) RENAME TO x', 'ALTER FUNCTION doubled(int) RENAME TO doubled', 'ALTER SCHEMA nowhere RENAME TO x', 'ALTER SCHEMA plain RENAME TO other',
    'ALTER TYPE "Mood" RENAME TO x; ALTER TABLE t ADD COLUMN z "Mood"', 'ALTER ROLE postgres RENAME TO x', 'ALTER DATABASE postgres RENAME TO x',
    'ALTER TABLESPACE pg_default RENAME TO x', 'ALTER DOMAIN natural_ RENAME CONSTRAINT above TO x', 'ALTER COLLATION nope SET SCHEMA other', 'ALTER TYPE "Mood" SET SCHEMA nowhere']) s;
