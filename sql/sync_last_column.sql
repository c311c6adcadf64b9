-- Claim: what the trigger puts into the last column, of whatever type, alignment
-- and length, is stored as PostgreSQL itself stores it, on INSERT and on UPDATE,
-- whether other columns are NULL or not, and whether the column was.

CREATE TABLE failed (type text, stored text, expected text);
CREATE FUNCTION check_type(type text, expression text, storage text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    bad bigint;
BEGIN
    EXECUTE format('CREATE TABLE t (id int, flag bool, src text, note text, c %s)', type);
    IF storage IS NOT NULL THEN
        EXECUTE format('ALTER TABLE t ALTER c SET STORAGE %s', storage);
    END IF;
    CREATE TABLE plain (LIKE t INCLUDING STORAGE);
    EXECUTE format('CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW '
                   'EXECUTE FUNCTION gradual.sync(%L, %L, %L, %L)', 'c', expression, '', 'fill');
    INSERT INTO t (id, flag, src, note)
        SELECT n, nullif(n % 3, 0) = 1, nullif(repeat(n::text, n % 7), ''), repeat('n', n % 5)
        FROM generate_series(0, 60) n;
    -- longer, shorter, NULL and back
    UPDATE t SET src = repeat('y', id * 40) WHERE id % 4 = 0;
    UPDATE t SET src = 'z' WHERE id % 8 = 0;
    UPDATE t SET src = NULL WHERE id % 16 = 0;
    UPDATE t SET src = 'again' WHERE id % 32 = 0;
    EXECUTE format('INSERT INTO plain SELECT id, flag, src, note, %s FROM t', expression);
    -- INSERT .. SELECT itself does not heed PLAIN; wide rows are compressed in any order
    INSERT INTO failed SELECT type, t.r::text, p.r::text
        FROM (SELECT id, t AS r, pg_column_size(c) AS size FROM t) t
        FULL JOIN (SELECT id, p AS r, pg_column_size(c) AS size FROM plain p) p USING (id)
        WHERE t.id IS NULL OR p.id IS NULL OR t.r *<> p.r
            OR (storage IS DISTINCT FROM 'plain' AND length((t.r).src) < 100 AND t.size IS DISTINCT FROM p.size);
    DROP TABLE t, plain;
END
$$;

SELECT check_type('text', 'src');
SELECT check_type('text', '''v''::text || (src || note)', 'plain');
SELECT check_type('text', 'repeat(src, 100)', 'external');
SELECT check_type('text', 'repeat(src, 100)');
SELECT check_type('varchar(5)', '"left"(src, 5)');
SELECT check_type('"char"', 'src::"char"');
SELECT check_type('name', 'src::name');
SELECT check_type('char(20)', '"left"(src, 20)::character(20)');
SELECT check_type('bool', 'length(src) > 3');
SELECT check_type('smallint', 'length(src)::smallint');
SELECT check_type('int', 'length(src)');
SELECT check_type('bigint', 'length(src)::bigint');
SELECT check_type('float8', 'length(src)::double precision');
SELECT check_type('numeric', 'length(src)::numeric / 7.0');
SELECT check_type('uuid', 'md5(src)::uuid');
SELECT check_type('interval', 'make_interval(length(src))');
SELECT check_type('int[]', 'ARRAY[length(src), id]');
SELECT check_type('jsonb', 'to_jsonb(src)');
SELECT check_type('point', 'point(id::double precision, length(src)::double precision)');
SELECT * FROM failed;

-- a user's trigger may change what the statement does not assign
CREATE TABLE u (id int PRIMARY KEY, a text, b text, c text);
CREATE FUNCTION set_b() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.b := lower(NEW.a); RETURN NEW; END';
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON u FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('c', 'upper(b)', '', 'fill');
INSERT INTO u VALUES (1, 'One', 'x');
UPDATE u SET a = 'Two' RETURNING *;
CREATE TRIGGER set_b BEFORE UPDATE ON u FOR EACH ROW EXECUTE FUNCTION set_b();
UPDATE u SET a = 'Three' RETURNING *;
DROP TRIGGER set_b ON u;
UPDATE u SET a = 'Four' RETURNING *;
-- ON CONFLICT and MERGE say what they assign, too
INSERT INTO u VALUES (1, 'Five', 'five') ON CONFLICT (id) DO UPDATE SET b = EXCLUDED.b RETURNING *;
MERGE INTO u USING (SELECT 1 AS id) s ON u.id = s.id WHEN MATCHED THEN UPDATE SET b = 'six';
SELECT * FROM u;
