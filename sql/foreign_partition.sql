-- Of a table with a partition that is a foreign table all is changed but what would
-- need its rows or an index on it: that is refused by define, with what to do instead.
CREATE FOREIGN DATA WRAPPER none;
CREATE SERVER far FOREIGN DATA WRAPPER none;
CREATE TABLE years (year int, n int) PARTITION BY RANGE (year);
CREATE TABLE recent PARTITION OF years FOR VALUES FROM (2000) TO (3000);
CREATE FOREIGN TABLE past PARTITION OF years FOR VALUES FROM (0) TO (2000) SERVER far;
INSERT INTO years SELECT 2000 + n, n FROM generate_series(1, 50) n;

SELECT gradual.define('m', 'CREATE INDEX ON years (n)');
SELECT gradual.define('m', 'ALTER TABLE years ADD UNIQUE (year)');
SELECT gradual.define('m', 'ALTER TABLE years ALTER n TYPE bigint');
SELECT gradual.define('m', 'ALTER TABLE years ADD at timestamptz DEFAULT clock_timestamp()');

SELECT gradual.define('m', $$
    CREATE INDEX recent_n ON recent (n);
    ALTER TABLE years ADD CHECK (n > 0), ALTER n SET NOT NULL;
    ALTER TABLE years RENAME n TO number;
    UPDATE recent SET year = year + 1;
    ALTER TABLE years ADD note text;
$$);
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT gradual.complete('m');
CALL gradual.wait('m');
SELECT status, error FROM gradual.ledger;
CREATE INDEX years_number ON years (number);
\d years
\d recent
SELECT count(*), min(year), max(number) FROM recent;
