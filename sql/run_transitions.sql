-- The statuses and what leads from one to another, as a table: whatever is not
-- in it is refused.
SELECT from_status, string_agg(request || ' -> ' || to_status, ', ' ORDER BY request) AS requests
FROM gradual_test.transitions() GROUP BY from_status ORDER BY from_status;

-- a final status is left by nothing that a worker does
SELECT * FROM gradual_test.transitions()
WHERE from_status IN ('completed', 'rolled_back', 'defined', 'cancelled', 'failed');
