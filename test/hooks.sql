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
