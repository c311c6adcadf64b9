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

-- From now on workers' transactions show what they hold when they commit; what
-- was seen before is forgotten.
CREATE FUNCTION gradual_test.watch(watching boolean) RETURNS void
    AS 'pg_gradual', 'gradual_test_watch' LANGUAGE C STRICT;

-- The strongest lock (1 = ACCESS SHARE .. 8 = ACCESS EXCLUSIVE) that a step held
-- on a relation that its transaction had not created, and the most rows that a
-- transaction of it read there in sequence.  Steps that were undone are negative.
CREATE FUNCTION gradual_test.seen()
    RETURNS TABLE (migration int, step int, relation oid, level int, rows_read bigint)
    AS 'pg_gradual', 'gradual_test_seen' LANGUAGE C STRICT;

-- The transitions between statuses: whatever is not there is refused.
CREATE FUNCTION gradual_test.transitions()
    RETURNS TABLE (from_status text, request text, to_status text)
    AS 'pg_gradual', 'gradual_test_transitions' LANGUAGE C STRICT;

-- The sizes of batches of a target time in ms, after a restart that knew 'saved'
-- rows (0: none), where each row of the nth batch costs costs[n] ms, and the
-- batch more[n] ms on top.
CREATE FUNCTION gradual_test.pace(target float8, saved int, costs float8[], more float8[])
    RETURNS int[]
    AS 'pg_gradual', 'gradual_test_pace' LANGUAGE C STRICT;

