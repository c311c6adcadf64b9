-- What is taken for an expression that never raises does not, whatever the values: it
-- runs in the application's statements without a subtransaction.  Of the others the
-- plan of ALTER COLUMN TYPE .. USING says that the trigger leaves NULL where they do.
\set ECHO none
\set QUIET on
\pset format unaligned
SET client_min_messages = warning;
CREATE TABLE t (a int, i int, s smallint, b text, d date, ts timestamp, tz timestamptz, j jsonb, n numeric, f float4, c char(3), v varchar, k "char");
INSERT INTO t (i, s, b, d, ts, tz, j, n, f, c) VALUES
    (-2147483648, -32768, '', '-infinity', 'infinity', '-infinity', '[1]', 'NaN', 'infinity', ''),
    (2147483647, 32767, 'x', 'infinity', '4714-11-24 BC', '294276-12-31 23:59:59+00', '{"a": null}', 'infinity', 'NaN', 'abc'),
    (0, 0, NULL, '5874897-12-31', '294276-12-31', '4714-11-24 00:00+00 BC', '3', '1e100000', 1e-40, NULL),
    (NULL, NULL, U&'\00e9\20ac', '4713-01-01 BC', 'epoch', 'epoch', 'null', 0, 0, U&'\00e9');
CREATE FUNCTION is_total(type text, expression text) RETURNS boolean LANGUAGE sql AS $$
    SELECT bool_and(note !~ 'leaves NULL where that raises') FROM gradual.explain(format('ALTER TABLE t ALTER a TYPE %s USING %s', type, expression))
$$;
CREATE FUNCTION error_of(type text, expression text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('SELECT count(v) FROM (SELECT (%s)::%s AS v FROM t OFFSET 0) x', expression, type);
    RETURN NULL;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
CREATE TABLE forms (n int GENERATED ALWAYS AS IDENTITY, type text, expression text);
INSERT INTO forms (type, expression) VALUES
    ('text', 'lower(b) || upper(b) || initcap(b)'), ('text', 'md5(b)'), ('text', 'left(b, i)'), ('text', 'right(b, i)'),
    ('text', 'substr(b, i)'), ('text', 'substr(b, i, 5)'), ('text', 'substr(b, 2, i)'), ('text', 'substr(b, 2, -1)'),
    ('text', 'split_part(b, ''x'', 1)'), ('text', 'split_part(b, ''x'', 0)'),
    ('text', 'replace(b, ''x'', ''y'')'), ('int', 'strpos(b, ''x'')'),
    ('text', 'concat(i, s, b, d, ts, tz, j, n, f)'), ('text', 'concat(i, k, c, ARRAY[i])'),
    ('text', 'concat_ws(b, i, n)'), ('bigint', 's'), ('float8', 'f'), ('numeric', 'i'), ('numeric', 'f'), ('int', 'n'),
    ('timestamptz', 'now()'), ('timestamp', 'localtimestamp'), ('time', 'localtime(0)'),
    ('timestamptz', 'current_timestamp(3)'), ('date', 'current_date'), ('name', 'current_user'),
    ('name', 'current_schema'), ('date', 'ts::date'), ('date', 'tz::date'), ('timestamp', 'd::timestamp'),
    ('numeric', 'extract(year FROM d)'), ('numeric', 'extract(epoch FROM d)'), ('numeric', 'extract(hour FROM ts)'),
    ('numeric', 'extract(isodow FROM ts)'), ('numeric', 'extract(quarter FROM ts)'),
    ('numeric', 'extract(week FROM ts)'), ('numeric', 'extract(doy FROM d)'), ('numeric', 'extract(isoyear FROM tz)'),
    ('numeric', 'extract(century FROM tz)'), ('numeric', 'extract(day FROM tz)'), ('float8', 'date_part(''month'', tz)'),
    ('float8', 'date_part(''epoch'', tz)'), ('float8', 'date_part(''year'', ts)'), ('int', 'greatest(i, s)'),
    ('text', 'least(b, ''x'')'), ('int', 'greatest(i, n)'), ('boolean', 'i IN (1, 2)'),
    ('boolean', 'i = ANY (ARRAY[s, 2])'), ('boolean', 's = ANY (NULL::int[])'), ('boolean', 'b IN (''a'', ''b'')'),
    ('boolean', 'b LIKE ''a\'' '), ('boolean', 'b ~ ''('''), ('boolean', 'i + 1 IN (1)'), ('jsonb', 'j -> ''a'''),
    ('text', 'j ->> -2147483648'), ('boolean', 'j ? ''a'''), ('text', 'j #>> ''{a}'''), ('text', 'c'),
    ('int', 'length(c)'), ('text', 'k'), ('text', 'b COLLATE "C"'), ('boolean', 'd < ts'), ('boolean', 'd < tz'),
    ('boolean', 'ts < tz'), ('boolean', 'i < n'), ('text', 'i::text'), ('text', 'j::text'), ('int', 'b::int'),
    ('boolean', 'b < ''x''');
CREATE TABLE result AS SELECT n, type, expression, is_total(type, expression), error_of(type, expression) FROM forms;
SELECT type, expression FROM result WHERE is_total ORDER BY n;
SELECT type, expression AS raises FROM result WHERE NOT is_total ORDER BY n;
SELECT expression, error_of FROM result WHERE is_total AND error_of IS NOT NULL;
SELECT count(*) > 5 AS others_raise FROM result WHERE NOT is_total AND error_of IS NOT NULL;
