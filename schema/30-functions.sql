
-- The functions for users.  None is STRICT where an argument may be NULL: the C
-- code says which argument must not be.  Each checks what its caller may do.

-- Defining

CREATE FUNCTION gradual.define(
    name text,
    script text,
    reverse jsonb DEFAULT '{}',
    depends_on text[] DEFAULT '{}',
    on_error text DEFAULT 'fail',
    max_errors bigint DEFAULT 0,
    batch_size int DEFAULT NULL,
    batch_time interval DEFAULT NULL,
    workers int DEFAULT 1)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_define';

COMMENT ON FUNCTION gradual.define(text, text, jsonb, text[], text, bigint, int, interval, int) IS
'Check a script of plain SQL, compile it to a plan and store both as a migration.
Changes nothing else. Returns the name.
name: of the migration
script: the statements
reverse: for columns that the script drops, {"table.column": "expression"}:
    their value in rows that are written without them, until complete
depends_on: migrations that must be completed first
on_error: what a row that raises an error does to a backfill:
    fail, or quarantine to go on without it
max_errors: with quarantine, fail beyond so many; 0 = no limit
batch_size: rows of a batch; NULL = found by measuring
batch_time: target time of a batch; NULL = the setting gradual.batch_time at start
workers: so many share a backfill';

CREATE FUNCTION gradual.explain(script text)
RETURNS TABLE (
    step int, phase text, statement int, action text, target text, sql text,
    lock_mode text, blocks text, cost text, est_rows bigint, reversible text, note text)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_explain';

COMMENT ON FUNCTION gradual.explain(text) IS
'The plan of a script, without defining it: each step with its phase, what it locks
and blocks, what it costs, whether it can be undone, and why it is there.';

CREATE FUNCTION gradual.plan(name text)
RETURNS TABLE (
    step int, phase text, statement int, action text, target text, sql text,
    lock_mode text, blocks text, cost text, est_rows bigint, reversible text, note text)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_plan';

COMMENT ON FUNCTION gradual.plan(text) IS
'The plan of a migration: each step with its phase, what it locks and blocks,
what it costs, whether it can be undone, and why it is there.';

CREATE FUNCTION gradual.preview(
    name text,
    rows int DEFAULT 10)
RETURNS TABLE (statement int, key text, before jsonb, after jsonb)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_preview';

COMMENT ON FUNCTION gradual.preview(text, int) IS
'Rows that the migration''s UPDATE, DELETE and INSERT .. SELECT would change, as they
are and as they would be: tried on copies of some of the rows of each table.
Changes nothing.
rows: at most so many for each statement';

CREATE FUNCTION gradual.rehearse(
    name text,
    max_rows int DEFAULT 1000,
    max_time interval DEFAULT '2 s')
RETURNS TABLE (
    step int, phase text, action text, target text, result text, rows bigint,
    duration interval, locks text, held interval, finding text)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_rehearse';

COMMENT ON FUNCTION gradual.rehearse(text, int, interval) IS
'Run all steps of a migration that has not begun on the real tables, in one
transaction, and undo all of it: for each step what it locks and for how long,
how many rows it changes, and what is in its way. The tables stay locked until
the rehearsal ends, and the application waits as long.
max_rows: at most so many rows are changed by a step
max_time: at most so long is anything locked';

-- Running

CREATE FUNCTION gradual.start(
    name text,
    auto_complete boolean DEFAULT false,
    reset boolean DEFAULT false)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_start';

COMMENT ON FUNCTION gradual.start(text, boolean, boolean) IS
'Start a migration, or go on with a failed or cancelled one from where it stopped.
A background worker takes over when the transaction commits. Returns the status.
auto_complete: complete it at once, and do not stop at ready
reset: roll back first, then start from scratch';

CREATE FUNCTION gradual.complete(
    name text,
    force boolean DEFAULT false)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_complete';

COMMENT ON FUNCTION gradual.complete(text, boolean) IS
'Complete a migration that is ready: the application no longer uses the old shape.
Returns the status.
force: also while somebody still uses a table that the migration drops,
    or while rows are in the quarantine';

CREATE FUNCTION gradual.rollback(
    name text,
    force boolean DEFAULT false)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_rollback';

COMMENT ON FUNCTION gradual.rollback(text, boolean) IS
'Undo a migration whose swap has not happened; the worker is stopped first.
Returns the status.
force: also when rows were changed whose old values are not kept; those changes stay';

CREATE FUNCTION gradual.pause(name text)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_pause';

