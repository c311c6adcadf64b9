-- Names may be quoted, as long as names can be, and in any schema: steps name
-- them qualified, whatever the search_path is when they run.
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
CREATE SCHEMA "Other ""schema";
CREATE TABLE "Other ""schema"."Odd table" ("Id" bigint PRIMARY KEY, "select" text NOT NULL, "ä ö" int, "drop'; --" text);
INSERT INTO "Other ""schema"."Odd table" SELECT i, 'a', i, 'b' FROM generate_series(1, 10) i;
CREATE INDEX "Odd index" ON "Other ""schema"."Odd table" ("select");
ANALYZE "Other ""schema"."Odd table";

SELECT plan_of('ALTER TABLE "Other ""schema"."Odd table" ADD "New ""col" uuid DEFAULT gen_random_uuid() NOT NULL');
SELECT plan_of('ALTER TABLE "Other ""schema"."Odd table" ADD "New ''col" text; UPDATE "Other ""schema"."Odd table" SET "New ''col" = lower("select") WHERE "New ''col" IS NULL; ALTER TABLE "Other ""schema"."Odd table" ALTER "New ''col" SET NOT NULL');
SELECT plan_of('CREATE INDEX ON "Other ""schema"."Odd table" ("ä ö")');
SELECT plan_of('DROP INDEX "Other ""schema"."Odd index"');
SELECT plan_of('UPDATE "Other ""schema"."Odd table" SET "ä ö" = "ä ö" + 1');
SELECT plan_of('DELETE FROM "Other ""schema"."Odd table" WHERE "drop''; --" = ''b''');
SELECT plan_of('ALTER TABLE "Other ""schema"."Odd table" ALTER "drop''; --" SET NOT NULL');
SELECT plan_of('CREATE TABLE "Other ""schema"."More; table" ("A" int)');

-- By the search_path, as that of the script may be
SELECT * FROM gradual.explain('ALTER TABLE "Odd table" ADD x int');
SET search_path = "Other ""schema", public;
SELECT plan_of('ALTER TABLE "Odd table" ADD x uuid DEFAULT gen_random_uuid()');
SELECT plan_of('CREATE INDEX ON "Odd table" ("select")');
SELECT plan_of('CREATE TABLE here (id int); CREATE INDEX ON here (id)');
RESET search_path;
SELECT plan_of('SET search_path = "Other ""schema"; CREATE INDEX ON "Odd table" ("select")');

-- 63 bytes, the longest there are
SELECT repeat('t', 63) AS t, repeat('c', 63) AS c \gset
CREATE TABLE :t (id bigint PRIMARY KEY, :c text);
INSERT INTO :t SELECT i, 'a' FROM generate_series(1, 10) i;
ANALYZE :t;
SELECT format('ALTER TABLE %1$s ADD %2$s text; UPDATE %1$s SET %2$s = lower(%3$s); ALTER TABLE %1$s ALTER %2$s SET NOT NULL; CREATE INDEX ON %1$s (%2$s)', :'t', repeat('n', 63), :'c') AS script \gset
SELECT plan_of(:'script');
-- PostgreSQL itself cuts what is longer
SELECT plan_of(format('ALTER TABLE %s ADD %s int', :'t', repeat('x', 70)));

DROP TABLE :t;
SET client_min_messages = warning;
DROP SCHEMA "Other ""schema" CASCADE;
DROP FUNCTION plan_of(text);
