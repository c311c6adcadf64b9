-- Statistics that the script creates without a name (from PostgreSQL 16 on), or in
-- another schema than their table's, are made anew as they were called when a column
-- gets another type: the script leaves what psql leaves.
\set ECHO none
\set QUIET on
\pset format unaligned
\pset tuples_only on
SET client_min_messages = warning;
SELECT CASE WHEN current_setting('server_version_num')::int < 160000 THEN '%1$s.t_x_n_stat' ELSE '' END AS name \gset
CREATE SCHEMA elsewhere;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', schema);
    EXECUTE format('CREATE TABLE %I.t (id int, x int, n int)', schema);
    EXECUTE format('CREATE STATISTICS %I.first ON id, n FROM %1$I.t', schema);
    EXECUTE format('INSERT INTO %I.t SELECT g, g, g FROM generate_series(1, 20) g', schema);
END
$$;
SELECT format('CREATE STATISTICS %s ON x, n FROM %%1$s.t; CREATE STATISTICS elsewhere.of_%%1$s ON id, x, n FROM %%1$s.t; ALTER TABLE %%1$s.t ALTER n TYPE bigint;', :'name') AS script \gset
\o /dev/null
SELECT make(s) FROM unnest('{plain_a,plain_b,online_a,online_b}'::text[]) s;
SELECT format(:'script', 'plain_a') || format(:'script', 'plain_b') AS plain,
       format(:'script', 'online_a') || format(:'script', 'online_b') AS online \gset
:plain
CALL gradual.run('online', :'online');
\o
SELECT status, error FROM gradual.ledger;
SELECT stxrelid::regclass, replace(pg_get_statisticsobjdef(oid), 'online', 'plain') FROM pg_statistic_ext
WHERE stxrelid::regclass::text LIKE 'online%' ORDER BY 1, 2;
SELECT replace(pg_get_statisticsobjdef(oid), 'online', 'plain') FROM pg_statistic_ext WHERE stxrelid::regclass::text LIKE 'online%'
EXCEPT SELECT pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxrelid::regclass::text LIKE 'plain%';
-- a rollback takes them away, and no others
SELECT gradual.define('back', format('CREATE STATISTICS %s ON x, id FROM online_a.t; ALTER TABLE online_a.t DROP COLUMN n', CASE WHEN current_setting('server_version_num')::int < 160000 THEN 'online_a.t_x_id_stat' END));
\o /dev/null
SELECT gradual.start('back');
CALL gradual.wait('back');
\o
SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'online_a.t'::regclass ORDER BY 1;
\o /dev/null
SELECT gradual.rollback('back');
CALL gradual.wait('back');
\o
SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'online_a.t'::regclass ORDER BY 1;
\o /dev/null
SELECT gradual.start('back', true);
CALL gradual.wait('back');
\o
SELECT stxname FROM pg_statistic_ext WHERE stxrelid = 'online_a.t'::regclass ORDER BY 1;
DROP SCHEMA plain_a, plain_b, online_a, online_b, elsewhere CASCADE;
