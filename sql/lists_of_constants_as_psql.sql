-- An expression with a list of constants is stored as plain SQL stores it, and comes
-- back so with a rollback: \d, pg_dump and what compares schemas find no difference.

CREATE SCHEMA plain;
CREATE SCHEMA online;
CREATE PROCEDURE make() LANGUAGE plpgsql AS $$
BEGIN
    CREATE TABLE orders (id int PRIMARY KEY, state varchar(20), kind text, code char(3), n int,
        CONSTRAINT old_kind CHECK (state IN ('old', 'it''s')));
    CREATE INDEX old_state ON orders (id) WHERE state IN ('x', 'y');
    INSERT INTO orders SELECT g, 'old', 'k', 'abc', g FROM generate_series(1, 20) g;
END
$$;
CREATE FUNCTION look(schema text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT replace(pg_get_indexdef(indexrelid), schema || '.', '') FROM pg_index WHERE indrelid = (schema || '.orders')::regclass
    UNION ALL
    SELECT conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = (schema || '.orders')::regclass AND contype <> 'n'
    ORDER BY 1
$$;
CREATE TABLE script AS SELECT $$
    ALTER TABLE orders ADD CONSTRAINT listed CHECK (state IN ('a', 'old', NULL) OR state NOT IN ('(ARRAY[', E'b\\', ''''));
    ALTER TABLE orders ADD CHECK (kind IN ('k', 'l') AND code IN ('abc', 'def') AND n NOT IN (77, 78));
    ALTER TABLE orders ADD COLUMN also varchar CHECK (also IN ('p', 'q'));
    CREATE INDEX listed_index ON orders ((state IN ('a', 'b'))) WHERE state = ANY (ARRAY['a', 'b']) OR lower(state) IN ('u', 'v');
    ALTER TABLE orders DROP CONSTRAINT old_kind;
    DROP INDEX old_state;
    ALTER TABLE orders ALTER code SET NOT NULL;
$$ AS script;
SET search_path = plain, public;
CALL make();
SELECT script FROM script \gexec
SET search_path = online, public;
CALL make();
CREATE TABLE before AS SELECT look('online');
SET gradual.direct_pages = 0;
SELECT gradual.define('lists', script) FROM script;
SELECT gradual.start('lists');
CALL gradual.wait('lists');
SELECT gradual.rollback('lists');
CALL gradual.wait('lists');
SELECT look('online') EXCEPT SELECT * FROM before;
SELECT * FROM before EXCEPT SELECT look('online');
SELECT gradual.start('lists');
CALL gradual.wait('lists');
SELECT gradual.complete('lists');
CALL gradual.wait('lists');
SELECT look('plain') EXCEPT SELECT look('online');
SELECT look('online') EXCEPT SELECT look('plain');
\pset format unaligned
SELECT look('online');
DROP SCHEMA plain, online CASCADE;
