-- INSERT .. SELECT of a table runs in batches by the key of its source, each key
-- once, and leaves what one statement would have left: compared with plain psql.

CREATE SCHEMA online;
CREATE SCHEMA plain;
CREATE FUNCTION fill(schema text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE TABLE %I.t (id int PRIMARY KEY, a int, s text)', schema);
    EXECUTE format('INSERT INTO %I.t SELECT g, g %% 7, ''Name'' || g FROM generate_series(1, 400) g', schema);
    EXECUTE format('CREATE TABLE %I.kinds (id int PRIMARY KEY, label text)', schema);
    EXECUTE format('INSERT INTO %I.kinds SELECT g, ''kind '' || g FROM generate_series(0, 5) g', schema);
    EXECUTE format('CREATE TABLE %I.archive (id bigint, s text, at date DEFAULT ''2020-01-01'', n int)', schema);
    EXECUTE format('CREATE TABLE %I.parts (id int, region text, v int, PRIMARY KEY (region, id)) PARTITION BY LIST (region)', schema);
    EXECUTE format('CREATE TABLE %I.parts_eu PARTITION OF %I.parts FOR VALUES IN (''eu'')', schema, schema);
    EXECUTE format('CREATE TABLE %I.parts_us (v int, id int NOT NULL, gone int, region text NOT NULL)', schema);
    EXECUTE format('ALTER TABLE %I.parts_us DROP gone', schema);
    EXECUTE format('ALTER TABLE %I.parts ATTACH PARTITION %I.parts_us FOR VALUES IN (''us'')', schema, schema);
    EXECUTE format('INSERT INTO %I.parts SELECT g, CASE WHEN g %% 2 = 0 THEN ''eu'' ELSE ''us'' END, g * 2 FROM generate_series(1, 300) g', schema);
    EXECUTE format('CREATE TABLE %I.nothing (id int)', schema);
END
$$;
SELECT fill('online'), fill('plain');

-- runs a script both ways, and shows how many rows of the archive differ
CREATE PROCEDURE twice(name text, script text) LANGUAGE plpgsql AS $$
BEGIN
    SET search_path = online, public;
    CALL gradual.run(name, script);
    SET search_path = plain, public;
    EXECUTE script;
    RESET search_path;
END
$$;
CREATE VIEW difference AS
    SELECT (SELECT count(*) FROM online.archive) AS rows, count(*) AS different
    FROM ((TABLE online.archive EXCEPT ALL TABLE plain.archive)
          UNION ALL (TABLE plain.archive EXCEPT ALL TABLE online.archive)) d;

SET search_path = online, public;
SELECT step, phase, action, target, lock_mode, cost, reversible, note
FROM gradual.explain('INSERT INTO archive (id, s) SELECT id, s FROM t') \gx
RESET search_path;

CALL twice('plain', 'INSERT INTO archive (id, s) SELECT id, s FROM t');
TABLE difference;
CALL twice('where', 'INSERT INTO archive SELECT id, upper(s) FROM t x WHERE a > 3 ORDER BY s');
TABLE difference;
-- an inner and an outer join: the larger table is gone through
CALL twice('join', 'INSERT INTO archive (s, id) SELECT k.label, t.id FROM kinds k JOIN t ON t.a = k.id');
CALL twice('left join', 'INSERT INTO archive (s, id) SELECT k.label, t.id FROM t LEFT JOIN kinds k ON t.a = k.id');
CALL twice('right join', 'INSERT INTO archive (s, id) SELECT k.label, x.id FROM kinds k RIGHT JOIN t AS x ON x.a = k.id');
CALL twice('comma', 'INSERT INTO archive (s, id) SELECT k.label, t.id FROM kinds k, t WHERE t.a = k.id');
TABLE difference;
-- several rows for one, sub-selects, a WITH, one now()
CALL twice('series', 'INSERT INTO archive (id, n) SELECT id, generate_series(1, 3) FROM t WHERE id < 50');
CALL twice('lateral', 'INSERT INTO archive (id, n) SELECT t.id, g FROM t, generate_series(1, t.a) g');
CALL twice('subselect', 'INSERT INTO archive (id, s) SELECT id, (SELECT label FROM kinds WHERE kinds.id = t.a) FROM t');
CALL twice('with', 'WITH k AS (SELECT * FROM kinds WHERE id > 2) INSERT INTO archive (id, s) SELECT t.id, k.label FROM t JOIN k ON k.id = t.a');
CALL twice('inner with', 'INSERT INTO archive (id, s) WITH k AS (SELECT * FROM kinds WHERE id > 2) SELECT t.id, k.label FROM t JOIN k ON k.id = t.a');
CALL twice('now', 'INSERT INTO archive (id, n) SELECT id, count_days FROM t, LATERAL (SELECT (current_date - current_date) AS count_days) d');
TABLE difference;
-- partitions, one after another, with columns in another order
CALL twice('partitions', 'INSERT INTO archive (id, s, n) SELECT parts.id, parts.region, parts.v FROM parts WHERE parts.v > 20');
CALL twice('partition', 'INSERT INTO archive (id, s, n) SELECT id, region, v FROM parts_us');
TABLE difference;
-- into a partitioned table
CALL twice('into parts', 'INSERT INTO parts SELECT id + 1000, ''us'', a FROM t');
CALL twice('from parts', 'INSERT INTO archive (id, s, n) SELECT id, region, v FROM parts');
TABLE difference;
-- qualified names
CALL gradual.run('qualified', 'INSERT INTO online.archive (id, s) SELECT online.t.id, online.t.s FROM online.t WHERE online.t.id > 10');
INSERT INTO plain.archive (id, s) SELECT id, s FROM plain.t WHERE id > 10;
TABLE difference;
-- a key that is there already
ALTER TABLE online.nothing ADD PRIMARY KEY (id);
ALTER TABLE plain.nothing ADD PRIMARY KEY (id);
CALL twice('first', 'INSERT INTO nothing SELECT id FROM t WHERE id < 100');
CALL twice('on conflict', 'INSERT INTO nothing SELECT id FROM t ON CONFLICT DO NOTHING');
SELECT count(*), (SELECT count(*) FROM plain.nothing) FROM online.nothing;
SELECT name, status, processed FROM gradual.ledger ORDER BY name;
