-- A table, or a type, may have the name of a catalog or of a type of the system.

SET gradual.direct_pages = 0;
CREATE TABLE public.pg_class (id int PRIMARY KEY, relname text, number int);
CREATE TABLE public.pg_attribute (id int PRIMARY KEY, attname text);
CREATE TABLE public.name (id int PRIMARY KEY, at pg_catalog.date, name pg_catalog.name);
CREATE TABLE public.date (id int PRIMARY KEY, at pg_catalog.date);
CREATE TABLE public.text (id int PRIMARY KEY, body pg_catalog.text);
INSERT INTO public.pg_class SELECT g, 'o' || g, g FROM generate_series(1, 5) g;
INSERT INTO public.pg_attribute SELECT g, 'o' || g FROM generate_series(1, 5) g;
INSERT INTO public.name SELECT g, '2026-01-01'::pg_catalog.date + g, 'n' || g FROM generate_series(1, 5) g;
INSERT INTO public.date SELECT g, '2026-01-01'::pg_catalog.date + g FROM generate_series(1, 5) g;
INSERT INTO public.text SELECT g, 'body ' || g FROM generate_series(1, 5) g;

CALL gradual.run('catalogs', $$
    ALTER TABLE public.pg_class ALTER number TYPE bigint;
    ALTER TABLE public.pg_class RENAME relname TO name;
    CREATE INDEX ON public.pg_class (name);
    ALTER TABLE public.pg_attribute ALTER id TYPE bigint, ADD x int DEFAULT 1 CHECK (x > 0);
    ALTER TABLE public.pg_attribute ADD y text;
    UPDATE public.pg_attribute SET y = attname || x;
    ALTER TABLE public.pg_attribute ALTER y SET NOT NULL;
$$);
CALL gradual.run('types', $$
    ALTER TABLE name ADD "from" date, ADD also name;
    UPDATE name SET "from" = at::date + 1, also = upper(name::text)::name;
    ALTER TABLE name ALTER "from" SET NOT NULL, ALTER at TYPE text USING at::text;
    ALTER TABLE date ALTER at TYPE timestamp USING at::date;
    ALTER TABLE date RENAME at TO date;
    ALTER TABLE text ALTER body TYPE varchar(20), ADD CONSTRAINT filled CHECK (body::text <> '');
    ALTER TABLE text RENAME TO texts;
    CREATE TABLE path (id int PRIMARY KEY, at path);
    ALTER TABLE path ADD was date;
$$);
\d public.pg_class
\d public.pg_attribute
\d name
\d date
\d path
\d texts
SELECT * FROM public.pg_class ORDER BY id LIMIT 1;
SELECT * FROM public.pg_attribute ORDER BY id LIMIT 1;
SELECT * FROM public.name ORDER BY id LIMIT 1;
SELECT * FROM public.date ORDER BY id LIMIT 1;
DROP TABLE public.pg_class, public.pg_attribute, public.name, public.date, texts, public.path;
