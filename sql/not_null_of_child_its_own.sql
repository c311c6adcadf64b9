-- SET NOT NULL of a column that is so from a parent makes it the table's own (PostgreSQL
-- 18), as psql does, and DROP NOT NULL of one that a new column has from there is refused.
\set VERBOSITY terse
\set SHOW_CONTEXT never
\pset format unaligned
\pset tuples_only on
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', schema);
    PERFORM set_config('search_path', schema, false);
    CREATE TABLE whole (id int NOT NULL, n int NOT NULL) PARTITION BY LIST (id);
    CREATE TABLE part PARTITION OF whole DEFAULT;
    CREATE TABLE parent (n int NOT NULL);
    CREATE TABLE child () INHERITS (parent);
    INSERT INTO whole VALUES (1, 1);
    INSERT INTO child VALUES (1);
END
$$;
SELECT make('plain');
ALTER TABLE part ALTER n SET NOT NULL;
ALTER TABLE child ALTER n SET NOT NULL;
ALTER TABLE whole ADD z int NOT NULL DEFAULT 1;
ALTER TABLE part ALTER z SET NOT NULL;
SELECT public.make('online');
CALL gradual.run('own', $$
    ALTER TABLE part ALTER n SET NOT NULL;
    ALTER TABLE child ALTER n SET NOT NULL;
    ALTER TABLE whole ADD z int NOT NULL DEFAULT 1;
    ALTER TABLE part ALTER z SET NOT NULL
$$);
CREATE FUNCTION public.constraints(schema text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT concat_ws(' ', c.relname, k.conname, k.conislocal, k.coninhcount)
    FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid WHERE c.relnamespace = schema::regnamespace
$$;
SELECT public.constraints('online') EXCEPT SELECT public.constraints('plain');
SELECT public.constraints('plain') EXCEPT SELECT public.constraints('online');
SELECT FROM gradual.explain('ALTER TABLE whole ADD y int NOT NULL DEFAULT 1; ALTER TABLE part ALTER y DROP NOT NULL');
RESET search_path;
SELECT gradual.forget('own');
DROP SCHEMA online, plain CASCADE;
DROP FUNCTION make(text), constraints(text);
