-- Claim: from the third batch on, or after a restart from the first, batches are
-- of the size that takes the target time; a batch that stands alone with a wait
-- does not make the next ones smaller, what the second one shows as well does.

CREATE FUNCTION steady(cost float8, n int) RETURNS float8[] IMMUTABLE
    RETURN array_fill(cost, ARRAY[n]);

-- 10 us a row: 1000 rows in 10 ms, whatever the first batch took to get ready
SELECT gradual_test.pace(10, 0, steady(0.01, 5), '{0,0,0,0,0}');
SELECT gradual_test.pace(10, 0, steady(0.01, 5), '{25,0,0,0,0}');
-- fixed costs of each batch are found out soon: 200 us
SELECT gradual_test.pace(10, 0, steady(0.01, 7), steady(0.2, 7));
-- 2 ms a row: the first one shows it
SELECT gradual_test.pace(10, 0, steady(2, 4), '{0,0,0,0}');
-- rows that take longer than the target one by one
SELECT gradual_test.pace(10, 0, steady(20, 4), '{0,0,0,0}');
-- a restart goes on with the size that it had, and keeps it
SELECT gradual_test.pace(10, 1000, steady(0.01, 4), '{5,0,0,0}');

-- one batch waits 40 ms for a lock
SELECT gradual_test.pace(10, 1000, steady(0.01, 8), '{0,0,0,0,40,0,0,0}');
-- every one of them does
SELECT gradual_test.pace(10, 1000, steady(0.01, 8), '{0,0,0,0,40,40,40,40}');
-- rows become ten times as expensive, then as cheap as before
SELECT gradual_test.pace(10, 1000, steady(0.01, 5) || steady(0.1, 5), steady(0, 10));
SELECT gradual_test.pace(10, 100, steady(0.1, 5) || steady(0.01, 10), steady(0, 15));
-- half as expensive again: followed from the next batch on
SELECT gradual_test.pace(10, 1000, steady(0.01, 5) || steady(0.015, 5), steady(0, 10));
