
-- The views.  They run as the owner of the extension, so that nobody needs a
-- right on the tables, but pg_has_role() asks for the one who reads: members of
-- a migration's owner and of pg_monitor see everything, others see that it is
-- there and how far.  An owner that was dropped has no members.

-- What the cursors of a backfill's ranges come to; range 0 holds what was done
-- before it was divided.
CREATE VIEW gradual.migration_backfill AS
SELECT c.migration,
       c.step,
       sum(c.processed)::bigint AS processed,
       sum(c.scanned)::bigint AS scanned,
       sum(c.total)::bigint AS total,
       sum(c.pages_done)::bigint AS pages_done,
       sum(c.pages_total)::bigint AS pages_total,
       sum(c.rate) FILTER (WHERE c.range = 0 OR NOT c.done) AS rate,
       max(c.batch_size) AS batch_size,
       max(c.position) FILTER (WHERE c.range = 0) AS position,
       max(c.updated_at) AS updated_at,
       array_agg(DISTINCT c.worker_pid) FILTER (
           WHERE c.worker_pid <> 0 AND NOT c.done AND gradual.worker_alive(c.migration, c.range)) AS workers
FROM gradual.migration_cursor c
GROUP BY c.migration, c.step;

COMMENT ON VIEW gradual.migration_backfill IS
'Internal: how far each backfill is, over all its ranges.';

