
-- The tables are for the extension's own code only.  The functions stay with
-- everybody: each checks what its caller may do with the migration.

REVOKE ALL ON
    gradual.migration,
    gradual.migration_step,
    gradual.migration_cursor,
    gradual.migration_refused,
    gradual.migration_reindexed,
    gradual.migration_quarantined,
    gradual.migration_event,
    gradual.migration_backfill
FROM PUBLIC;

REVOKE ALL ON SEQUENCE
    gradual.migration_id_seq,
    gradual.migration_event_id_seq
FROM PUBLIC;

GRANT USAGE ON SCHEMA gradual TO PUBLIC;

GRANT SELECT ON
    gradual.ledger,
    gradual.progress,
    gradual.step,
    gradual.event,
    gradual.quarantined
TO PUBLIC;
