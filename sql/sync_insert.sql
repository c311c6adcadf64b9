-- The sync trigger on INSERT: a column that the application did not give is
-- filled, one that it gave stays.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS pg_gradual;
RESET client_min_messages;

CREATE TABLE users (gone int, id int PRIMARY KEY, email text);
ALTER TABLE users DROP COLUMN gone;
ALTER TABLE users ADD COLUMN name text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON users FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('name', $$split_part(email, '@'::text, 1)$$, '(name IS NULL)', 'fill');
ALTER TABLE users ENABLE ALWAYS TRIGGER "~_gradual_1";

-- omitted, DEFAULT and NULL cannot be told apart: filled
INSERT INTO users (id, email) VALUES (1, 'ann@x');
INSERT INTO users VALUES (2, 'bob@x', DEFAULT), (3, 'cid@x', NULL);
-- given: stays
INSERT INTO users VALUES (4, 'dan@x', 'Daniel'), (5, 'eve@x', '');
-- the expression gives NULL
INSERT INTO users VALUES (6, NULL);
INSERT INTO users SELECT 7, 'fay@x';
COPY users (id, email) FROM stdin (DELIMITER ',');
8,gil@x
9,hal@x
\.
COPY users FROM stdin (DELIMITER ',');
10,ina@x,Ina
11,jon@x,\N
\.
TABLE users ORDER BY id;

-- ON CONFLICT: EXCLUDED is filled too
INSERT INTO users VALUES (1, 'amy@x')
    ON CONFLICT (id) DO UPDATE SET email = EXCLUDED.email, name = EXCLUDED.name || '!';
INSERT INTO users VALUES (2, 'ben@x') ON CONFLICT (id) DO NOTHING;
MERGE INTO users USING (VALUES (12, 'kim@x')) AS new (id, email) ON users.id = new.id
    WHEN MATCHED THEN UPDATE SET email = new.email
    WHEN NOT MATCHED THEN INSERT (id, email) VALUES (new.id, new.email);
SELECT * FROM users WHERE id IN (1, 2, 12) ORDER BY id;

-- ENABLE ALWAYS: for replicated rows too
SET session_replication_role = replica;
INSERT INTO users VALUES (13, 'leo@x') RETURNING *;
RESET session_replication_role;
DROP TABLE users;

-- only rows that satisfy the WHERE; NULL does not
CREATE TABLE orders (id int, status text, amount int);
ALTER TABLE orders ADD COLUMN note text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON orders FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('note', $$'big'::text$$, '(amount > 100)', 'fill');
INSERT INTO orders VALUES (1, 'new', 99), (2, 'new', 101), (3, 'new', NULL) RETURNING *;
INSERT INTO orders VALUES (4, 'new', 500, 'mine') RETURNING *;
DROP TABLE orders;

-- a default: the column that has its default's image was not given
CREATE FUNCTION three() RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN 3; END';
CREATE TABLE defaults (id int, a text);
ALTER TABLE defaults
    ADD COLUMN constant text DEFAULT 'none',
    ADD COLUMN padded char(5) DEFAULT 'x',
    ADD COLUMN exact numeric DEFAULT 1.0,
    ADD COLUMN structure json DEFAULT '{"a": 1}',
    ADD COLUMN stable timestamptz DEFAULT now(),
    ADD COLUMN function int DEFAULT three(),
    ADD COLUMN volatile float8 DEFAULT random();
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON defaults FOR EACH ROW
    EXECUTE FUNCTION gradual.sync(
        'constant', 'a', '', 'fill',
        'padded', 'a', '', 'fill',
        'exact', '2', '', 'fill',
        'structure', $$'[]'::json$$, '', 'fill',
        'stable', $$'2000-01-01 00:00:00+00'::timestamp with time zone$$, '', 'fill',
        'function', '4', '', 'fill',
        'volatile', '7', '', 'fill');
INSERT INTO defaults (id, a) VALUES (1, 'a');
INSERT INTO defaults VALUES (2, 'a', 'none', 'x', 1.0, '{"a": 1}', now(), 3, 6);
INSERT INTO defaults VALUES (3, 'a', 'given', 'y', 1.00, '{"a":1}', '1999-01-01 00:00:00+00', 5, 6);
INSERT INTO defaults VALUES (4, 'a', NULL, NULL, NULL, NULL, NULL, NULL, NULL);
SELECT id, constant, padded, exact, structure, to_char(stable AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS stable,
    function, volatile BETWEEN 0 AND 1 AS volatile_is_default FROM defaults ORDER BY id;
DROP TABLE defaults;
DROP FUNCTION three;

-- mode 'default': the column's own default serves
CREATE TABLE keys (id int);
ALTER TABLE keys ADD COLUMN key text;
ALTER TABLE keys ALTER COLUMN key SET DEFAULT 'from the default';
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON keys FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('key', $$'from the trigger'::text$$, '(key IS NULL)', 'default');
INSERT INTO keys VALUES (1, DEFAULT), (2, NULL), (3, 'given') RETURNING *;
DROP TABLE keys;

-- several columns: each sees what those before it have set; two statements that
-- fill one column both apply
CREATE TABLE chain (id int, a text);
ALTER TABLE chain ADD COLUMN b text, ADD COLUMN c text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON chain FOR EACH ROW
    EXECUTE FUNCTION gradual.sync(
        'b', $$(a || '1'::text)$$, '', 'fill',
        'c', $$(b || '2'::text)$$, '', 'fill',
        'c', $$(c || '3'::text)$$, $$(a = 'twice'::text)$$, 'fill');
INSERT INTO chain VALUES (1, 'x', NULL, NULL), (2, 'x', 'given', NULL), (3, 'x', NULL, 'given'),
    (4, 'twice', NULL, NULL), (5, 'twice', NULL, 'given') RETURNING *;
DROP TABLE chain;

-- a trigger of the user fires before; generated columns are read and computed
CREATE TABLE generated (id int, email text, domain text GENERATED ALWAYS AS (split_part(email, '@', 2)) STORED);
ALTER TABLE generated ADD COLUMN host text, ADD COLUMN upper_host text GENERATED ALWAYS AS (upper(host)) STORED;
CREATE FUNCTION to_lower() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN NEW.email := lower(NEW.email); RETURN NEW; END';
CREATE TRIGGER to_lower BEFORE INSERT OR UPDATE ON generated FOR EACH ROW EXECUTE FUNCTION to_lower();
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON generated FOR EACH ROW
    EXECUTE FUNCTION gradual.sync('host', $$('www.'::text || domain)$$, '', 'fill');
INSERT INTO generated (id, email) VALUES (1, 'Ann@X.COM') RETURNING *;
DROP TABLE generated;
DROP FUNCTION to_lower;

-- types that need care: composite, array, a value out of line
CREATE TYPE pair AS (a int, b text);
CREATE TABLE various (id int, p pair, v int[], big text);
ALTER TABLE various ADD COLUMN p2 pair, ADD COLUMN v2 int[], ADD COLUMN big2 text;
CREATE TRIGGER "~_gradual_1" BEFORE INSERT OR UPDATE ON various FOR EACH ROW
    EXECUTE FUNCTION gradual.sync(
        'p2', 'ROW((p).a + 1, (p).b)', '', 'fill',
        'v2', 'array_append(v, 9)', '', 'fill',
        'big2', 'upper(big)', '(v2[1] = 1)', 'fill');
INSERT INTO various VALUES (1, '(1,one)', '{1,2}', repeat('abcdefgh', 10000));
SELECT id, p2, v2, length(big2), left(big2, 8) AS big2 FROM various;
DROP TABLE various;
DROP TYPE pair;
