-- An enum is exchanged for one of its own name as TypeORM and Alembic write it:
-- the old one is renamed first.  Until the swap it has its name all the same, and
-- the new one has another; it ends as psql leaves it.
\pset format unaligned
\pset tuples_only on
\set VERBOSITY terse
CREATE TYPE status AS ENUM ('new', 'paid', 'lost');
CREATE TABLE orders (id int PRIMARY KEY, status status NOT NULL DEFAULT 'new', note text);
INSERT INTO orders SELECT i, CASE WHEN i % 2 = 0 THEN 'new' ELSE 'paid' END::status FROM generate_series(1, 50) i;
CREATE INDEX unpaid ON orders (note) WHERE status = 'new';
ALTER TABLE orders ADD CONSTRAINT noted CHECK (status <> 'paid' OR note IS DISTINCT FROM 'status');
CREATE FUNCTION is_open(status) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = ''new''';
SELECT gradual.define('exchange', $$
    ALTER TYPE "public"."status" RENAME TO "status_old";
    CREATE TYPE "public"."status" AS ENUM('new', 'paid', 'it''s gone');
    ALTER TABLE "orders" ALTER COLUMN "status" DROP DEFAULT;
    DROP INDEX unpaid;
    ALTER TABLE orders DROP CONSTRAINT noted;
    ALTER TABLE "orders" ALTER COLUMN "status" TYPE "public"."status" USING CASE WHEN "status" = 'lost' THEN 'it''s gone' ELSE "status"::"text"::"public"."status" END;
    ALTER TABLE "orders" ALTER COLUMN "status" SET DEFAULT 'new';
    CREATE INDEX unpaid ON orders (note) WHERE status = 'new';
    DROP FUNCTION is_open(status_old);
    DROP TYPE "public"."status_old";
    CREATE FUNCTION is_open(status) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = ''new''';
    CREATE TABLE log (at timestamptz, status status[]);
$$);
SELECT step, phase, statement, action FROM gradual.plan('exchange') ORDER BY step;
SELECT sql FROM gradual.plan('exchange') WHERE action = 'convert the rest of status';
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
SELECT typname, enum_range(NULL::status), enum_range(NULL::_gradual_status) FROM pg_type WHERE typname LIKE '%status' AND typtype = 'e' ORDER BY 1;
INSERT INTO orders VALUES (51, 'lost'), (52, 'new');
SELECT count(*) FROM orders WHERE is_open(status);
-- there and back
SELECT gradual.rollback('exchange');
CALL gradual.wait('exchange');
\d orders
SELECT typname FROM pg_type WHERE typname LIKE '%status%' AND typtype = 'e' ORDER BY 1;
SELECT gradual.start('exchange');
CALL gradual.wait('exchange');
INSERT INTO orders VALUES (53, 'lost');
SELECT gradual.complete('exchange');
CALL gradual.wait('exchange');
\d orders
SELECT enum_range(NULL::status);
SELECT typname FROM pg_type WHERE typname LIKE '%status%' AND typtype = 'e' ORDER BY 1;
INSERT INTO orders VALUES (54);
SELECT status, is_open(status), count(*) FROM orders GROUP BY 1, 2 ORDER BY 1;
DROP TABLE orders, log;

-- in one statement, in another schema, of parts, and of an array beside it
CREATE SCHEMA "Shop";
SET search_path = "Shop", public;
CREATE TYPE "Kind" AS ENUM ('a', 'b');
CREATE TABLE item (id int, kind "Kind" DEFAULT 'a', kinds "Kind"[]) PARTITION BY RANGE (id);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (1) TO (100);
INSERT INTO item SELECT g, 'b', '{a,b}' FROM generate_series(1, 20) g;
CALL gradual.run('kinds', $$
    ALTER TYPE "Kind" RENAME TO "Kind_old";
    CREATE TYPE "Kind" AS ENUM ('a', 'b', 'c');
    ALTER TABLE item ALTER kind DROP DEFAULT, ALTER kind TYPE "Kind" USING kind::text::"Kind",
        ALTER kinds TYPE "Shop"."Kind"[] USING kinds::text[]::"Kind"[], ALTER kind SET DEFAULT 'c';
    DROP TYPE "Kind_old"
$$);
\d item
SELECT kind, kinds, count(*) FROM item GROUP BY 1, 2;
SELECT typname FROM pg_type WHERE typnamespace = '"Shop"'::regnamespace AND typtype = 'e';
DROP SCHEMA "Shop" CASCADE;
RESET search_path;
DROP TYPE status CASCADE;
