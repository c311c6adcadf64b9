-- The hooks of the tests: hold, fail and kill the code at its test points
-- (TESTING builds only).

CREATE SCHEMA gradual_test;

-- Whoever comes to the point waits, seen in pg_locks as an advisory lock with
-- objsubid 77, until release() or the end of this session.  Its arrivals
-- count from zero again.
CREATE FUNCTION gradual_test.hold(point text) RETURNS void
    AS 'pg_gradual', 'gradual_test_hold' LANGUAGE C STRICT;

CREATE FUNCTION gradual_test.release(point text) RETURNS void
    AS 'pg_gradual', 'gradual_test_release' LANGUAGE C STRICT;

-- Returns when the point has been reached n times.
CREATE FUNCTION gradual_test.await(point text, n int DEFAULT 1) RETURNS void
    AS 'pg_gradual', 'gradual_test_await' LANGUAGE C STRICT;

CREATE FUNCTION gradual_test.arrivals(point text) RETURNS int
    AS 'pg_gradual', 'gradual_test_arrivals' LANGUAGE C STRICT;

-- The next arrival at the point raises 09000.
CREATE FUNCTION gradual_test.fail_once(point text) RETURNS void
    AS 'pg_gradual', 'gradual_test_fail_once' LANGUAGE C STRICT;

-- The nth arrival from now on kills its own process by SIGKILL; 0 disarms.
CREATE FUNCTION gradual_test.kill_at(point text, nth int DEFAULT 1) RETURNS void
    AS 'pg_gradual', 'gradual_test_kill_at' LANGUAGE C STRICT;

-- Forgets counts and what is armed, and releases what this session holds.
CREATE FUNCTION gradual_test.reset() RETURNS void
    AS 'pg_gradual', 'gradual_test_reset' LANGUAGE C STRICT;

-- A text of the ledger that is the same in each run: processes by the names of
-- their sessions in an isolation test, times as N.
CREATE FUNCTION gradual_test.words(words text) RETURNS text
LANGUAGE sql AS $$
    SELECT regexp_replace(
        coalesce((SELECT replace(words, format('pid %s (%s', a.pid, a.usename),
                                 format('session %s (role', regexp_replace(a.application_name, '.*/', '')))
                  FROM pg_stat_activity a
                  WHERE words ~ format('pid %s ', a.pid)
                  LIMIT 1), words),
        '[0-9.]+ s\M', 'N s', 'g')
$$;

CREATE FUNCTION gradual_test.activity(migration text) RETURNS text
LANGUAGE sql AS $$
    SELECT gradual_test.words(activity) FROM gradual.ledger WHERE name = migration
$$;

-- Returns when the worker rests and says why in words that match.  Not while
-- its test point at-rest is held.
CREATE PROCEDURE gradual_test.await_activity(migration text, pattern text)
LANGUAGE plpgsql AS $$
DECLARE
    arrived int;
BEGIN
    LOOP
        arrived := gradual_test.arrivals('at-rest');
        EXIT WHEN EXISTS (SELECT FROM gradual.ledger WHERE name = migration AND activity ~ pattern);
        PERFORM gradual_test.await('at-rest', arrived + 1);
        COMMIT;
    END LOOP;
END
$$;

-- Returns when a condition is true that no test point stands for.
CREATE PROCEDURE gradual_test.await_true(condition text)
LANGUAGE plpgsql AS $$
DECLARE
    reached boolean;
BEGIN
    LOOP
        EXECUTE 'SELECT ' || condition INTO reached;
        EXIT WHEN reached;
        COMMIT;
    END LOOP;
END
$$;
