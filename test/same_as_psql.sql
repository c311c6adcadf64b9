-- What is in a group of schemas, as text, so that it can be compared before and
-- after, or with what psql makes of the same script.  Everything that can be
-- seen counts (rows, dependencies and comments too), but for the order of
-- columns, times of today, and values in columns whose names begin with "vol".

CREATE SCHEMA same;

-- The schemas of a case: its own, and those whose names begin with it and "_".
CREATE FUNCTION same.schemas(of_case text) RETURNS SETOF oid
    LANGUAGE sql STABLE
AS $$
    SELECT oid FROM pg_namespace WHERE nspname = of_case OR nspname LIKE replace(of_case, '_', '\_') || '\_%'
$$;

CREATE FUNCTION same.rows(of_case text) RETURNS SETOF text
    LANGUAGE plpgsql
AS $$
DECLARE
    r regclass;
    vol text[];
    c text;
BEGIN
    FOR r IN SELECT oid FROM pg_class WHERE relnamespace IN (SELECT same.schemas(of_case)) AND relkind IN ('r', 'm') AND (relkind = 'r' OR relispopulated)
    LOOP
        vol := ARRAY(SELECT attname::text FROM pg_attribute WHERE attrelid = r AND attnum > 0 AND attname LIKE 'vol%');
        RETURN QUERY EXECUTE format('SELECT %L || regexp_replace((to_jsonb(r) - %L::text[])::text, %L, ''"today"'', ''g'') FROM %s r', 'row of ' || r || ': ', vol, '"' || current_date || 'T[^"]*"', r);
        FOREACH c IN ARRAY vol
        LOOP
            -- a time is the same in all rows of one transaction
            RETURN QUERY EXECUTE format(
                'SELECT %L || count(%I) || '' values, different: '' || count(DISTINCT %I) FILTER (WHERE pg_typeof(%I) NOT IN (''timestamptz'', ''timestamp'')) FROM %s r',
                'values of ' || r || '.' || c || ': ', c, c, c, r);
        END LOOP;
    END LOOP;
END
$$;

