-- UPDATE and DELETE run in batches; what cannot run so, and is not known to be
-- small, is refused.
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
CREATE TABLE orgs (id bigint PRIMARY KEY, title text);
CREATE TABLE users (id bigint PRIMARY KEY, email text NOT NULL, name text, n int, org bigint);
CREATE TABLE archive (id bigint PRIMARY KEY, email text);
INSERT INTO orgs VALUES (1, 'one');
INSERT INTO users SELECT i, 'u' || i || '@example.com', 'u' || i, i FROM generate_series(1, 10) i;
INSERT INTO archive VALUES (0, 'old');
ANALYZE users, orgs, archive;

SELECT plan_of('UPDATE users SET name = '''' WHERE name IS NULL');
SELECT plan_of('UPDATE users SET n = n + 1');
SELECT plan_of('DELETE FROM users WHERE n > 5');
SELECT plan_of('DELETE FROM users USING orgs WHERE orgs.id = org');
-- Rows that a trigger cannot fill
SELECT plan_of('ALTER TABLE users ADD x text; UPDATE users SET x = o.title FROM orgs o WHERE o.id = org');
-- The second UPDATE of a new column is no fill, but goes with the column, too
SELECT plan_of('ALTER TABLE users ADD x text; UPDATE users SET x = ''few'' WHERE n < 5; UPDATE users SET x = ''many'' WHERE n >= 5');

-- INSERT
SELECT plan_of('INSERT INTO orgs VALUES (2, ''two''), (3, ''three'')');
SELECT plan_of('INSERT INTO orgs DEFAULT VALUES');
SELECT plan_of('INSERT INTO orgs SELECT i, ''o'' FROM generate_series(10, 20) i');
SELECT plan_of('INSERT INTO orgs VALUES (1, ''one'') ON CONFLICT (id) DO UPDATE SET title = excluded.title');
SELECT plan_of('INSERT INTO archive SELECT id, email FROM users');
-- .. of a table that the script makes
SELECT plan_of('CREATE TABLE copy (id bigint PRIMARY KEY, email text); INSERT INTO copy VALUES (1, ''a''); INSERT INTO copy SELECT * FROM copy');

-- MERGE and TRUNCATE
SELECT * FROM gradual.explain('MERGE INTO archive a USING users u ON u.id = a.id WHEN MATCHED THEN DELETE');
SELECT * FROM gradual.explain('TRUNCATE users');

-- REFRESH, ANALYZE, VACUUM
CREATE MATERIALIZED VIEW totals AS SELECT org, count(*) FROM users GROUP BY org;
SELECT * FROM gradual.explain('REFRESH MATERIALIZED VIEW totals');
CREATE UNIQUE INDEX ON totals (org);
SELECT plan_of('REFRESH MATERIALIZED VIEW totals');
SELECT plan_of('REFRESH MATERIALIZED VIEW CONCURRENTLY totals');
SELECT plan_of('ANALYZE users (name)');
SELECT plan_of('ANALYZE');
SELECT * FROM gradual.explain('VACUUM users');

DROP MATERIALIZED VIEW totals;
DROP TABLE users, orgs, archive;
DROP FUNCTION plan_of(text);
