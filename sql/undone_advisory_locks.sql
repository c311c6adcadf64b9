-- Whoever only looks at a migration (define, explain, preview, rehearse) holds no
-- advisory lock of its script afterwards, and keeps those held before.
CREATE VIEW held AS
SELECT objid, mode, count(*) FROM pg_locks
WHERE locktype = 'advisory' AND pid = pg_backend_pid() GROUP BY 1, 2 ORDER BY 1, 2;

CREATE TABLE t (id int PRIMARY KEY, a int);
INSERT INTO t SELECT g FROM generate_series(1, 5) g;
CREATE TABLE copy (id int PRIMARY KEY, a int);
CREATE FUNCTION lock_it(key int) RETURNS int LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_lock(key), pg_advisory_lock_shared(key), pg_advisory_xact_lock(key + 100);
    RETURN key;
END $$;
\set script 'INSERT INTO copy SELECT id, lock_it(7) FROM t'

SELECT count(*) > 0 AS explained FROM gradual.explain(:'script');
SELECT * FROM held;
SELECT gradual.define('m', :'script');
SELECT * FROM held;
SELECT key, after FROM gradual.preview('m', 3);
SELECT * FROM held;
SELECT action, result, rows FROM gradual.rehearse('m', max_time => '1 min') WHERE rows > 0;
SELECT * FROM held;

-- if it raises, too
SELECT gradual.define('bad', 'UPDATE t SET a = lock_it(id) / (id - 3)');
SELECT key, after FROM gradual.preview('bad');
SELECT * FROM held;
SELECT result, finding FROM gradual.rehearse('bad', max_time => '1 min') WHERE finding ~ 'division';
SELECT * FROM held;

-- and if the time is over
SELECT gradual.define('endless', 'SELECT lock_it(8); SELECT count(*) FROM (SELECT generate_series(1, 100000000000)) AS endless');
SELECT result, finding FROM gradual.rehearse('endless', max_time => '1 s');
SELECT * FROM held;

-- what the caller holds stays: of the session, of the transaction, in another mode
SELECT pg_advisory_lock(6), pg_advisory_lock_shared(7);
BEGIN;
SELECT pg_advisory_xact_lock(5);
SELECT count(*) FROM gradual.preview('m');
SELECT count(*) > 0 AS rehearsed FROM gradual.rehearse('m', max_time => '1 min');
SELECT * FROM held;
COMMIT;
SELECT * FROM held;
SELECT pg_advisory_unlock_all();
