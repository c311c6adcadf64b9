-- Where a page has five rows, one must leave it to make room for what the others
-- become longer: twice what the leaf of an index in the order of the table has
-- room for.  Such indexes do not grow all the same, of whatever shape they are,
-- nor do they when rows that have moved lie between the others.

CREATE TABLE "Wide t" (id bigint PRIMARY KEY, at timestamptz NOT NULL, email text NOT NULL,
                       nothing int, list int[] NOT NULL, payload text NOT NULL);
INSERT INTO "Wide t"
SELECT g, timestamptz '2020-01-01' + g / 2 * interval '1 min', md5(g::text), NULL, ARRAY[g, 0], repeat('p', 1400)
FROM generate_series(1, 10000) g;
CREATE INDEX "down" ON "Wide t" (at DESC, id DESC);
CREATE INDEX "some" ON "Wide t" (id) INCLUDE (email) WHERE nothing IS NULL;
CREATE INDEX "plain first" ON "Wide t" (id, lower(email));
CREATE INDEX "two ways" ON "Wide t" (id, at DESC);
CREATE INDEX "list" ON "Wide t" (list DESC NULLS LAST);
-- these have no such order, or none that is looked at
CREATE INDEX "random" ON "Wide t" (email);
CREATE INDEX "expression" ON "Wide t" ((id + 0));
CREATE INDEX "nulls" ON "Wide t" (nothing, id);
CREATE INDEX "hash" ON "Wide t" USING hash (id);
VACUUM (FREEZE, ANALYZE) "Wide t";

CREATE TABLE before AS
SELECT c.relname AS name, pg_relation_size(c.oid) AS size, c.relname IN
    ('Wide t', 'Wide t_pkey', 'down', 'some', 'plain first', 'two ways', 'list', 'random') AS stays
FROM pg_class c LEFT JOIN pg_index i ON i.indexrelid = c.oid
WHERE c.oid = '"Wide t"'::regclass OR i.indrelid = '"Wide t"'::regclass;
CREATE VIEW grown AS
SELECT name, round(pg_relation_size(quote_ident(name)::regclass)::numeric / size, 2) AS times
FROM before WHERE stays AND pg_relation_size(quote_ident(name)::regclass) > 1.2 * size;

CALL gradual.run('first', $$
    ALTER TABLE "Wide t" ADD COLUMN a text;
    UPDATE "Wide t" SET a = left(email, 10)
$$);
SELECT processed FROM gradual.ledger WHERE name = 'first';
SELECT count(*) FROM "Wide t" WHERE a = left(email, 10);
SELECT * FROM grown;

-- once more: the first row of many a page belongs elsewhere now
VACUUM "Wide t";
CALL gradual.run('second', $$
    ALTER TABLE "Wide t" ADD COLUMN b text;
    UPDATE "Wide t" SET b = right(email, 10)
$$);
SELECT processed FROM gradual.ledger WHERE name = 'second';
SELECT count(*) FROM "Wide t" WHERE b = right(email, 10);
SELECT * FROM grown;

-- each index leads to each row
CREATE EXTENSION amcheck;
SELECT count(bt_index_check(i.indexrelid, true)) > 1 AS checked
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = '"Wide t"'::regclass AND c.relam = (SELECT oid FROM pg_am WHERE amname = 'btree');
DROP EXTENSION amcheck;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP VIEW grown;
DROP TABLE before;
DROP TABLE "Wide t";
