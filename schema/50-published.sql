-- A publication FOR ALL TABLES has the ledger in it: its changes need a replica
-- identity, and a subscriber must not take them for its own.

ALTER TABLE gradual.migration_cursor REPLICA IDENTITY FULL;
ALTER TABLE gradual.migration_refused REPLICA IDENTITY FULL;

CREATE FUNCTION gradual.pass_over()
RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_pass_over';

COMMENT ON FUNCTION gradual.pass_over() IS
'Internal: the trigger by which a ledger passes over the rows of another one, which come by logical replication.';

DO $$
DECLARE
    ledger_table regclass;
    all_tables name;
BEGIN
    FOR ledger_table IN
        SELECT c.oid FROM pg_catalog.pg_class c
        WHERE c.relnamespace = 'gradual'::regnamespace AND c.relkind = 'r'
    LOOP
        -- Not in what a trigger of ours writes: an applied change has a depth of 0.
        EXECUTE pg_catalog.format('CREATE TRIGGER pass_over BEFORE INSERT OR UPDATE OR DELETE ON %s'
            ' FOR EACH ROW WHEN (pg_catalog.pg_trigger_depth() = 0)'
            ' EXECUTE FUNCTION gradual.pass_over()', ledger_table);
        EXECUTE pg_catalog.format('ALTER TABLE %s ENABLE REPLICA TRIGGER pass_over', ledger_table);
    END LOOP;

    SELECT p.pubname INTO all_tables FROM pg_catalog.pg_publication p WHERE p.puballtables LIMIT 1;
    IF all_tables IS NOT NULL THEN
        RAISE WARNING 'publication % is FOR ALL TABLES, and publishes the ledger of pg_gradual, too',
                pg_catalog.quote_ident(all_tables::text)
            USING DETAIL = 'Subscribers that lack these tables stop when a migration is defined.',
                  HINT = 'CREATE EXTENSION pg_gradual in the databases that subscribe to it, too: it passes over what comes from here.';
    END IF;
END
$$;
