-- A renamed column on INSERT, both names live: what is given under the one name
-- is seen under the other; the column that is not its default was given.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

-- the pair (a, b), as expand makes it: b with the default of a, if it is not volatile
CREATE FUNCTION pair(default_of_b text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE t ADD COLUMN b %s %s',
                   (SELECT format_type(atttypid, atttypmod) FROM pg_attribute
                    WHERE attrelid = 't'::regclass AND attname = 'a'),
                   'DEFAULT ' || default_of_b);
    CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
        EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');
END $$;

-- without a default
CREATE TABLE t (id int, a text);
SELECT pair(NULL);
INSERT INTO t (id, a) VALUES (1, 'old');
INSERT INTO t (id, b) VALUES (2, 'new');
INSERT INTO t (id) VALUES (3);
INSERT INTO t (id, a) VALUES (4, NULL);
INSERT INTO t (id, b) VALUES (5, NULL);
INSERT INTO t VALUES (6, 'by position');
INSERT INTO t VALUES (7, 'both', 'both');
INSERT INTO t VALUES (8, 'old', 'new wins');
INSERT INTO t (id, a, b) VALUES (9, 'old', DEFAULT);
INSERT INTO t (id, a, b) VALUES (10, DEFAULT, 'new');
COPY t (id, a) FROM stdin (DELIMITER ',');
11,copied by old
\.
COPY t (id, b) FROM stdin (DELIMITER ',');
12,copied by new
\.
TABLE t ORDER BY id;
DROP TABLE t;

-- a default, and NOT NULL
CREATE TABLE t (id int, a text DEFAULT 'none' NOT NULL);
SELECT pair('''none''');
INSERT INTO t (id, a) VALUES (1, 'old');
INSERT INTO t (id, b) VALUES (2, 'new');
INSERT INTO t (id) VALUES (3);
INSERT INTO t (id, a) VALUES (4, NULL);
INSERT INTO t (id, b) VALUES (5, NULL);
INSERT INTO t (id, a) VALUES (6, 'none');
INSERT INTO t (id, b) VALUES (7, 'none');
INSERT INTO t VALUES (8, 'old', 'new wins');
-- to the trigger 'none' is as good as omitted
INSERT INTO t VALUES (9, 'none', 'new'), (10, 'old', 'none');
TABLE t ORDER BY id;
DROP TABLE t;

-- a default, and NULL allowed
CREATE TABLE t (id int, a text DEFAULT 'none');
SELECT pair('''none''');
INSERT INTO t (id, a) VALUES (1, NULL);
INSERT INTO t (id, b) VALUES (2, NULL);
INSERT INTO t (id, a, b) VALUES (3, NULL, NULL);
TABLE t ORDER BY id;
DROP TABLE t;

-- json has no "="
CREATE TABLE t (id int, a json DEFAULT '{}');
SELECT pair('''{}''');
INSERT INTO t (id, a) VALUES (1, '{"x": 1}');
INSERT INTO t (id, b) VALUES (2, '{"x": 2}');
INSERT INTO t (id) VALUES (3);
INSERT INTO t (id, b) VALUES (4, '{ }');
INSERT INTO t (id, a) VALUES (5, NULL);
TABLE t ORDER BY id;
DROP TABLE t;

-- 1.0 equals 1.00, and is not the same
CREATE TABLE t (id int, a numeric DEFAULT 1.0);
SELECT pair('1.0');
INSERT INTO t (id, a) VALUES (1, 1.00);
INSERT INTO t (id, b) VALUES (2, 1.000);
INSERT INTO t (id, b) VALUES (3, 'NaN');
INSERT INTO t (id) VALUES (4);
TABLE t ORDER BY id;
DROP TABLE t;

-- stable: one value a transaction
CREATE TABLE t (id int, a timestamptz DEFAULT now());
SELECT pair('now()');
INSERT INTO t (id) VALUES (1);
INSERT INTO t (id, a) VALUES (2, '2000-01-01');
INSERT INTO t (id, b) VALUES (3, '2000-01-02');
INSERT INTO t (id, b) VALUES (4, NULL);
SELECT id, a IS NOT DISTINCT FROM b AS same, CASE WHEN id > 1 THEN a END AS a FROM t ORDER BY id;
DROP TABLE t;

-- volatile: the default stays on a alone; NULL under the new name is 'omitted'
CREATE SEQUENCE s;
CREATE TABLE t (id int, a int DEFAULT nextval('s') NOT NULL);
SELECT pair(NULL);
INSERT INTO t (id) VALUES (1);
INSERT INTO t (id, a) VALUES (2, 20);
INSERT INTO t (id, b) VALUES (3, 30);
INSERT INTO t (id, b) VALUES (4, NULL);
INSERT INTO t (id, a) VALUES (5, NULL);
TABLE t ORDER BY id;
DROP TABLE t;
DROP SEQUENCE s;

-- identity: by the new name a value is accepted, even if it is GENERATED ALWAYS
CREATE TABLE t (id int, a int GENERATED ALWAYS AS IDENTITY);
SELECT pair(NULL);
INSERT INTO t (id) VALUES (1);
INSERT INTO t (id, a) VALUES (2, 20);
INSERT INTO t (id, a) OVERRIDING SYSTEM VALUE VALUES (2, 20);
INSERT INTO t (id, b) VALUES (3, 30);
TABLE t ORDER BY id;
DROP TABLE t;

-- a domain's constraints hold under either name
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE t (id int, a positive);
ALTER TABLE t ADD COLUMN b int;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON t FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('b', 'a', '', 'pair');
INSERT INTO t (id, a) VALUES (1, 10);
INSERT INTO t (id, b) VALUES (2, 20);
INSERT INTO t (id, b) VALUES (3, -30);
TABLE t ORDER BY id;
DROP TABLE t;
DROP DOMAIN positive;

-- large values, which are stored out of line
CREATE TABLE t (id int, a text);
SELECT pair(NULL);
INSERT INTO t (id, a) SELECT 1, string_agg(sha512(n::text::bytea)::text, '') FROM generate_series(1, 100) n;
INSERT INTO t (id, b) SELECT 2, string_agg(sha512(n::text::bytea)::text, '') FROM generate_series(1, 200) n;
SELECT id, length(a), a = b AS same FROM t ORDER BY id;
DROP TABLE t;
DROP FUNCTION pair;
