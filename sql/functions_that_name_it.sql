-- The plan names the functions whose text has the name of a table or column that
-- goes: PostgreSQL keeps no track of them, and they fail from then on.
CREATE TABLE orders (id int PRIMARY KEY, total int, "Net.sum" int, note text);
INSERT INTO orders SELECT i, i, i, i FROM generate_series(1, 3) i;
CREATE TABLE order_lines (id int);
CREATE FUNCTION settle(int) RETURNS void LANGUAGE plpgsql AS $$BEGIN UPDATE Orders SET total = 0 WHERE id = $1; END$$;
CREATE FUNCTION net() RETURNS bigint LANGUAGE sql AS 'SELECT sum("Net.sum") FROM orders';
CREATE FUNCTION stamp() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN NEW.note := NEW.total; RETURN NEW; END$$;
CREATE TRIGGER stamp BEFORE UPDATE ON orders FOR EACH ROW EXECUTE FUNCTION stamp();

-- another word, another table's column of that name; and what the server does keep track of
CREATE FUNCTION lines() RETURNS bigint LANGUAGE sql AS 'SELECT count(*) FROM order_lines';
CREATE FUNCTION other() RETURNS int LANGUAGE plpgsql AS $$DECLARE total int := 1; note int; BEGIN RETURN total; END$$;

CREATE FUNCTION notes(script text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT action || ': ' || coalesce(substring(note FROM 'Functions whose .*'), '-') FROM gradual.explain(script) WHERE phase = 'swap'
$$;
SELECT notes('ALTER TABLE orders RENAME TO purchases');
SELECT notes('DROP TABLE orders');
SELECT notes('ALTER TABLE orders RENAME COLUMN total TO amount');
SELECT notes('ALTER TABLE orders DROP COLUMN total');
SELECT notes('ALTER TABLE orders DROP COLUMN "Net.sum"');
SELECT notes('ALTER TABLE orders DROP COLUMN note');
SELECT notes('DROP TABLE order_lines');

-- not all of very many
SELECT format('CREATE FUNCTION f%s() RETURNS void LANGUAGE sql AS %L', lpad(i::text, 2, '0'), 'DELETE FROM orders') FROM generate_series(1, 12) i \gexec
SELECT notes('ALTER TABLE orders RENAME TO purchases');

DROP FUNCTION settle, net, lines, other, notes;
DROP TABLE orders, order_lines;
DROP FUNCTION stamp;
SELECT format('DROP FUNCTION f%s', lpad(i::text, 2, '0')) FROM generate_series(1, 12) i \gexec
