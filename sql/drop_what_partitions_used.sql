-- What a partitioned table lets go of, its partitions let go of as well: a type or
-- a function that only they used can be dropped.  A default that a partition has
-- of its own stays, and what it uses.
CREATE TYPE kind AS ENUM ('a', 'b');
CREATE FUNCTION one() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
CREATE TABLE item (id int, kind kind DEFAULT 'a', n int CONSTRAINT c CHECK (n <> one()), m int DEFAULT one()) PARTITION BY RANGE (id);
CREATE TABLE item_1 PARTITION OF item FOR VALUES FROM (1) TO (100) PARTITION BY RANGE (id);
CREATE TABLE item_2 PARTITION OF item_1 FOR VALUES FROM (1) TO (100);
INSERT INTO item SELECT g, 'b', g + 1 FROM generate_series(1, 20) g;
CALL gradual.run('kind', $$
    ALTER TABLE item ALTER kind DROP DEFAULT, ALTER kind TYPE text, DROP CONSTRAINT c;
    DROP TYPE kind;
    ALTER TABLE item ALTER m SET DEFAULT 1;
    DROP FUNCTION one()
$$);
\d item_2
CREATE FUNCTION two() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 2';
ALTER TABLE item_2 ALTER m SET DEFAULT two();
SELECT gradual.define('two', 'ALTER TABLE item ADD COLUMN k int; DROP FUNCTION two()');
SELECT gradual.define('two', 'ALTER TABLE ONLY item ALTER m DROP DEFAULT; DROP FUNCTION two()');
CALL gradual.run('two', 'ALTER TABLE item ALTER m DROP DEFAULT; DROP FUNCTION two()');
DROP TABLE item;
