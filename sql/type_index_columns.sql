-- Claim: an index over a column that got another type has the names of columns
-- that psql -1 leaves, of expressions and of a second one of that name, too; in
-- partitions, under quoted names.
CREATE TABLE plain (id int PRIMARY KEY, "an amount" int);
CREATE INDEX plain_several ON plain ("an amount", ("an amount"::text), ("an amount" + 1), abs("an amount")) INCLUDE (id);
CREATE INDEX plain_twice ON plain ("an amount", "an amount" DESC);
CREATE TABLE parted (id int, n int) PARTITION BY RANGE (id);
CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
CREATE INDEX parted_n ON parted (n);
INSERT INTO plain SELECT i, i FROM generate_series(1, 50) i;
INSERT INTO parted SELECT i, i FROM generate_series(1, 50) i;

CREATE VIEW index_columns AS
SELECT indexrelid::regclass, string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS columns
FROM pg_index JOIN pg_attribute ON attrelid = indexrelid
WHERE indrelid IN ('plain'::regclass, 'parted'::regclass, 'parted_1'::regclass)
GROUP BY 1;

BEGIN;
ALTER TABLE plain ALTER COLUMN "an amount" TYPE bigint;
ALTER TABLE parted ALTER COLUMN n TYPE bigint;
SELECT * FROM index_columns ORDER BY indexrelid::text;
ROLLBACK;

CALL gradual.run('type', 'ALTER TABLE plain ALTER COLUMN "an amount" TYPE bigint; ALTER TABLE parted ALTER COLUMN n TYPE bigint');
SELECT * FROM index_columns ORDER BY indexrelid::text;
