-- Before complete() nothing of ours may raise in the application's statements:
-- where the expression fails, the column keeps what the application wrote.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id int, a text, n int);
INSERT INTO t SELECT n, 'x', 0 FROM generate_series(1, 3) n;
ALTER TABLE t
    ADD COLUMN quotient int,
    ADD COLUMN product int,
    ADD COLUMN number int,
    ADD COLUMN short varchar(3),
    ADD COLUMN checked positive,
    ADD COLUMN conditional text,
    ADD COLUMN healthy text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync(
        'quotient', '(100 / n)', '', 'fill',
        'product', '(n * 1000000)', '', 'fill',
        'number', '(a)::integer', '', 'fill',
        'short', 'a', '', 'fill',
        'checked', 'n', '', 'fill',
        'conditional', $$'yes'::text$$, '((100 / n) > 10)', 'fill',
        'healthy', 'a', '', 'fill');
INSERT INTO t VALUES (4, '42', 5), (5, 'long text', 0), (6, NULL, 1000000), (7, '-7', -7), (8, NULL, NULL);
INSERT INTO t VALUES (9, 'long text', 0, 1, 2, 3, 'abc', 4, 'no', 'given');
TABLE t ORDER BY id;
-- a row not filled yet keeps its NULL, a filled one its value
UPDATE t SET id = id WHERE id = 1;
UPDATE t SET n = 0, a = 'long text' WHERE id = 4;
TABLE t ORDER BY id;
DROP TABLE t;
DROP DOMAIN positive;

-- functions of users: whatever they do is undone
CREATE TABLE audit (what text);
CREATE FUNCTION risky(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO audit VALUES ($1);
    IF $1 = 'bad' THEN RAISE EXCEPTION 'refused'; END IF;
    IF $1 = 'cancel' THEN RAISE EXCEPTION 'cancelled' USING ERRCODE = 'query_canceled'; END IF;
    IF $1 = 'assert' THEN ASSERT false, 'asserted'; END IF;
    RETURN upper($1);
END $$;
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'public.risky(a)', '', 'fill');
INSERT INTO t VALUES (1, 'good'), (2, 'bad'), (3, 'fine');
TABLE t ORDER BY id;
TABLE audit;
-- a cancel was meant for the statement, not for the expression
INSERT INTO t VALUES (4, 'cancel');
INSERT INTO t VALUES (5, 'assert');
BEGIN;
INSERT INTO t VALUES (6, 'bad');
SAVEPOINT s;
INSERT INTO t VALUES (7, 'cancel');
ROLLBACK TO s;
INSERT INTO t VALUES (8, 'fine');
COMMIT;
TABLE t ORDER BY id;
-- a privilege that the writer lacks
CREATE ROLE regress_gradual_writer;
GRANT ALL ON t, audit TO regress_gradual_writer;
REVOKE EXECUTE ON FUNCTION risky(text) FROM PUBLIC;
SET ROLE regress_gradual_writer;
INSERT INTO t VALUES (9, 'nine') RETURNING *;
RESET ROLE;
INSERT INTO t VALUES (10, 'ten') RETURNING *;
DROP TABLE t;
DROP FUNCTION risky;

-- an expression that writes to its own table comes back to its own trigger
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE FUNCTION recursive(int, text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    IF $1 > 0 THEN INSERT INTO t VALUES ($1 - 1, $2 || $1); END IF;
    RETURN upper($2);
END $$;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'public.recursive(id, a)', '', 'fill', 'a', $$(a || '.'::text)$$, '', 'default');
INSERT INTO t VALUES (3, 'x'), (2, 'y');
SELECT * FROM t ORDER BY a;
DROP TABLE t;
DROP FUNCTION recursive;

-- arguments that are no expression over the row: left alone, said once a session
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE FUNCTION attach(expression text, condition text DEFAULT '', col text DEFAULT 'b')
RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
BEGIN
    EXECUTE format('CREATE TRIGGER s BEFORE INSERT OR UPDATE ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync(%L, %L, %L, ''fill'')',
        col, expression, condition);
    INSERT INTO t VALUES (1, 'x') RETURNING coalesce(b, 'left alone') INTO result;
    DROP TRIGGER s ON t;
    RETURN result;
END $$;
SET client_min_messages = log;
SELECT attach('no_such_column');
RESET client_min_messages;
SELECT expression, attach(expression) FROM unnest(ARRAY[
    'a', 'upper(a)', '', ' ', '*', 't.*', 'a, id', 'a FROM t', 'a WHERE true', 'a LIMIT 1', 'DISTINCT a',
    'a; DROP TABLE t', 'a) --', '(SELECT a)', 'max(a)', 'rank() OVER ()', 'unnest(ARRAY[a])', '$1', 'DEFAULT',
    'ctid::text', 'xmin::text', 'tableoid::regclass::text', 't.a', 'no_such_function(a)', 'id', 'ROW(id, a)',
    '1 / 0', repeat('(', 20000) || 'a' || repeat(')', 20000)]) AS expression
    WHERE length(expression) < 100 OR attach(expression) IS NULL;
SELECT condition, attach('a', condition) FROM unnest(ARRAY[
    '', 'true', 'NULL', 'a', '(SELECT true)', 'a = ''x''', 'a IS NULL', 'true FROM t']) AS condition;
SELECT attach('id', '', 'no_such_column'), attach('id', '', ''), attach('id', '', 'ctid');
DROP FUNCTION attach;

-- a trigger that no migration makes
CREATE TRIGGER s AFTER INSERT ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync('b', 'a', '', 'fill');
INSERT INTO t VALUES (1, 'x');
DROP TRIGGER s ON t;
CREATE TRIGGER s BEFORE INSERT ON t FOR EACH STATEMENT EXECUTE FUNCTION gradual.sync('b', 'a', '', 'fill');
INSERT INTO t VALUES (1, 'x');
DROP TRIGGER s ON t;
CREATE TRIGGER s BEFORE DELETE ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync('b', 'a', '', 'fill');
DELETE FROM t;
DROP TRIGGER s ON t;
CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync();
INSERT INTO t VALUES (1, 'x');
DROP TRIGGER s ON t;
CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync('b', 'a', '');
INSERT INTO t VALUES (1, 'x');
DROP TRIGGER s ON t;
CREATE TRIGGER s BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION gradual.sync('b', 'a', '', 'both');
INSERT INTO t VALUES (1, 'x');
\set VERBOSITY sqlstate
INSERT INTO t VALUES (1, 'x');
SELECT gradual.sync();
\set VERBOSITY default
DROP TABLE t, audit;
DROP ROLE regress_gradual_writer;