CREATE FUNCTION same.relations(of_case text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
AS $$
#variable_conflict use_column
DECLARE
    spaces oid[] := ARRAY(SELECT same.schemas(of_case));
BEGIN
    RETURN QUERY
    WITH relation AS MATERIALIZED (
        SELECT c.*, c.oid::regclass AS name FROM pg_class c WHERE c.relnamespace = ANY (spaces)
    )
    SELECT format('%s %s owner %s acl %s options %s %s persistence %s replica identity %s row security %s forced %s partition %s tablespace %s access method %s of type %s',
                  CASE c.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned table' WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view'
                                 WHEN 'i' THEN 'index' WHEN 'I' THEN 'partitioned index' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type' ELSE c.relkind::text END,
                  name, relowner::regrole, (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(relacl) x), reloptions, (SELECT t.reloptions FROM pg_class t WHERE t.oid = c.reltoastrelid),
                  relpersistence, relreplident, relrowsecurity, relforcerowsecurity, pg_get_expr(relpartbound, c.oid), reltablespace,
                  (SELECT amname FROM pg_am WHERE pg_am.oid = relam), nullif(reloftype, 0)::regtype)
    FROM relation c
    UNION ALL
    SELECT format('column %s.%I %s not null %s default %s identity %s generated %s collation %s storage %s compression %s statistics %s options %s acl %s local %s inherited %s',
                  name, attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid), attidentity, attgenerated,
                  nullif(attcollation, 0)::regcollation, attstorage, attcompression, nullif(attstattarget, -1), (SELECT array_agg(x ORDER BY x) FROM unnest(attoptions) x WHERE x !~ '^pg_attver'),
                  (SELECT array_agg(x::text ORDER BY x::text) FROM unnest(attacl) x), attislocal, attinhcount)
    FROM relation c
         JOIN pg_attribute a ON attrelid = c.oid AND attnum > 0 AND NOT attisdropped AND relkind NOT IN ('i', 'I', 'S')
         LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
    UNION ALL
    SELECT format('constraint %I on %s %s validated %s local %s inherited %s no inherit %s index %s parent %s', conname, coalesce(name::text, contypid::regtype::text),
                  pg_get_constraintdef(n.oid), convalidated, conislocal, coninhcount,
                  -- of a key it says nothing, but where the partition's came first
                  connoinherit AND contype IN ('c', 'n'), nullif(conindid, 0)::regclass,
                  (SELECT p.conname FROM pg_constraint p WHERE p.oid = n.conparentid))
    FROM pg_constraint n LEFT JOIN relation c ON c.oid = conrelid
    WHERE connamespace = ANY (spaces)
    UNION ALL
    SELECT format('%s valid %s ready %s clustered %s replica identity %s parent %s statistics %s', pg_get_indexdef(indexrelid), indisvalid, indisready, indisclustered, indisreplident,
                  (SELECT inhparent::regclass FROM pg_inherits WHERE inhrelid = indexrelid),
                  (SELECT array_agg(attnum || ':' || attstattarget ORDER BY attnum) FROM pg_attribute WHERE attrelid = indexrelid AND attstattarget >= 0))
    FROM relation c JOIN pg_index ON indexrelid = c.oid
    UNION ALL
    SELECT format('%s enabled %s', pg_get_triggerdef(t.oid), tgenabled)
    FROM relation c JOIN pg_trigger t ON tgrelid = c.oid AND NOT tgisinternal
    UNION ALL
    SELECT format('%s triggers on %s of constraint %I enabled %s', count(*), name, conname, tgenabled)
    FROM relation c JOIN pg_trigger t ON tgrelid = c.oid AND tgisinternal JOIN pg_constraint n ON n.oid = tgconstraint
    GROUP BY name, conname, tgenabled
    UNION ALL
    SELECT format('definition of %s %s', name, pg_get_viewdef(oid)) FROM relation WHERE relkind IN ('v', 'm')
    UNION ALL
    SELECT format('%s enabled %s', pg_get_ruledef(r.oid), ev_enabled) FROM relation c JOIN pg_rewrite r ON ev_class = c.oid AND rulename <> '_RETURN'
    UNION ALL
    SELECT format('sequence %s %s start %s increment %s max %s min %s cache %s cycle %s owned by %s', name, seqtypid::regtype, seqstart, seqincrement, seqmax, seqmin, seqcache, seqcycle,
                  (SELECT string_agg(pg_describe_object(refclassid, refobjid, refobjsubid) || deptype::text, ',') FROM pg_depend
                   WHERE classid = 'pg_class'::regclass AND objid = c.oid AND refclassid = 'pg_class'::regclass AND refobjsubid > 0 AND deptype IN ('a', 'i')))
    FROM relation c JOIN pg_sequence ON seqrelid = c.oid
    UNION ALL
    SELECT format('policy %I on %s permissive %s command %s roles %s using %s check %s', polname, name, polpermissive, polcmd,
                  polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid))
    FROM relation c JOIN pg_policy ON polrelid = c.oid
    UNION ALL
    SELECT format('%s inherits %s as number %s', name, inhparent::regclass, inhseqno) FROM relation c JOIN pg_inherits ON inhrelid = c.oid AND relkind = 'r'
    UNION ALL
    SELECT format('partition key of %s %s', name, pg_get_partkeydef(oid)) FROM relation WHERE relkind = 'p'
    UNION ALL
    -- PostgreSQL stores the columns by number, so their order may differ
    SELECT format('statistics %s owner %s kinds %s target %s on %s columns %s expressions %s', s.stxname, s.stxowner::regrole, s.stxkind, nullif(s.stxstattarget, -1), name,
                  (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (s.stxkeys)), pg_get_statisticsobjdef_expressions(s.oid))
    FROM relation c JOIN pg_statistic_ext s ON s.stxrelid = c.oid
    UNION ALL
    SELECT format('publication %I of %s columns %s where %s', pubname, name,
                  (SELECT array_agg(attname ORDER BY attname) FROM pg_attribute WHERE attrelid = c.oid AND attnum = ANY (prattrs)), pg_get_expr(prqual, prrelid))
    FROM relation c JOIN pg_publication_rel r ON prrelid = c.oid JOIN pg_publication p ON p.oid = prpubid;
END
$$;

CREATE FUNCTION same.others(of_case text) RETURNS SETOF text
    LANGUAGE plpgsql STABLE
AS $$
DECLARE
    spaces oid[] := ARRAY(SELECT same.schemas(of_case));
    -- what a case has is younger than the first of its schemas
    oldest oid := coalesce((SELECT min(s) FROM unnest(spaces) s), 16384);
    its text := '\m' || of_case || '(_\w*)?\M';