CREATE VIEW gradual.ledger WITH (security_barrier) AS
WITH migration AS MATERIALIZED (
    SELECT m.*,
           pg_has_role(m.owner, 'MEMBER') OR pg_has_role('pg_monitor', 'MEMBER') AS visible,
           gradual.worker_alive(m.id, 0) AS alive,
           NOT m.tracked
             AND (m.system_identifier <> (SELECT c.system_identifier FROM pg_control_system() c)
                  OR m.database <> (SELECT d.oid FROM pg_database d
                                    WHERE d.datname = current_database())) AS restored
    FROM gradual.migration m
), build AS (
    -- the phases of an index build one after another: each counts its own blocks
    -- or tuples, so each gets a stretch of the whole
    SELECT p.pid,
           CASE
               WHEN p.phase = 'building index: loading tuples in tree'
                   THEN 0.4 + 0.3 * coalesce(p.tuples_done::float8 / nullif(p.tuples_total, 0), 0)
               WHEN p.phase IN ('building index: initializing', 'building index: scanning table')
                   THEN 0.4 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
               WHEN p.phase LIKE 'building index: sorting%' THEN 0.4
               WHEN p.phase LIKE 'building index%'
                   THEN 0.7 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
               WHEN p.phase = 'waiting for writers before validation' THEN 0.7
               WHEN p.phase = 'index validation: scanning index'
                   THEN 0.7 + 0.1 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
               WHEN p.phase = 'index validation: sorting tuples' THEN 0.8
               WHEN p.phase = 'index validation: scanning table'
                   THEN 0.8 + 0.2 * coalesce(p.blocks_done::float8 / nullif(p.blocks_total, 0), 0)
               WHEN p.phase LIKE 'waiting for old snapshots%' THEN 1
               ELSE 0
           END AS fraction
    FROM pg_stat_progress_create_index p
), build_waits AS (
    -- for transactions, one after another, of which an old one may take long; a
    -- prepared one has no process, or one that has gone on to other things
    SELECT p.pid,
           coalesce(
               CASE WHEN h.seconds IS NULL THEN
                   (SELECT format('prepared transaction "%s" (%s)', x.gid, x.owner)
                    FROM pg_prepared_xacts x
                         JOIN pg_locks t ON t.transactionid = x.transaction
                         JOIN pg_locks r ON r.virtualtransaction = t.virtualtransaction
                    WHERE x.database = current_database()
                      AND r.pid IS NULL AND r.relation = p.relid
                    ORDER BY x.prepared LIMIT 1)
               END,
               CASE WHEN h.pid IS NOT NULL THEN
                   format('pid %s (%s)', h.pid, concat_ws(', ', h.usename, h.state,
                       CASE WHEN h.seconds < 120 THEN format('%s s', floor(h.seconds))
                            WHEN h.seconds < 7200 THEN format('%s min', floor(h.seconds / 60))
                            WHEN h.seconds < 172800 THEN format('%s h', floor(h.seconds / 3600))
                            WHEN h.seconds IS NOT NULL THEN format('%s days', floor(h.seconds / 86400))
                       END))
               END) AS holder
    FROM pg_stat_progress_create_index p
         LEFT JOIN (SELECT a.pid, a.usename, a.state,
                           extract(epoch FROM clock_timestamp() - a.xact_start) AS seconds
                    FROM pg_stat_activity a) h ON h.pid = p.current_locker_pid
    WHERE p.phase LIKE 'waiting for %'
), step AS (
    SELECT s.migration,
           s.weight,
           s.phase NOT IN ('prepare', 'swap', 'tail')
             OR m.goal = 'completed' OR m.auto_complete OR m.status = 'completed' AS counts,
           CASE
               WHEN s.status = 'done' THEN 1
               WHEN s.status = 'undone' THEN 0
               WHEN s.kind = 'backfill'
                   THEN least(coalesce(c.pages_done::float8 / nullif(c.pages_total, 0), 0), 1)
               WHEN s.kind = 'index' AND s.status = 'running' AND m.alive
                   -- by name in the catalog, since to_regclass() wants USAGE on the schema
                   THEN coalesce((SELECT 1
                                  FROM pg_class i
                                       JOIN pg_namespace n ON n.oid = i.relnamespace
                                       JOIN pg_index x ON x.indexrelid = i.oid
                                  WHERE x.indisvalid
                                    AND i.relname = (parse_ident(s.index))[2]::name
                                    AND n.nspname = (parse_ident(s.index))[1]::name),
                                 (SELECT max(b.fraction) FROM build b WHERE b.pid = m.worker_pid))
           END AS fraction,
           c.processed,
           greatest(c.scanned, c.processed) AS scanned,
           CASE WHEN s.kind = 'backfill'
                THEN coalesce(c.total, greatest(s.est_rows, 0)) END AS total,
           c.updated_at
    FROM migration m
         JOIN gradual.migration_step s ON s.migration = m.id
         LEFT JOIN gradual.migration_backfill c ON c.migration = s.migration AND c.step = s.step
), summary AS (
    SELECT s.migration,
           100 * sum(s.weight * coalesce(s.fraction, 0)) FILTER (WHERE s.counts)
             / nullif(sum(s.weight) FILTER (WHERE s.counts), 0) AS progress,
           sum(s.processed)::bigint AS processed,
           sum(s.scanned)::bigint AS scanned,
           sum(s.total)::bigint AS total,
           max(s.updated_at) AS updated_at
    FROM step s
    GROUP BY s.migration
), backfill AS (
    -- the one at work, else the one that it stopped in
    SELECT DISTINCT ON (s.migration)
           s.migration,
           s.status = 'running' AS running,
           c.position,
           c.batch_size,
           c.workers,
           r.rate,
           -- rows changed a second, turned into pages a second; a rate that has faded
           -- for hours, in which no row matched, says nothing, and would overflow
           (c.pages_total - c.pages_done) * (c.processed::float8 / nullif(c.pages_done, 0))
             / CASE WHEN r.rate > 1e-6 THEN r.rate END AS seconds
    FROM gradual.migration_step s
         JOIN gradual.migration_backfill c ON c.migration = s.migration AND c.step = s.step
         -- while no batch comes, no more than one in all of that time
         CROSS JOIN LATERAL (SELECT extract(epoch FROM clock_timestamp() - c.updated_at)::float8
                                    AS since) t
         CROSS JOIN LATERAL (SELECT least(c.rate, c.batch_size / nullif(greatest(t.since, 0), 0))
                                    AS rate) r
    WHERE s.kind = 'backfill' AND s.status IN ('running', 'failed', 'pending')
    ORDER BY s.migration, (s.status = 'running') DESC, s.step
), shown AS (
    SELECT m.*,
           CASE
               WHEN m.restored AND m.status IN ('queued', 'running') THEN 'paused'
               WHEN m.status = 'running' AND NOT (m.alive OR m.foreground OR m.tracked)
                    AND NOT pg_is_in_recovery()   -- its worker is on the primary
                    AND m.updated_at < clock_timestamp() - interval '2 s' THEN 'interrupted'
               ELSE m.status
           END AS shown_status,
           -- what was asked for, and would go on with it
           CASE WHEN m.goal = 'rolled_back' AND NOT m.restart THEN 'rollback' ELSE 'start' END AS asked,
           (SELECT substr(a.query, 10)
                   || coalesce((SELECT ', waiting for ' || w.holder FROM build_waits w
                                WHERE w.pid = a.pid), '')
            FROM pg_stat_activity a
            WHERE m.alive AND a.pid = m.worker_pid AND a.query LIKE 'gradual: %') AS published,
           (SELECT concat_ws(' on ', s.action, nullif(s.target, ''))
            FROM gradual.migration_step s
            WHERE s.migration = m.id AND s.status = 'running'
              AND m.goal <> 'rolled_back' AND NOT m.fell_back
            ORDER BY s.step LIMIT 1) AS at_work
    FROM migration m
)
SELECT m.name,
       m.shown_status AS status,
       m.phase,
       CASE WHEN m.visible THEN
           CASE m.shown_status
               WHEN 'defined' THEN format('waiting for gradual.start(%L)', m.name)
               WHEN 'queued' THEN coalesce(m.activity,
                   CASE WHEN m.foreground THEN format('waiting for gradual.run_batch(%L)', m.name)
                        WHEN NOT m.alive AND m.updated_at < clock_timestamp() - interval '2 s'
                            THEN format('no worker: no free slot (max_worker_processes), or the server was restarted; gradual.resume(%L) to go on', m.name)
                        ELSE 'queued' END)
               WHEN 'running' THEN coalesce(m.published, m.activity,
                   CASE WHEN m.foreground THEN format('waiting for gradual.run_batch(%L)', m.name)
                        ELSE coalesce(m.at_work, 'running') END)
               WHEN 'interrupted' THEN
                   format('interrupted: no worker; gradual.resume(%L) to go on', m.name)
               WHEN 'paused' THEN
                   CASE WHEN m.restored AND m.status <> 'paused'
                        THEN format('restored; gradual.resume(%L) to go on here', m.name)
                        ELSE coalesce(m.activity, format('waiting for gradual.resume(%L)', m.name))
                   END
               WHEN 'ready' THEN format('waiting for gradual.complete(%L)', m.name)
               WHEN 'failed' THEN format('waiting for gradual.%s(%L)', m.asked, m.name)
               WHEN 'cancelled' THEN format('waiting for gradual.%s(%L)', m.asked, m.name)
               ELSE m.activity
           END
       END AS activity,
       CASE
           WHEN m.status IN ('ready', 'completed') THEN 100
           WHEN m.status IN ('defined', 'rolled_back') THEN 0
           WHEN m.tracked THEN NULL
           ELSE least(99.9, round(coalesce(s.progress, 0)::numeric, 1))
       END AS progress,
       CASE WHEN m.visible THEN coalesce(s.processed, 0) + m.tracked_processed END AS processed,
       CASE WHEN m.visible THEN coalesce(s.scanned, 0) END AS scanned,
       CASE WHEN m.visible THEN coalesce(s.total, 0) END AS total,
       CASE WHEN m.visible THEN (SELECT count(*) FROM gradual.migration_quarantined q
                                 WHERE q.migration = m.id) END AS failed,
       CASE WHEN m.visible AND m.shown_status = 'running' AND b.running
            THEN round(b.rate::numeric) END AS rate,
       -- unknown until a page is done; greatest() would make 0 of that
       CASE WHEN m.visible AND m.shown_status = 'running' AND b.running AND b.seconds IS NOT NULL
            THEN make_interval(secs => round(least(greatest(b.seconds, 0), 1e9))) END AS eta,
       CASE WHEN m.visible THEN b.position END AS cursor,
       CASE WHEN m.visible THEN coalesce(nullif(m.batch_size, 0), b.batch_size) END AS batch_size,
       CASE WHEN m.visible THEN m.started_at END AS started_at,
       CASE WHEN m.visible THEN greatest(m.updated_at, s.updated_at) END AS updated_at,
       CASE WHEN m.visible THEN m.completed_at END AS completed_at,
       CASE WHEN m.visible THEN m.error END AS error,
       pg_get_userbyid(m.owner) AS owner,
       CASE WHEN m.visible THEN
           CASE WHEN m.alive
                THEN m.worker_pid || array_remove(coalesce(b.workers, '{}'), m.worker_pid)
                ELSE '{}' END
       END AS worker
