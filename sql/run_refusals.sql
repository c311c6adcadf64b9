-- A request that the status does not allow is refused with 55000, a detail that
-- says the status, and a hint; what is there already is a notice.

CREATE TABLE t (id int PRIMARY KEY, a int, n int);
INSERT INTO t SELECT g, g FROM generate_series(1, 20) g;

-- calls a function, and says all that a driver would get
CREATE FUNCTION try(call text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    result text;
    state text;
    message text;
    detail text;
    hint text;
BEGIN
    EXECUTE 'SELECT ' || call INTO result;
    RETURN result;
EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
        detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n  ', state || ' ' || message, nullif(detail, ''), nullif(hint, ''));
END
$$;
-- every request, undone
CREATE FUNCTION try_all(name text) RETURNS TABLE (call text, answer text) LANGUAGE plpgsql AS $$
BEGIN
    FOREACH call IN ARRAY ARRAY['start', 'complete', 'rollback', 'pause', 'resume', 'cancel', 'forget', 'run_batch']
    LOOP
        BEGIN
            answer := try(format('gradual.%s(%L)', call, name));
            RAISE USING ERRCODE = 'RB000';
        EXCEPTION WHEN SQLSTATE 'RB000' THEN
        END;
        RETURN NEXT;
    END LOOP;
END
$$;
\pset format unaligned
\pset tuples_only on
\pset fieldsep ': '

-- nobody knows it
SELECT * FROM try_all('m');
SELECT try('gradual.start(NULL)');
SELECT try('gradual.alter(NULL)');
SELECT try('gradual.plan(''m'')');

-- defined
SELECT gradual.define('m', 'ALTER TABLE t ADD COLUMN b int; UPDATE t SET b = a;');
SELECT * FROM try_all('m');

-- queued, in the transaction that starts it
BEGIN;
SELECT gradual.start('m');
SELECT * FROM try_all('m');
COMMIT;

-- ready
CALL gradual.wait('m');
SELECT * FROM try_all('m');

-- queued again, on the way to completed
BEGIN;
SELECT gradual.complete('m');
SELECT * FROM try_all('m');
COMMIT;

-- completed
CALL gradual.wait('m');
SELECT * FROM try_all('m');
SELECT try($$gradual.define('m', 'CREATE TABLE other ()')$$);

-- running, held before its batch is committed
SELECT gradual_test.hold('before-batch-commit');
SELECT gradual.define('n', 'UPDATE t SET n = a WHERE n IS NULL');
SELECT gradual.start('n');
SELECT gradual_test.await('before-batch-commit');
SELECT * FROM try_all('n');

-- paused
SELECT gradual.pause('n');
SELECT gradual_test.release('before-batch-commit');
SELECT * FROM try_all('n');

-- cancelled
SELECT gradual.cancel('n');
SELECT * FROM try_all('n');

-- rolled back: the data changes are not in it
SELECT gradual.rollback('n', force => true);
CALL gradual.wait('n');
SELECT * FROM try_all('n');
SELECT gradual.define('n', 'UPDATE t SET n = 1 / (a - a) WHERE n IS NULL');

-- failed
SELECT gradual.start('n');
CALL gradual.wait('n');
SELECT * FROM try_all('n');
