-- Claim: what alter() sets stays, whatever the settings of the session that calls
-- start afterwards, and until the migration is defined anew.
CREATE TABLE t (id int PRIMARY KEY, n int);
INSERT INTO t SELECT i, 1 FROM generate_series(1, 10) i;
SET gradual.nice = 1;
SET gradual.batch_time = '20 ms';

SELECT gradual.define('m', 'UPDATE t SET n = 1 / (n - 1)');
SELECT gradual.alter('m', nice => 0.5, batch_time => '7 ms');
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, nice, batch_time FROM gradual.migration WHERE name = 'm';

-- .. nor is it lost on the way from a failure
SELECT gradual.alter('m', nice => 0);
UPDATE t SET n = 2;
SELECT gradual.start('m');
CALL gradual.wait('m');
SELECT status, nice, batch_time FROM gradual.migration WHERE name = 'm';

-- without it the session's count
SELECT gradual.define('n', 'UPDATE t SET n = 1 / (n - 1)');
SELECT gradual.alter('n', nice => 0, batch_time => '7 ms');
SELECT gradual.define('n', 'UPDATE t SET n = 3');
SELECT gradual.start('n');
CALL gradual.wait('n');
SELECT status, nice, batch_time FROM gradual.migration WHERE name = 'n';
