-- Compiled expressions follow the catalog: what changes under a session is seen
-- by its next row, and what no longer fits is left alone without an error.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'upper(a)', '', 'fill');
INSERT INTO t VALUES (1, 'one') RETURNING *;

-- the trigger is replaced
CREATE OR REPLACE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'lower(a)', '', 'fill');
INSERT INTO t VALUES (2, 'Two') RETURNING *;

-- a column that is read goes and comes back; the log says so once
ALTER TABLE t RENAME a TO renamed;
SET client_min_messages = log;
INSERT INTO t VALUES (3, 'three') RETURNING *;
INSERT INTO t VALUES (4, 'four') RETURNING *;
RESET client_min_messages;
ALTER TABLE t RENAME renamed TO a;
INSERT INTO t VALUES (5, 'five') RETURNING *;
-- the column itself
ALTER TABLE t RENAME b TO renamed;
INSERT INTO t VALUES (6, 'six') RETURNING *;
ALTER TABLE t RENAME renamed TO b;
UPDATE t SET a = 'SIX' WHERE id = 6 RETURNING *;
ALTER TABLE t DROP COLUMN b;
INSERT INTO t VALUES (7, 'seven') RETURNING *;
ALTER TABLE t ADD COLUMN b text;
UPDATE t SET id = 7 WHERE id = 7 RETURNING *;
-- inside one transaction
BEGIN;
INSERT INTO t VALUES (8, 'EIGHT') RETURNING *;
ALTER TABLE t ALTER COLUMN b TYPE varchar(2) USING left(b, 2);
INSERT INTO t VALUES (9, 'NINE'), (10, 'X') RETURNING *;
ROLLBACK;
INSERT INTO t VALUES (11, 'ELEVEN') RETURNING *;
-- the default
ALTER TABLE t ALTER COLUMN b SET DEFAULT 'none';
INSERT INTO t VALUES (12, 'TWELVE', DEFAULT), (13, 'THIRTEEN', 'given'), (14, 'FOURTEEN', NULL) RETURNING *;
DROP TABLE t;

-- functions: inlined or called, replaced, dropped, made again
CREATE FUNCTION inlined(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT $1 || '1'$$;
CREATE FUNCTION called(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN $1 || '1'; END$$;
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text, ADD COLUMN c text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'public.inlined(a)', '', 'fill', 'c', 'public.called(a)', '', 'fill');
INSERT INTO t VALUES (1, 'x') RETURNING *;
CREATE OR REPLACE FUNCTION inlined(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT $1 || '2'$$;
CREATE OR REPLACE FUNCTION called(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN $1 || '2'; END$$;
INSERT INTO t VALUES (2, 'x') RETURNING *;
DROP FUNCTION inlined(text), called(text);
INSERT INTO t VALUES (3, 'x') RETURNING *;
CREATE FUNCTION inlined(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT $1 || '3'$$;
CREATE FUNCTION called(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN $1 || '3'; END$$;
INSERT INTO t VALUES (4, 'x') RETURNING *;
DROP TABLE t;
DROP FUNCTION inlined, called;

-- a domain's constraint
CREATE DOMAIN short AS text;
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b short;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', '(a || a)', '', 'fill');
INSERT INTO t VALUES (1, 'abc') RETURNING *;
ALTER DOMAIN short ADD CONSTRAINT short CHECK (length(VALUE) < 5) NOT VALID;
INSERT INTO t VALUES (2, 'abc'), (3, 'ab') RETURNING *;
DROP TABLE t;
DROP DOMAIN short;

-- an expression that invalidates itself while it runs
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE FUNCTION churn(text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('COMMENT ON FUNCTION public.churn(text) IS %L', $1);
    EXECUTE format('ALTER FUNCTION public.churn(text) COST %s', 100 + length($1));
    RETURN $1 || $1;
END $$;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'public.churn(a)', '', 'fill', 'a', $$(b || '.'::text)$$, '(id = 0)', 'fill');
INSERT INTO t SELECT n, repeat('x', n) FROM generate_series(1, 5) n;
TABLE t ORDER BY id;
DROP TABLE t;
DROP FUNCTION churn;

-- the writer's search_path does not change what an expression means
CREATE SCHEMA other;
CREATE FUNCTION other.upper(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'hijacked'$$;
CREATE FUNCTION other.hijack(text, text) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT 'hijacked'$$;
CREATE OPERATOR other.|| (LEFTARG = text, RIGHTARG = text, FUNCTION = other.hijack);
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', $$(upper(a) || '!'::text)$$, '', 'fill');
SET search_path = other, pg_catalog, public;
INSERT INTO public.t VALUES (1, 'one') RETURNING *;
SHOW search_path;
-- but functions of users see it while the expression is planned
CREATE TABLE other.words (word text);
INSERT INTO other.words VALUES ('found');
CREATE FUNCTION public.look_up(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS
    $$BEGIN RETURN (SELECT word || $1 FROM words); END$$;
RESET search_path;
CREATE OR REPLACE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', $$public.look_up('!'::text)$$, '', 'fill');
SET search_path = other, public;
INSERT INTO public.t VALUES (2, 'two') RETURNING *;
RESET search_path;
DROP TABLE t;
DROP FUNCTION look_up;

-- what one role may not use, another may
CREATE FUNCTION other.visible(text) RETURNS text LANGUAGE plpgsql AS $$BEGIN RETURN 'seen ' || $1; END$$;
CREATE TABLE t (id int, a text);
ALTER TABLE t ADD COLUMN b text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'other.visible(a)', '', 'fill');
CREATE ROLE regress_gradual_writer;
GRANT ALL ON t TO regress_gradual_writer;
SET ROLE regress_gradual_writer;
INSERT INTO t VALUES (1, 'x') RETURNING *;
RESET ROLE;
INSERT INTO t VALUES (2, 'x') RETURNING *;
GRANT USAGE ON SCHEMA other TO regress_gradual_writer;
SET ROLE regress_gradual_writer;
INSERT INTO t VALUES (3, 'x') RETURNING *;
RESET ROLE;
DROP TABLE t;
SET client_min_messages = warning;
DROP SCHEMA other CASCADE;
DROP ROLE regress_gradual_writer;