FROM shown m
     LEFT JOIN summary s ON s.migration = m.id
     LEFT JOIN backfill b ON b.migration = m.id
ORDER BY m.id;

COMMENT ON VIEW gradual.ledger IS
'The migrations: how far each of them is, what it does or waits for, and its error.';

COMMENT ON COLUMN gradual.ledger.name IS 'of the migration';
COMMENT ON COLUMN gradual.ledger.status IS 'defined, queued, running, interrupted, paused, ready, completed, failed, cancelled or rolled_back';
COMMENT ON COLUMN gradual.ledger.phase IS 'expand, backfill, index, verify, ready, prepare, swap, tail or rollback';
COMMENT ON COLUMN gradual.ledger.activity IS 'what it does or waits for, in words';
COMMENT ON COLUMN gradual.ledger.progress IS 'percent over all steps, weighted by pages';
COMMENT ON COLUMN gradual.ledger.processed IS 'rows changed by backfills';
COMMENT ON COLUMN gradual.ledger.scanned IS 'rows looked at by backfills';
COMMENT ON COLUMN gradual.ledger.total IS 'about how many rows backfills have to look at';
COMMENT ON COLUMN gradual.ledger.failed IS 'rows in the quarantine';
COMMENT ON COLUMN gradual.ledger.rate IS 'rows changed a second by the backfill at work';
COMMENT ON COLUMN gradual.ledger.eta IS 'time to go of the backfill at work';
COMMENT ON COLUMN gradual.ledger.cursor IS 'position of the backfill, as it is stored';
COMMENT ON COLUMN gradual.ledger.batch_size IS 'rows of a batch, as set or found';
COMMENT ON COLUMN gradual.ledger.updated_at IS 'when it last did something';
COMMENT ON COLUMN gradual.ledger.error IS 'why it failed, or fell back to ready';
COMMENT ON COLUMN gradual.ledger.owner IS 'the role that defined it, as which its statements run';
COMMENT ON COLUMN gradual.ledger.worker IS 'processes that work on it, the leader first';

