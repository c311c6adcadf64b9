-- INSERT .. SELECT of a table that is not known to be small is refused where its
-- batches would not add up to the one statement, and the refusal says why; on
-- request it runs as that one statement.
\pset format unaligned
\pset tuples_only on
CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g, g % 3 FROM generate_series(1, 1000) g;
CREATE TABLE keyless (a int);
INSERT INTO keyless SELECT generate_series(1, 1000);
CREATE TABLE archive (n int GENERATED ALWAYS AS IDENTITY, id int, a int);
CREATE VIEW v AS SELECT * FROM archive;
CREATE VIEW w AS SELECT * FROM t;

CREATE FUNCTION refusal(script text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    detail text;
    hint text;
BEGIN
    PERFORM gradual.explain(script);
    RETURN 'not refused';
EXCEPTION WHEN feature_not_supported THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLERRM, '    ' || detail, '    ' || hint);
END
$$;
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t LIMIT 10');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t ORDER BY a');
SELECT refusal('INSERT INTO archive (id) SELECT DISTINCT a FROM t');
SELECT refusal('INSERT INTO archive (id) SELECT count(*) FROM t');
SELECT refusal('INSERT INTO archive (id) SELECT a FROM t GROUP BY a');
SELECT refusal('INSERT INTO archive (id) SELECT row_number() OVER () FROM t');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t UNION ALL SELECT a FROM keyless');
SELECT refusal('INSERT INTO archive (id) SELECT a FROM keyless');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t FULL JOIN keyless USING (a)');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t WHERE NOT EXISTS (SELECT FROM archive x WHERE x.id = t.id)');
SELECT refusal('INSERT INTO t SELECT id + 100, a FROM t');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM w');
SELECT refusal('INSERT INTO v (id) SELECT id FROM t');
SELECT refusal('INSERT INTO archive (id) SELECT id FROM t TABLESAMPLE BERNOULLI (50)');
SELECT refusal('INSERT INTO archive (id) SELECT x.id FROM (t JOIN keyless USING (a)) AS x');
-- the order is of no account where nothing is numbered
SELECT refusal('INSERT INTO keyless SELECT id FROM t ORDER BY a');

-- one page, small, or on request
CREATE TABLE little (a int);
INSERT INTO little VALUES (1);
SELECT action, cost, note FROM gradual.explain('INSERT INTO archive (id) SELECT a FROM little LIMIT 10');
SET gradual.direct_pages = 100;
SELECT action, cost, note FROM gradual.explain('INSERT INTO archive (id) SELECT id FROM t LIMIT 10');
RESET gradual.direct_pages;
SET gradual.allow_blocking = on;
SELECT action, cost, note FROM gradual.explain('INSERT INTO archive (id) SELECT count(*) FROM t');
CALL gradual.run('blocking', 'INSERT INTO archive (id) SELECT count(*) FROM t');
TABLE archive;
-- what can run in batches does so all the same
SELECT action, cost FROM gradual.explain('INSERT INTO archive (id) SELECT id FROM t');
