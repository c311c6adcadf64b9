-- The position in a key is a text, from which the same value is read again,
-- whatever the script sets and whatever the type of the key is.

-- with fewer digits 0.30000000000000004 and 0.3 are one
CREATE TABLE f (id float8 PRIMARY KEY, n int NOT NULL);
INSERT INTO f SELECT g + 0.1::float8 + 0.2::float8 + 1e-14, 0 FROM generate_series(1, 1000) g;
SELECT gradual.define('f', 'SET extra_float_digits = -3; UPDATE f SET n = n + 1', batch_size => 100);
SELECT gradual.start('f');
CALL gradual.wait('f');
SELECT status, processed, scanned FROM gradual.ledger WHERE name = 'f';
SELECT n, count(*) FROM f GROUP BY n;

-- a script whose dates are neither ours nor the session's; a row is left out by its key
CREATE TABLE d (id timestamptz PRIMARY KEY, n int NOT NULL CHECK (n = 0 OR id <> '2020-03-04 07:00+00'));
INSERT INTO d SELECT '2020-03-04 00:00+00'::timestamptz + g * interval '1 min', 0 FROM generate_series(1, 1000) g;
SELECT gradual.define('d', 'SET datestyle = ''SQL, DMY''; SET timezone = ''Asia/Kolkata''; UPDATE d SET n = n + 1', on_error => 'quarantine', batch_size => 100);
SELECT gradual.start('d');
CALL gradual.wait('d');
SELECT status, processed, scanned, failed FROM gradual.ledger WHERE name = 'd';
SELECT n, count(*) FROM d GROUP BY n ORDER BY n;
SELECT gradual.complete('d', force => true);
CALL gradual.wait('d');

-- a domain, with a check that came later, and another collation than the column
CREATE DOMAIN "Word" AS text COLLATE "C";
CREATE TABLE w (id "Word" COLLATE "POSIX" PRIMARY KEY, n int NOT NULL);
INSERT INTO w SELECT g, 0 FROM generate_series(1, 1000) g;
ALTER DOMAIN "Word" ADD CHECK (value < '5') NOT VALID;
SELECT gradual.define('w', 'UPDATE w SET n = n + 1', batch_size => 100);
SELECT gradual.start('w');
CALL gradual.wait('w');
SELECT status, processed, scanned FROM gradual.ledger WHERE name = 'w';
SELECT n, count(*) FROM w GROUP BY n;

SELECT gradual.forget(name) FROM gradual.ledger WHERE status = 'completed';
DROP TABLE f, d, w;
DROP DOMAIN "Word";