CREATE VIEW gradual.progress WITH (security_barrier) AS
SELECT l.name,
       l.status,
       l.phase,
       '[' || rpad(repeat('#', (l.progress * 0.2)::int), 20, '.') || ']' AS bar,
       l.progress,
       l.rate,
       l.eta,
       l.activity
FROM gradual.ledger l;

COMMENT ON VIEW gradual.progress IS
'The migrations with a bar, for \watch in psql.';

COMMENT ON COLUMN gradual.progress.name IS 'of the migration';
COMMENT ON COLUMN gradual.progress.status IS 'as in gradual.ledger';
COMMENT ON COLUMN gradual.progress.phase IS 'as in gradual.ledger';
COMMENT ON COLUMN gradual.progress.bar IS 'progress as a bar';
COMMENT ON COLUMN gradual.progress.progress IS 'percent over all steps, weighted by pages';
COMMENT ON COLUMN gradual.progress.rate IS 'rows changed a second by the backfill at work';
COMMENT ON COLUMN gradual.progress.eta IS 'time to go of the backfill at work';
COMMENT ON COLUMN gradual.progress.activity IS 'what it does or waits for, in words';

CREATE VIEW gradual.step WITH (security_barrier) AS
SELECT m.name,
       s.step,
       s.phase,
       nullif(s.statement, 0) AS statement,
       s.action,
       s.target,
       s.status,
       s.attempts,
       c.processed,
       greatest(c.scanned, c.processed) AS scanned,
       s.started_at,
       coalesce(s.finished_at,
                CASE WHEN s.status = 'running' AND m.status = 'running'
                     THEN clock_timestamp() END) - s.started_at AS duration,
       make_interval(secs => s.longest_lock_wait / 1000) AS longest_lock_wait,
       s.error