COMMENT ON FUNCTION gradual.pause(text) IS
'Stop a migration at its next batch, or in the middle of a long statement, to go on
later by gradual.resume(). Returns the status.';

CREATE FUNCTION gradual.resume(name text)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_resume';

COMMENT ON FUNCTION gradual.resume(text) IS
'Go on with a paused or interrupted migration. Returns the status.';

CREATE FUNCTION gradual.cancel(name text)
RETURNS text
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_cancel';

COMMENT ON FUNCTION gradual.cancel(text) IS
'Stop a migration at its next batch, or in the middle of a long statement, and leave
everything in place: gradual.start() goes on, gradual.rollback() undoes it.
Returns the status.';

CREATE FUNCTION gradual.alter(
    name text,
    batch_size int DEFAULT NULL,
    batch_time interval DEFAULT NULL,
    workers int DEFAULT NULL,
    nice float8 DEFAULT NULL)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_alter';

COMMENT ON FUNCTION gradual.alter(text, int, interval, int, float8) IS
'Change settings of a migration, also while it runs; NULL = unchanged.
batch_size: rows of a batch; 0 = found by measuring
batch_time: target time of a batch
workers: so many share a backfill
nice: sleep after a batch, as a multiple of its time';

CREATE PROCEDURE gradual.wait(
    name text,
    timeout interval DEFAULT NULL)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_wait';

COMMENT ON PROCEDURE gradual.wait(text, interval) IS
'Wait until the last request (start, complete or rollback) is fulfilled; raises when
it cannot be. Not in a transaction block.
timeout: raise after this time and leave the migration alone; NULL = wait for ever';

CREATE PROCEDURE gradual.run(
    name text,
    script text DEFAULT NULL)
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_run';

COMMENT ON PROCEDURE gradual.run(text, text) IS
'Define the migration if a script is given, start it, and wait until it is completed.
May be called again. Not in a transaction block.
script: the statements; NULL = it is defined already';

CREATE FUNCTION gradual.retry_quarantined(name text)
RETURNS bigint
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_retry_quarantined';

COMMENT ON FUNCTION gradual.retry_quarantined(text) IS
'Change the rows that raised an error in a backfill, now that they are repaired.
Those that raise again stay in gradual.quarantined.
Returns how many are left there.';

CREATE FUNCTION gradual.run_batch(
    name text,
    OUT processed bigint,
    OUT is_done boolean,
    OUT continue_cursor text)
RETURNS record
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_run_batch';

COMMENT ON FUNCTION gradual.run_batch(text) IS
'Run the next step or batch of a migration in the current transaction, without a worker.
processed: rows changed
is_done: the next stop, ready or completed, is reached
continue_cursor: where it stands';

CREATE FUNCTION gradual.has_run(name text)
RETURNS boolean
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_has_run';

COMMENT ON FUNCTION gradual.has_run(text) IS
'Is the migration completed? False for a name that nobody knows.';

CREATE FUNCTION gradual.forget(name text)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_forget';

COMMENT ON FUNCTION gradual.forget(text) IS
'Remove the record of a migration that is defined, completed or rolled back, of tracked
work that has failed, or of what failed after the swap and cannot be finished.
Its events stay.';

-- Work done outside the database, recorded in the same ledger

CREATE FUNCTION gradual.track_start(name text)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_track_start';

COMMENT ON FUNCTION gradual.track_start(text) IS
'Record that work outside the database begins; begins a failed one anew.
Raises if it is running or completed.';

CREATE FUNCTION gradual.track_progress(name text, processed bigint)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_track_progress';

COMMENT ON FUNCTION gradual.track_progress(text, bigint) IS
'Add to the rows processed by work outside the database.
processed: rows done since the last call';

CREATE FUNCTION gradual.track_complete(name text)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_track_complete';

COMMENT ON FUNCTION gradual.track_complete(text) IS
'Record that work outside the database is completed.';

CREATE FUNCTION gradual.track_fail(name text, error text)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_track_fail';

COMMENT ON FUNCTION gradual.track_fail(text, text) IS
'Record that work outside the database has failed.
error: why';

-- Internal

CREATE FUNCTION gradual.sync()
RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_sync';

COMMENT ON FUNCTION gradual.sync() IS
'Internal: the trigger that keeps the new shape of a table in step with the old one.';

CREATE FUNCTION gradual.copy_privileges(from_relation text, to_relation text)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_copy_privileges';

COMMENT ON FUNCTION gradual.copy_privileges(text, text) IS
'Internal: grant on the view under a table''s new name what is granted on the table.';

