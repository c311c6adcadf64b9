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

-- each index finds each row, in its order
SET enable_seqscan = off;
SET enable_bitmapscan = off;
CREATE FUNCTION found(condition text, OUT index text, OUT rows bigint) LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN SELECT b FROM "Wide t" WHERE ' || condition
    LOOP
        index := coalesce(index, substring(line FROM 'Index Scan using (.*) on'));
    END LOOP;
    EXECUTE 'SELECT count(b) FROM "Wide t" WHERE ' || condition INTO rows;
END
$$;
SELECT f.* FROM unnest(ARRAY['id > 0', 'at >= ''2020-01-01''', 'email > ''0''', 'id + 0 > 0', 'id = 5000']) c, found(c) f;

SELECT gradual.forget(name) FROM gradual.ledger;
DROP FUNCTION found;
DROP VIEW grown;
DROP TABLE before;
DROP TABLE "Wide t";
