-- Batches that touch rows, so that a trigger in PL/pgSQL computes the value:
-- the statements and the trigger of pgroll, from its start to its complete.
--
-- It always fills a column beside, which takes the old one's name and place at
-- the end.  Left out is what would cost it more: the round trips of its client
-- (its loop is a procedure here), its versioned views, and the constraints that
-- it repeats and validates.

\set new _pgroll_new_ :column
ALTER TABLE users ADD COLUMN :new :type;
\if :indexed
CREATE INDEX CONCURRENTLY _pgroll_dup_index ON users (:new);
\endif
ALTER TABLE users ADD COLUMN _pgroll_needs_backfill boolean DEFAULT true;

-- One trigger for what old applications write; for a column that was there
-- before also one for the new ones
SELECT format($format$
CREATE FUNCTION _pgroll_trigger_%1$s() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
%2$s
    latest_schema text;
    search_path text;
BEGIN
    SELECT current_setting INTO search_path FROM current_setting('search_path');
    IF search_path %3$s 'public_02_fill' THEN
        NEW.%4$I = (%5$s);
        NEW._pgroll_needs_backfill = false;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER _pgroll_trigger_%1$s BEFORE INSERT OR UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION _pgroll_trigger_%1$s()
$format$, direction,
    (SELECT string_agg(format('    %1$I users.%1$I%%TYPE := NEW.%1$I;', attname), E'\n')
     FROM pg_attribute WHERE attrelid = 'users'::regclass AND attnum > 0),
    operator, target, expression)
FROM (VALUES ('up', '!=', :'new', :'value', true), ('down', '=', :'column', :'new', NOT :'adds'::boolean))
     AS triggers (direction, operator, target, expression, wanted)
WHERE wanted
\gexec

CREATE PROCEDURE touch_rows(batch int) LANGUAGE plpgsql AS $$
DECLARE
    last_value text;
BEGIN
    LOOP
        EXECUTE format($statement$
            WITH batch AS (
                SELECT "id" FROM "users"
                WHERE "_pgroll_needs_backfill" = true %s
                ORDER BY "id" LIMIT %s FOR NO KEY UPDATE),
            update AS (
                UPDATE "users" SET "id" = "users"."id" FROM batch
                WHERE "users"."id" = batch."id"
                RETURNING "users"."id")
            SELECT LAST_VALUE("id") OVER() FROM update
            $statement$,
            CASE WHEN last_value IS NOT NULL THEN format('AND ("id") > (%L)', last_value) END,
            batch) INTO last_value;
        EXIT WHEN last_value IS NULL;
        COMMIT;
    END LOOP;
END
$$;

CALL touch_rows(:batch);

\if :adds
\else
ALTER TABLE users DROP COLUMN :column;
\endif
DROP FUNCTION IF EXISTS _pgroll_trigger_up, _pgroll_trigger_down CASCADE;
ALTER TABLE users DROP COLUMN _pgroll_needs_backfill;
ALTER TABLE users RENAME COLUMN :new TO :column;
\if :indexed
ALTER INDEX _pgroll_dup_index RENAME TO users_:column;
\endif
