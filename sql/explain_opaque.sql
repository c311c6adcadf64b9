-- Code that we cannot look into runs as written, is called opaque, and is not undone.
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
CREATE TABLE users (id bigint PRIMARY KEY, email text);
INSERT INTO users SELECT i, 'u' || i FROM generate_series(1, 10) i;
CREATE PROCEDURE nothing() LANGUAGE plpgsql AS 'BEGIN END';
ANALYZE users;

SELECT plan_of('DO ''BEGIN PERFORM 1; END''');
SELECT plan_of('DO LANGUAGE plpgsql ''BEGIN PERFORM 1; END''');
SELECT plan_of('SELECT count(*) FROM users');
SELECT plan_of('CALL nothing()');
SELECT plan_of('WITH d AS (DELETE FROM users WHERE id = 1 RETURNING id) SELECT count(*) FROM d');
SELECT plan_of('SELECT id FROM users FOR UPDATE');
SELECT plan_of('VALUES (1), (2)');
SELECT plan_of('CREATE TABLE copy AS SELECT * FROM users');
SELECT plan_of('CREATE MATERIALIZED VIEW copy AS SELECT * FROM users');
SELECT plan_of('CREATE TABLE IF NOT EXISTS users AS SELECT 1 AS id');
-- Checked as far as it can be
SELECT * FROM gradual.explain('SELECT nope FROM users');
SELECT * FROM gradual.explain('CALL no_such_procedure()');
SELECT * FROM gradual.explain('DO LANGUAGE no_such_language ''BEGIN END''');

DROP TABLE users;
DROP PROCEDURE nothing();
DROP FUNCTION plan_of(text);