CREATE FUNCTION gradual.refuse_dependents(view text)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_refuse_dependents';

COMMENT ON FUNCTION gradual.refuse_dependents(text) IS
'Internal: raise if other objects depend on the view under a table''s new name.';

CREATE FUNCTION gradual.carry()
RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_carry';

COMMENT ON FUNCTION gradual.carry() IS
'Internal: the trigger that carries changes of a table over to its copy. Arguments: the migration and the number of the statement that copies.';

CREATE FUNCTION gradual.carry_refused(migration int, statement int, source regclass)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_carry_refused';

COMMENT ON FUNCTION gradual.carry_refused(int, int, regclass) IS
'Internal: carry over once more what the copy has refused, and raise if it still does.';

CREATE FUNCTION gradual.unconvertible(relation regclass, shadow text, expression text)
RETURNS TABLE (leaf oid, address tid)
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_unconvertible';

COMMENT ON FUNCTION gradual.unconvertible(regclass, text, text) IS
'Internal: the rows whose value does not convert to the new type of a column.';

CREATE FUNCTION gradual.require_convertible(relation regclass, shadow text, expression text)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_require_convertible';

COMMENT ON FUNCTION gradual.require_convertible(regclass, text, text) IS
'Internal: raises if a value does not convert to the new type of a column.';

CREATE FUNCTION gradual.require_sync(relation regclass, trigger name)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_require_sync';

COMMENT ON FUNCTION gradual.require_sync(regclass, name) IS
'Internal: raises if a sync trigger of a table was dropped or disabled.';

CREATE FUNCTION gradual.require_known(relation regclass, "column" text, known text[], needed text[], state text)
RETURNS void
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_require_known';

COMMENT ON FUNCTION gradual.require_known(regclass, text, text[], text[], text) IS
'Internal: raises if something hangs on a column, or is said about it, of which the plan knows nothing, or something that it needs does not any more.';

CREATE FUNCTION gradual.move_identity(relation regclass, "from" text, "to" text)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_move_identity';

COMMENT ON FUNCTION gradual.move_identity(regclass, text, text) IS
'Internal: gives the identity of a column to another one of the same table.';

CREATE FUNCTION gradual.move_marks(relation regclass, "from" text, "to" text)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_move_marks';

COMMENT ON FUNCTION gradual.move_marks(regclass, text, text) IS
'Internal: gives grants and comment of a column to another one of the same table, and its name in indexes.';

CREATE FUNCTION gradual.replace_index("from" regclass, "to" regclass)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_replace_index';

COMMENT ON FUNCTION gradual.replace_index(regclass, regclass) IS
'Internal: gives name, comment and marks of an index to another one of the same table.';

CREATE FUNCTION gradual.constrain_index(index regclass, is_primary boolean, is_deferrable boolean,
    initially_deferred boolean)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_constrain_index';

COMMENT ON FUNCTION gradual.constrain_index(regclass, boolean, boolean, boolean) IS
'Internal: makes a unique index the index of a constraint of its name, with those of its partitions.';

CREATE FUNCTION gradual.worker_alive(migration int, range int)
RETURNS boolean
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_sql_worker_alive';

COMMENT ON FUNCTION gradual.worker_alive(int, int) IS
'Internal: is a worker of the migration with this id, or of this range of its backfill, alive?';

CREATE FUNCTION gradual.name_parts(table_name regclass, "from" name, "to" name)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_name_parts';

COMMENT ON FUNCTION gradual.name_parts(regclass, name, name) IS
'Internal: gives the names of the parts of a foreign key of, or to, a partitioned table to those of another one.';

CREATE FUNCTION gradual.follow_foreign_key(table_name regclass, "from" name, "to" name)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_follow_foreign_key';

COMMENT ON FUNCTION gradual.follow_foreign_key(regclass, name, name) IS
'Internal: makes a foreign key deferrable and enforced as another one is by now, with its comment.';

CREATE FUNCTION gradual.settle_foreign_key(table_name regclass, constraint_name name)
RETURNS void
LANGUAGE C STRICT AS 'MODULE_PATHNAME', 'gradual_settle_foreign_key';

COMMENT ON FUNCTION gradual.settle_foreign_key(regclass, name) IS
'Internal: mark the parts of a validated foreign key to a partitioned table as valid.';

CREATE FUNCTION gradual.preview_row()
RETURNS trigger
LANGUAGE C AS 'MODULE_PATHNAME', 'gradual_preview_row';

COMMENT ON FUNCTION gradual.preview_row() IS
'Internal: the trigger by which gradual.preview() sees rows.';
