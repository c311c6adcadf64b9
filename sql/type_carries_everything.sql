-- What hangs on a column that gets another type comes along, under its name: the
-- schema is what ALTER TABLE leaves, and so are the rows.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE ROLE type_reader;
CREATE FUNCTION make(schema text) RETURNS void LANGUAGE plpgsql AS $body$
BEGIN
    EXECUTE format('CREATE SCHEMA %I', schema);
    EXECUTE format('SET search_path = %I', schema);
    CREATE TABLE items (id serial PRIMARY KEY, k int DEFAULT 7 NOT NULL, parent int, code int, "Odd ""Name" int,
        created timestamp, name varchar(20), note text,
        CONSTRAINT items_k_id UNIQUE (id, k), CONSTRAINT small CHECK (k < 5000 AND "Odd ""Name" >= 0),
        CONSTRAINT code_once UNIQUE (code) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT up FOREIGN KEY (parent) REFERENCES items ON UPDATE CASCADE ON DELETE SET NULL DEFERRABLE);
    CREATE TABLE lines (item int NOT NULL REFERENCES items ON DELETE CASCADE, k int, n int,
        CONSTRAINT items_both FOREIGN KEY (item, k) REFERENCES items (id, k) MATCH FULL);
    CREATE INDEX items_expr ON items ((id % 10), lower(name)) INCLUDE (note) WHERE k > 3;
    CREATE INDEX items_desc ON items (k DESC NULLS LAST, name text_pattern_ops) WITH (fillfactor = 70);
    CREATE UNIQUE INDEX items_nulls ON items ("Odd ""Name") NULLS NOT DISTINCT;
    CREATE INDEX items_hash ON items USING hash (parent);
    CREATE STATISTICS item_stats (ndistinct, dependencies) ON k, "Odd ""Name" FROM items;
    ALTER STATISTICS item_stats SET STATISTICS 200;
    COMMENT ON COLUMN items.id IS 'the id';
    COMMENT ON CONSTRAINT items_pkey ON items IS 'the key';
    COMMENT ON CONSTRAINT small ON items IS 'not too big';
    COMMENT ON CONSTRAINT up ON items IS 'a tree';
    COMMENT ON INDEX items_expr IS 'an expression';
    COMMENT ON STATISTICS item_stats IS 'numbers';
    GRANT SELECT (id, k), UPDATE (k) ON items TO type_reader WITH GRANT OPTION;
    GRANT INSERT (id) ON items TO PUBLIC;
    ALTER TABLE items ALTER k SET STATISTICS 50, ALTER k SET (n_distinct = -0.5), ALTER k SET STORAGE PLAIN;
    ALTER INDEX items_expr ALTER COLUMN 1 SET STATISTICS 300;
    ALTER TABLE items CLUSTER ON items_desc;
    ALTER TABLE items REPLICA IDENTITY USING INDEX items_k_id;
    INSERT INTO items (k, parent, code, "Odd ""Name", created, name)
        SELECT i, CASE WHEN i > 10 THEN i / 10 END, i, i, '2024-01-01'::timestamp + i * interval '1 day', 'name ' || i
        FROM generate_series(1, 300) i;
    INSERT INTO lines SELECT i, i, i FROM generate_series(1, 300) i;
END
$body$;
SELECT make('plain');
SELECT public.make('online');
RESET search_path;
ANALYZE plain.items, plain.lines, online.items, online.lines;

SET search_path = plain;
ALTER TABLE items ALTER id TYPE bigint, ALTER k TYPE numeric(10), ALTER "Odd ""Name" TYPE bigint;
ALTER TABLE items ALTER created TYPE timestamptz USING created AT TIME ZONE 'UTC', ALTER name TYPE varchar(30);
ALTER TABLE items ALTER parent TYPE bigint, ALTER code TYPE text USING 'c' || code;
ALTER TABLE lines ALTER item TYPE bigint, ALTER k TYPE numeric(10);
SET search_path = online, public;
CALL gradual.run('retype', $$
ALTER TABLE items ALTER id TYPE bigint, ALTER k TYPE numeric(10), ALTER "Odd ""Name" TYPE bigint;
ALTER TABLE items ALTER created TYPE timestamptz USING created AT TIME ZONE 'UTC', ALTER name TYPE varchar(30);
ALTER TABLE items ALTER parent TYPE bigint, ALTER code TYPE text USING 'c' || code;
ALTER TABLE lines ALTER item TYPE bigint, ALTER k TYPE numeric(10);
$$);
SELECT phase, action, target, status, error FROM gradual.step WHERE name = 'retype' ORDER BY step;
RESET search_path;

-- The columns of statistics stand in the order of the table
SELECT replace(s, 'k, "Odd ""Name"', '"Odd ""Name", k') FROM gradual_test.shape('plain') s
EXCEPT SELECT replace(s, 'k, "Odd ""Name"', '"Odd ""Name", k') FROM gradual_test.shape('online') s ORDER BY 1;
SELECT replace(s, 'k, "Odd ""Name"', '"Odd ""Name", k') FROM gradual_test.shape('online') s
EXCEPT SELECT replace(s, 'k, "Odd ""Name"', '"Odd ""Name", k') FROM gradual_test.shape('plain') s ORDER BY 1;
SELECT id, k, parent, code, "Odd ""Name", created, name, note FROM plain.items
EXCEPT SELECT id, k, parent, code, "Odd ""Name", created, name, note FROM online.items;
SELECT count(*) FROM online.items JOIN online.lines ON lines.item = items.id;
INSERT INTO online.items (k) VALUES (1000) RETURNING id;
UPDATE online.items SET parent = 301 WHERE id = 300;
UPDATE online.items SET id = 302 WHERE id = 301;
SELECT parent FROM online.items WHERE id = 300;
DELETE FROM online.items WHERE id = 302;
INSERT INTO online.lines VALUES (5000, 5000);
SELECT c.relname, i.indisreplident, i.indisclustered, c.reloptions
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = 'online.items'::regclass ORDER BY 1;

DROP SCHEMA plain CASCADE;
DROP SCHEMA online CASCADE;
DROP ROLE type_reader;