BEGIN
    RETURN QUERY
    SELECT format('schema %s owner %s acl %s defaults %s', nspname, nspowner::regrole, nspacl, (SELECT array_agg(defaclacl::text) FROM pg_default_acl WHERE defaclnamespace = n.oid))
    FROM pg_namespace n WHERE oid = ANY (spaces)
    UNION ALL
    SELECT format('%s owner %s acl %s', CASE WHEN prokind IN ('f', 'p') THEN pg_get_functiondef(oid) ELSE 'aggregate ' || oid::regprocedure END, proowner::regrole, proacl)
    FROM pg_proc WHERE pronamespace = ANY (spaces)
    UNION ALL
    SELECT format('type %s %s owner %s acl %s labels %s of %s not null %s default %s', oid::regtype, typtype, typowner::regrole, typacl,
                  (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
                  format_type(nullif(typbasetype, 0), typtypmod), typnotnull, typdefault)
    FROM pg_type t WHERE typnamespace = ANY (spaces)
    UNION ALL
    SELECT format('comment on %s %s: %s', i.type, i.identity, description)
    FROM pg_description d, pg_identify_object(d.classoid, d.objoid, d.objsubid) i
    WHERE d.objoid >= oldest AND i.identity ~ its
    UNION ALL
    -- what is owned by what: serials, constraints' indexes, parts of partitioned objects
    SELECT format('%s depends on %s (%s)', o.type || ' ' || o.identity, r.type || ' ' || r.identity, deptype)
    FROM pg_depend, pg_identify_object(classid, objid, objsubid) o, pg_identify_object(refclassid, refobjid, refobjsubid) r
    WHERE deptype IN ('i', 'P', 'S', 'x', 'e') AND objid >= oldest AND refobjid >= 16384
          AND (o.identity ~ its OR r.identity ~ its)
          AND o.type NOT IN ('toast table', 'trigger');
END
$$;

-- All of it, in an order that does not depend on anything
CREATE FUNCTION same.everything(of_case text) RETURNS text
    LANGUAGE sql
    SET search_path = pg_catalog
    SET client_min_messages = error
    SET enable_mergejoin = off
    SET plan_cache_mode = force_generic_plan
AS $$
    SELECT string_agg(replace(line, E'\n', ' '), E'\n' ORDER BY line COLLATE "C")
    FROM (SELECT same.relations(of_case) UNION ALL SELECT same.others(of_case) UNION ALL SELECT same.rows(of_case)) all_of_it (line)
$$;

-- Sequences are not turned back with a transaction; this gives the statements that do it.
CREATE FUNCTION same.sequences(of_case text) RETURNS text
    LANGUAGE plpgsql
    SET search_path = pg_catalog
AS $$
DECLARE
    s regclass;
    line text;
    lines text := '';
BEGIN
    FOR s IN SELECT oid FROM pg_class WHERE relkind = 'S' AND relnamespace IN (SELECT same.schemas(of_case))
    LOOP
        EXECUTE format('SELECT format(''PERFORM setval(%%L, %%s, %%L);'', %L, last_value, is_called) FROM %s', s, s) INTO line;
        lines := lines || line;
    END LOOP;
    RETURN 'DO $do$ BEGIN ' || lines || 'END $do$';
END
$$;

-- Lines that only one of two has, '' if there is none
CREATE FUNCTION same.differences(wanted text, got text) RETURNS text
    LANGUAGE sql IMMUTABLE
AS $$
    SELECT CASE WHEN wanted = got THEN '' ELSE
        (SELECT string_agg(line, E'\n')
         FROM (SELECT CASE WHEN sum(n) > 0 THEN '-' ELSE '+' END || line
               FROM (SELECT regexp_split_to_table(wanted, E'\n'), 1 UNION ALL SELECT regexp_split_to_table(got, E'\n'), -1) l (line, n)
               GROUP BY line
               HAVING sum(n) <> 0
               ORDER BY substr(line, 1, 30), sum(n)
               LIMIT 30) d (line))
    END
$$;

-- Runs a migration to its next stop, batch by batch.
CREATE PROCEDURE same.drive(name text) LANGUAGE plpgsql AS $$
DECLARE
    stop boolean := false;
BEGIN
    WHILE NOT stop LOOP
        SELECT is_done INTO stop FROM gradual.run_batch(name);
        COMMIT;
    END LOOP;
END
$$;

-- What refuses a transaction block is for a worker.
CREATE FUNCTION same.hand_over(of_name text) RETURNS text LANGUAGE sql AS $$
    SELECT CASE status WHEN 'paused' THEN gradual.resume(name) WHEN 'queued' THEN gradual.resume(name) WHEN 'ready' THEN gradual.complete(name, force => true) ELSE gradual.start(name) END
    FROM gradual.ledger WHERE name = of_name
$$;

-- The schemas of a case are gone afterwards.
CREATE PROCEDURE same.drop(of_case text) LANGUAGE plpgsql AS $$
DECLARE
    s text;
BEGIN
    FOR s IN SELECT nspname FROM pg_namespace WHERE oid IN (SELECT same.schemas(of_case))
    LOOP
        EXECUTE format('DROP SCHEMA %I CASCADE', s);
    END LOOP;
    FOR s IN SELECT pubname FROM pg_publication WHERE pubname LIKE replace(of_case, '_', '\_') || '\_%'
    LOOP
        EXECUTE format('DROP PUBLICATION %I', s);
    END LOOP;
END
$$;

-- Three rows in each table that has none, the same each time; what its
-- constraints refuse stays away.
CREATE PROCEDURE same.fill(of_case text) LANGUAGE plpgsql AS $$
DECLARE
    t record;
    c record;
    names text;
    vals text;
    has_row boolean;
BEGIN
    FOR t IN SELECT oid, oid::regclass AS name FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relnamespace IN (SELECT same.schemas(of_case)) ORDER BY oid
    LOOP
        EXECUTE format('SELECT EXISTS (SELECT FROM %s)', t.name) INTO has_row;
        CONTINUE WHEN has_row;
        FOR i IN 1 .. 3 LOOP
            names := '';
            vals := '';
            FOR c IN
                SELECT attname, atttypid, atttypmod, typcategory, typtype, pg_get_expr(adbin, adrelid) AS def, fk.confrelid::regclass AS other,
                       (SELECT quote_ident(a2.attname) FROM pg_attribute a2 WHERE a2.attrelid = fk.confrelid AND a2.attnum = fk.confkey[1]) AS key
                FROM pg_attribute a JOIN pg_type ON pg_type.oid = atttypid
                     LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
                     LEFT JOIN LATERAL (SELECT * FROM pg_constraint WHERE conrelid = attrelid AND contype = 'f' AND conkey = ARRAY[attnum] LIMIT 1) fk ON true
                WHERE attrelid = t.oid AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''
            LOOP
                CONTINUE WHEN c.def LIKE 'nextval%';
                names := names || ', ' || quote_ident(c.attname);
                vals := vals || ', ' ||
                    CASE WHEN c.other IS NOT NULL THEN format('(SELECT %s FROM %s ORDER BY 1 LIMIT 1 OFFSET %s)', c.key, c.other, i - 1)
                         WHEN c.typtype = 'e' THEN format('enum_first(NULL::%s)', c.atttypid::regtype)
                         WHEN c.typcategory = 'N' THEN i::text
                         WHEN c.typcategory = 'S' THEN quote_literal(left('v' || i, CASE WHEN c.atttypmod > 4 THEN c.atttypmod - 4 ELSE 9 END))
                         WHEN c.typcategory = 'B' THEN (i % 2 = 0)::text
                         WHEN c.typcategory = 'D' THEN format('''2024-01-0%s''', i)
                         WHEN c.typcategory = 'T' THEN format('''%s days''', i)
                         WHEN c.typcategory = 'I' THEN format('''10.0.0.%s''', i)
                         WHEN c.typcategory = 'A' THEN '''{}'''
                         WHEN c.atttypid::regtype::text IN ('json', 'jsonb') THEN '''{}'''
                         WHEN c.atttypid = 'bytea'::regtype THEN '''x'''
                         ELSE 'NULL' END;
            END LOOP;
            BEGIN
                EXECUTE format('INSERT INTO %s (%s) VALUES (%s)', t.name, substr(names, 3), substr(vals, 3));
            EXCEPTION WHEN OTHERS THEN
                NULL;
            END;
        END LOOP;
    END LOOP;
END
$$;