FROM gradual.migration m
     JOIN gradual.migration_step s ON s.migration = m.id
     LEFT JOIN gradual.migration_backfill c ON c.migration = s.migration AND c.step = s.step
WHERE pg_has_role(m.owner, 'MEMBER') OR pg_has_role('pg_monitor', 'MEMBER')
ORDER BY m.id, s.step;

COMMENT ON VIEW gradual.step IS
'The steps of the migrations: one transaction, one concurrent command or one backfill each.';

COMMENT ON COLUMN gradual.step.name IS 'of the migration';
COMMENT ON COLUMN gradual.step.step IS 'number, in the order of execution';
COMMENT ON COLUMN gradual.step.phase IS 'in which it runs';
COMMENT ON COLUMN gradual.step.statement IS 'number in the script; NULL for what pg_gradual adds';
COMMENT ON COLUMN gradual.step.action IS 'what is done, in words';
COMMENT ON COLUMN gradual.step.target IS 'to what';
COMMENT ON COLUMN gradual.step.status IS 'pending, running, done, failed or undone';
COMMENT ON COLUMN gradual.step.attempts IS 'tries to lock that were made';
COMMENT ON COLUMN gradual.step.processed IS 'rows changed by a backfill';
COMMENT ON COLUMN gradual.step.scanned IS 'rows looked at by a backfill';
COMMENT ON COLUMN gradual.step.duration IS 'until it was done, or until now';
COMMENT ON COLUMN gradual.step.longest_lock_wait IS 'longest time that one try stood in lock queues';
COMMENT ON COLUMN gradual.step.error IS 'why it failed';

CREATE VIEW gradual.event WITH (security_barrier) AS
SELECT e.at,
       e.name,
       e.by_role,
       e.event,
       e.from_status,
       e.to_status,
       e.step,
       e.detail
FROM gradual.migration_event e
WHERE pg_has_role(e.owner, 'MEMBER') OR pg_has_role('pg_monitor', 'MEMBER')
ORDER BY e.id;

COMMENT ON VIEW gradual.event IS
'The audit log: every request and every change of status, with the role that caused it.';

COMMENT ON COLUMN gradual.event.name IS 'of the migration';
COMMENT ON COLUMN gradual.event.by_role IS 'who asked for it, or as whom the worker ran';
COMMENT ON COLUMN gradual.event.event IS 'a request, a change of status, or a note';
COMMENT ON COLUMN gradual.event.step IS 'number of the step that it is about';
COMMENT ON COLUMN gradual.event.detail IS 'in words';

-- Who may watch everything may not read everything: no more than by a row of pg_stats.
CREATE VIEW gradual.quarantined WITH (security_barrier) AS
SELECT m.name,
       q.step,
       q.key,
       CASE WHEN pg_has_role(m.owner, 'MEMBER') THEN q.row END AS row,
       q.sqlstate,
       q.message,
       q.at,
       q.leaf AS "table"
FROM gradual.migration m
     JOIN gradual.migration_quarantined q ON q.migration = m.id
WHERE pg_has_role(m.owner, 'MEMBER') OR pg_has_role('pg_monitor', 'MEMBER')
ORDER BY m.id, q.at;

COMMENT ON VIEW gradual.quarantined IS
'Rows that raised an error in a backfill, which went on without them.';

COMMENT ON COLUMN gradual.quarantined.name IS 'of the migration';
COMMENT ON COLUMN gradual.quarantined.step IS 'number of the backfill';
COMMENT ON COLUMN gradual.quarantined.key IS 'of the row';
COMMENT ON COLUMN gradual.quarantined.row IS 'what the row was; NULL for who is no member of the owner';
COMMENT ON COLUMN gradual.quarantined.sqlstate IS 'of its error';
COMMENT ON COLUMN gradual.quarantined.message IS 'of its error';
COMMENT ON COLUMN gradual.quarantined."table" IS 'that held it';
