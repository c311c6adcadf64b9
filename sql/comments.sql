-- Every object of the extension has a comment, and so has what is shown to everybody.
SELECT pg_describe_object(d.classid, d.objid, 0) AS without_comment
FROM pg_depend d
WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
      AND d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'pg_gradual')
      AND d.classid IN ('pg_proc'::regclass, 'pg_class'::regclass)
      AND pg_describe_object(d.classid, d.objid, 0) NOT LIKE 'sequence %'
      AND obj_description(d.objid, (SELECT relname FROM pg_class WHERE oid = d.classid)) IS NULL
ORDER BY 1;
-- .. but times and statuses, whose names say it
SELECT attrelid::regclass AS view, attname
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE relnamespace = 'gradual'::regnamespace AND relkind = 'v' AND attnum > 0
      AND relname <> 'migration_backfill' AND attname !~ '(at|_status)$'
      AND col_description(attrelid, attnum) IS NULL
ORDER BY attrelid::regclass::text, attnum;
-- A line of a comment fits into a terminal
SELECT DISTINCT line FROM pg_proc, regexp_split_to_table(obj_description(pg_proc.oid, 'pg_proc'), '\n') line
WHERE pronamespace = 'gradual'::regnamespace AND line NOT LIKE 'Internal%' AND length(line) > 90;
