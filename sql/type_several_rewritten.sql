-- Claim: where several columns of a table get new types, and the table is rewritten
-- before its rows are converted (VACUUM FULL, CLUSTER), a row in which the
-- application has changed one of these columns since gets all of the new ones.
CREATE TABLE t (id int, a int, b int, c text);
INSERT INTO t SELECT i, i, CASE WHEN i % 4 > 0 THEN i END, CASE WHEN i % 5 > 0 THEN i::text ELSE 'x' END FROM generate_series(1, 20) i;
SELECT gradual.define('t', $$
    ALTER TABLE t ALTER a TYPE bigint, ALTER b TYPE bigint;
    ALTER TABLE t ALTER c TYPE int USING c::int;
$$);
SELECT step, phase, action FROM gradual.plan('t') WHERE phase IN ('expand', 'backfill');

-- the columns are there, their values are not
DO $$
BEGIN
    WHILE NOT EXISTS (SELECT FROM gradual.step WHERE name = 't' AND phase = 'expand' HAVING bool_and(status = 'done')) LOOP
        PERFORM gradual.run_batch('t');
    END LOOP;
END $$;
VACUUM FULL t;
UPDATE t SET b = 100 WHERE id = 1;
UPDATE t SET c = '200' WHERE id = 2;
UPDATE t SET a = 300 WHERE id = 3;
SELECT id, _gradual_a, _gradual_b, _gradual_c FROM t WHERE id < 5 ORDER BY id;

-- a worker converts the rest
SELECT gradual.pause('t');
SELECT gradual.resume('t');
CALL gradual.wait('t');
SELECT count(*) FROM t WHERE _gradual_a IS DISTINCT FROM a OR _gradual_b IS DISTINCT FROM b
    OR _gradual_c IS DISTINCT FROM CASE WHEN c <> 'x' THEN c::int END;

UPDATE t SET c = '0' WHERE c = 'x';
SELECT gradual.complete('t');
CALL gradual.wait('t');
SELECT * FROM t WHERE id < 6 ORDER BY id;