-- What a schema holds, in words without its name, so that two schemas, or one
-- at two times, can be compared by EXCEPT.
CREATE FUNCTION gradual_test.shape(schema text) RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $$
    WITH relation AS (
        SELECT c.* FROM pg_class c
        WHERE c.relnamespace = schema::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'S')
    ), line AS (
        SELECT format('%s %s owner %s acl %s options %s replica identity %s comment %s',
                      c.relkind, c.relname, c.relowner::regrole, c.relacl, c.reloptions,
                      c.relreplident, obj_description(c.oid, 'pg_class')) AS text
        FROM relation c
        UNION ALL
        SELECT format('column %s.%s %s not null %s default %s identity %s generated %s collation %s statistics %s acl %s comment %s',
                      c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull,
                      pg_get_expr(d.adbin, d.adrelid), a.attidentity, a.attgenerated,
                      a.attcollation, nullif(a.attstattarget, -1), a.attacl,
                      col_description(c.oid, a.attnum))
        FROM relation c
             JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
             LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
        UNION ALL
        SELECT format('constraint %s on %s %s validated %s', n.conname, c.relname,
                      pg_get_constraintdef(n.oid), n.convalidated)
        FROM relation c JOIN pg_constraint n ON n.conrelid = c.oid
        UNION ALL
        SELECT format('index %s valid %s clustered %s comment %s', pg_get_indexdef(i.indexrelid),
                      i.indisvalid, i.indisclustered, obj_description(i.indexrelid, 'pg_class'))
        FROM relation c JOIN pg_index i ON i.indrelid = c.oid
        UNION ALL
        SELECT format('trigger %s enabled %s', pg_get_triggerdef(t.oid), t.tgenabled)
        FROM relation c JOIN pg_trigger t ON t.tgrelid = c.oid AND NOT t.tgisinternal
        UNION ALL
        SELECT format('statistics %s', pg_get_statisticsobjdef(s.oid))
        FROM relation c JOIN pg_statistic_ext s ON s.stxrelid = c.oid
        UNION ALL
        SELECT format('row security of %s %s forced %s', c.relname, c.relrowsecurity, c.relforcerowsecurity)
        FROM relation c WHERE c.relrowsecurity OR c.relforcerowsecurity
        UNION ALL
        SELECT format('policy %s on %s %s %s to %s using %s check %s', p.polname, c.relname, p.polcmd, p.polpermissive,
                      p.polroles::regrole[], pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid))
        FROM relation c JOIN pg_policy p ON p.polrelid = c.oid
        UNION ALL
        SELECT format('rule %s enabled %s', pg_get_ruledef(r.oid), r.ev_enabled)
        FROM relation c JOIN pg_rewrite r ON r.ev_class = c.oid
        UNION ALL
        SELECT format('type %s %s owner %s acl %s comment %s values %s not null %s default %s base %s', t.typtype, t.typname,
                      t.typowner::regrole, t.typacl, obj_description(t.oid, 'pg_type'),
                      (SELECT string_agg(e.enumlabel, ', ' ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = t.oid),
                      t.typnotnull, t.typdefault, format_type(t.typbasetype, t.typtypmod))
        FROM pg_type t
        WHERE t.typnamespace = schema::regnamespace AND t.typtype IN ('e', 'd', 'r', 'c')
              AND NOT EXISTS (SELECT FROM relation c WHERE c.oid = t.typrelid)
        UNION ALL
        SELECT format('attribute %s.%s %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod))
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
        WHERE c.relnamespace = schema::regnamespace AND c.relkind = 'c'
        UNION ALL
        SELECT format('constraint %s on domain %s %s validated %s', n.conname, t.typname,
                      pg_get_constraintdef(n.oid), n.convalidated)
        FROM pg_type t JOIN pg_constraint n ON n.contypid = t.oid
        WHERE t.typnamespace = schema::regnamespace
        UNION ALL
        SELECT format('sequence %s %s', c.relname, to_json(s)::jsonb - 'seqrelid')
        FROM relation c JOIN pg_sequence s ON s.seqrelid = c.oid
        UNION ALL
        SELECT format('partition %s of %s %s', c.relname, h.inhparent::regclass,
                      pg_get_expr(c.relpartbound, c.oid))
        FROM relation c JOIN pg_inherits h ON h.inhrelid = c.oid
    )
    SELECT replace(text, quote_ident(schema) || '.', '') FROM line
$$;

-- The rows of a schema's tables, and how far its sequences are, without regard to
-- the order of columns and to which partition a row is in.
CREATE FUNCTION gradual_test.rows(schema text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    name text;
    columns text;
BEGIN
    FOR name, columns IN
        SELECT c.relname, string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)
        FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        WHERE c.relnamespace = schema::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
        GROUP BY 1
    LOOP
        RETURN QUERY EXECUTE format('SELECT %L || row_to_json(_row) FROM (SELECT %s FROM %I.%I) _row', name || ': ', columns, schema, name);
    END LOOP;
    FOR name IN SELECT relname FROM pg_class WHERE relnamespace = schema::regnamespace AND relkind = 'S' LOOP
        RETURN QUERY EXECUTE format('SELECT concat(%L, '': '', p.seqtypid::regtype, p.seqstart, ''/'', p.seqincrement, p.seqmax, p.seqmin, p.seqcache, p.seqcycle, s.last_value, s.is_called) FROM %I.%I s, pg_sequence p WHERE p.seqrelid = %L::regclass',
                                    name, schema, name, format('%I.%I', schema, name));
    END LOOP;
END
$$;

-- What only one of two schemas holds, rows included.
CREATE FUNCTION gradual_test.differences(a text, b text) RETURNS SETOF text
    LANGUAGE sql STABLE
AS $$
    SELECT '< ' || line FROM (SELECT gradual_test.shape(a) EXCEPT SELECT gradual_test.shape(b)) x (line)
    UNION ALL
    SELECT '> ' || line FROM (SELECT gradual_test.shape(b) EXCEPT SELECT gradual_test.shape(a)) x (line)
    UNION ALL
    SELECT '< ' || line FROM (SELECT gradual_test.rows(a) EXCEPT ALL SELECT gradual_test.rows(b)) x (line)
    UNION ALL
    SELECT '> ' || line FROM (SELECT gradual_test.rows(b) EXCEPT ALL SELECT gradual_test.rows(a)) x (line)
$$;

-- For \gexec: the statements that run script n plainly in schema "plain", and in
-- "online" as a migration, up to ready and back first, then to its end.  These
-- schemas, and "before", are made by the test's function public.make(), each with
-- a table "bad" whose column n has a NULL.  What differs, and what fails, comes
-- into the test's table public.findings (script, kind, line).
CREATE FUNCTION gradual_test.as_psql(n int, script text) RETURNS SETOF text
    LANGUAGE sql
AS $$
    SELECT unnest(ARRAY[
        'SELECT public.make(''online''), public.make(''before''), public.make(''plain'')',
        'SET search_path = plain', 'BEGIN', script, 'COMMIT',
        'SET search_path = online',
        -- what comes in prepare makes any script stop at ready
        format('SELECT gradual.define(%L, %L)', 'rollback ' || n, script || '; ALTER TABLE bad ALTER n SET NOT NULL'),
        format('SELECT gradual.start(%L)', 'rollback ' || n),
        format('CALL gradual.wait(%L)', 'rollback ' || n),
        format('SELECT gradual.rollback(%L)', 'rollback ' || n),
        format('CALL gradual.wait(%L)', 'rollback ' || n),
        format('INSERT INTO public.findings SELECT %L, ''rollback'', gradual_test.differences(''online'', ''before'')', script),
        format('CALL gradual.run(%L, %L)', 'case ' || n, script),
        format('INSERT INTO public.findings SELECT name, status, error FROM gradual.ledger WHERE name = %L AND status <> ''completed''', 'case ' || n),
        format('SELECT gradual.rollback(%L, force => true) FROM gradual.ledger WHERE name = %1$L AND status <> ''completed''', 'case ' || n),
        format('INSERT INTO public.findings SELECT %L, ''run'', gradual_test.differences(''online'', ''plain'')', script)])
$$;

-- What came of all cases, in the test's table public.cases.
CREATE FUNCTION gradual_test.as_psql_counts()
    RETURNS TABLE (scripts bigint, completed bigint, rolled_back bigint)
    LANGUAGE plpgsql
AS $$
BEGIN
    RETURN QUERY SELECT count(*),
        (SELECT count(*) FROM gradual.ledger WHERE name LIKE 'case %' AND status = 'completed'),
        (SELECT count(*) FROM gradual.ledger WHERE name LIKE 'rollback %' AND status = 'rolled_back')
    FROM public.cases;
END
$$;

-- As as_psql(), but the script runs to its end only, and rows are not looked at;
-- public.findings has (n, line).
CREATE FUNCTION gradual_test.shape_as_psql(n int, script text) RETURNS SETOF text
    LANGUAGE sql
AS $$
    SELECT unnest(ARRAY[
        'SELECT public.make(''plain''), public.make(''online'')',
        'SET search_path = plain', 'BEGIN', script, 'COMMIT',
        'SET search_path = online',
        format('CALL gradual.run(%L, %L)', 'case ' || n, script),
        format('INSERT INTO public.findings SELECT %s, status || error FROM gradual.ledger WHERE name = %L AND status <> ''completed''', n, 'case ' || n),
        format('INSERT INTO public.findings SELECT %s, ''> '' || l FROM (SELECT gradual_test.shape(''online'') EXCEPT SELECT gradual_test.shape(''plain'')) x (l)', n),
        format('INSERT INTO public.findings SELECT %s, ''< '' || l FROM (SELECT gradual_test.shape(''plain'') EXCEPT SELECT gradual_test.shape(''online'')) x (l)', n)])
$$;

-- What a schema holds of functions, in the words of shape().
CREATE FUNCTION gradual_test.routines(schema text) RETURNS SETOF text
    LANGUAGE sql STABLE
    SET search_path = pg_catalog
AS $$
    WITH line (text) AS (
        SELECT format('function %s owner %s acl %s comment %s', pg_get_functiondef(f.oid), f.proowner::regrole,
                      f.proacl, obj_description(f.oid, 'pg_proc'))
        FROM pg_proc f WHERE f.pronamespace = schema::regnamespace AND f.prokind IN ('f', 'p')
        UNION ALL
        SELECT format('aggregate %s(%s)', f.proname, pg_get_function_identity_arguments(f.oid))
        FROM pg_proc f WHERE f.pronamespace = schema::regnamespace AND f.prokind = 'a'
    )
    SELECT replace(text, quote_ident(schema) || '.', '') FROM line
$$;

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

-- What must not be dropped, by its identity: a rollback fails where it would be.
CREATE TABLE gradual_test.kept (pattern text NOT NULL);

CREATE FUNCTION gradual_test.keep() RETURNS event_trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() d JOIN gradual_test.kept k ON d.object_identity ~ k.pattern) THEN
        RAISE 'this must not go';
    END IF;
END
$$;

CREATE PROCEDURE gradual_test.refuse_drop(pattern text)
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO gradual_test.kept VALUES (pattern);
    CREATE EVENT TRIGGER gradual_test_keep ON sql_drop EXECUTE FUNCTION gradual_test.keep();
END
$$;

CREATE PROCEDURE gradual_test.allow_drop()
LANGUAGE plpgsql AS $$
BEGIN
    DROP EVENT TRIGGER gradual_test_keep;
    DELETE FROM gradual_test.kept;
END
$$;
