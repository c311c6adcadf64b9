-- Whoever owns the schema, or has put something into it before, could give the
-- names in the scripts and views below another meaning, for everybody who uses
-- them.  A restore makes the schema first: empty, and its owner a superuser.
DO $$
DECLARE
    planted text;
BEGIN
    SELECT pg_catalog.format('It belongs to role %I.', r.rolname) INTO planted
    FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner
    WHERE n.nspname = 'gradual'::name AND NOT r.rolsuper;
    IF planted IS NULL THEN
        SELECT pg_catalog.format('It holds %s.',
                                 pg_catalog.pg_describe_object(d.classid, d.objid, d.objsubid))
        INTO planted
        FROM pg_catalog.pg_depend d
             JOIN pg_catalog.pg_namespace n ON n.oid = d.refobjid
        WHERE n.nspname = 'gradual'::name
          AND d.refclassid = 'pg_catalog.pg_namespace'::regclass::oid
          AND d.classid <> 'pg_catalog.pg_extension'::regclass::oid
        LIMIT 1;
    END IF;
    IF planted IS NOT NULL THEN
        RAISE EXCEPTION 'schema "gradual" was made by somebody else'
            USING ERRCODE = 'duplicate_schema', DETAIL = planted,
                  HINT = 'Drop the schema, then CREATE EXTENSION pg_gradual.';
    END IF;
END
$$;

