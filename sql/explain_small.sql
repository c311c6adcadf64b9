-- A table below gradual.direct_pages is changed in one statement, and
-- gradual.allow_blocking lets the forms run that have no online path.
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
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, n int);
CREATE TABLE archive (id bigint, email text);
INSERT INTO users SELECT i, 'u' || i, i FROM generate_series(1, 500) i;
-- more than one page, which would always be small enough
DELETE FROM users WHERE id > 10;
ANALYZE users;
\set copy 'INSERT INTO archive SELECT id, email FROM users'
\set not_batchable 'UPDATE users SET id = id + 100'
\set logged 'ALTER TABLE users SET UNLOGGED'

SHOW gradual.direct_pages;
SELECT plan_of(:'copy');
SELECT * FROM gradual.explain(:'not_batchable');
SELECT * FROM gradual.explain(:'logged');
SET gradual.direct_pages = 100;
SELECT plan_of('UPDATE users SET n = n + 1');
SELECT plan_of('ALTER TABLE users ADD x int; UPDATE users SET x = n');
SELECT plan_of(:'copy');
SELECT plan_of(:'not_batchable');
SELECT plan_of(:'logged');
SELECT plan_of('CLUSTER users USING users_pkey');
SELECT plan_of('CREATE INDEX ON users (n)');
SET gradual.direct_pages = 0;
SET gradual.allow_blocking = on;
SELECT plan_of(:'copy');
SELECT plan_of(:'not_batchable');
SELECT plan_of(:'logged');
SELECT plan_of('ALTER TABLE users SET TABLESPACE pg_default');

DROP TABLE users, archive;
DROP FUNCTION plan_of(text);
