/*
 * steps.c
 *	  The steps of a migration's plan and how far each of them is.
 *
 * A fenced write holds the migration's row FOR KEY SHARE to its commit: a claim
 * waits for it, a request of a user does not.
 */
#include "postgres.h"

#include "access/xact.h"

#include "base/spi.h"
#include "ledger/ledger.h"
#include "ledger/own.h"
#include "ledger/steps.h"

static void insert_step(int32 id, const GradualStep *step);
static GradualStep *read_step(const GradualRow *row);
static void read_work(GradualStep *step, const GradualRow *row, int column);

void
gradual_ledger_store_steps(int32 id, List *steps)
{
	ListCell   *lc;

	gradual_ledger_delete_parts(id);
	foreach(lc, steps)
		insert_step(id, lfirst(lc));
}

/*
 * 'weight' is the step's share in the progress shown: the pages that it reads,
 * times what a page costs (measured: 20 to change its rows, 5 to index them, 1
 * to read them).  It is fixed here, since a weight that moved while it runs
 * could make progress fall.
 * The size of the table comes from the catalog's estimate, without a lock.
 */
static void
insert_step(int32 id, const GradualStep *step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_int(&args, step->step);
	gradual_args_text(&args, gradual_phase_name(step->phase));
	gradual_args_int(&args, step->statement);
	gradual_args_text(&args, step->action);
	gradual_args_text(&args, step->target);
	gradual_args_text(&args, step->sql);
	gradual_args_text(&args, step->lock_mode);
	gradual_args_text(&args, step->blocks);
	gradual_args_text(&args, step->cost);
	gradual_args_bigint(&args, step->est_rows);
	gradual_args_text(&args, step->reversible);
	gradual_args_text(&args, step->note);
	gradual_args_text(&args, gradual_step_kind_name(step->kind));
	gradual_args_int(&args, step->transaction);
	gradual_args_text_list(&args, step->lock_tables);
	gradual_args_text_list(&args, step->commands);
	gradual_args_text_list(&args, step->undo);
	gradual_args_text(&args, step->undo_query);
	gradual_args_bool(&args, step->undo_concurrently);
	gradual_args_text_list(&args, step->settings);
	gradual_args_text(&args, step->index);
	gradual_args_text(&args, gradual_source_name(step->source));
	gradual_args_text(&args, gradual_proof_name(step->proof));
	gradual_args_text(&args, step->proof_column);
	gradual_args_bool(&args, step->is_delete);
	gradual_args_bool(&args, step->fill);
	gradual_args_bool(&args, step->chase);
	gradual_args_text(&args, step->check);
	gradual_args_text(&args, gradual_step_status_name(step->status));
	gradual_args_int(&args, step->attempts);
	gradual_args_float(&args, step->longest_lock_wait);
	gradual_args_text_list(&args, step->lock_modes);
	gradual_args_text_list(&args, step->undo_checks);
	gradual_args_bool(&args, step->quiet);
	gradual_args_text(&args, step->walks);
	gradual_args_bool(&args, step->carries);
	gradual_args_text_list(&args, step->drops);
	gradual_args_int(&args, step->goes_with);
	gradual_args_text_list(&args, step->empties);
	gradual_args_text_list(&args, step->undo_tables);
	gradual_own_run("INSERT INTO gradual.migration_step"
					" (migration, step, phase, statement, action, target, sql, lock_mode,"
					" blocks, cost, est_rows, reversible, note, kind, transaction,"
					" lock_tables, commands, undo, undo_query, undo_concurrently, settings,"
					" index, source, proof, proof_column, is_delete, fill, chase, \"check\","
					" weight, status, attempts, longest_lock_wait, lock_modes,"
					" undo_checks, quiet, walks, carries, drops, goes_with, empties,"
					" undo_tables)"
					" VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,"
					" $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28, $29,"
					" CASE WHEN $14 IN ('backfill', 'index', 'scan') THEN"
					"  CASE $14 WHEN 'backfill' THEN 20 WHEN 'index' THEN 5 ELSE 1 END *"
					"  greatest(1, $11 / 50, (SELECT c.relpages FROM pg_catalog.pg_class c"
					"   JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
					"   WHERE pg_catalog.concat(pg_catalog.quote_ident(n.nspname), '.',"
					"    pg_catalog.quote_ident(c.relname)) = $6))"
					"  ELSE 1 END, $30, $31, $32, $33, $34, $35, $36, $37, $38, $39, $40, $41)", &args);
}

List *
gradual_ledger_steps(int32 id)
{
	GradualArgs args = {0};
	List	   *steps = NIL;
	ListCell   *lc;

	gradual_args_int(&args, id);
	foreach(lc, gradual_own_rows("SELECT step, phase, statement, action, target, sql, lock_mode,"
								 " blocks, cost, est_rows, reversible, note, status, attempts,"
								 " longest_lock_wait, kind, transaction, lock_tables, commands,"
								 " undo, undo_query, undo_concurrently, settings, index, source,"
								 " proof, proof_column, is_delete, fill, chase, \"check\", lock_modes,"
								 " undo_checks, quiet, walks, carries, drops, goes_with, empties,"
								 " undo_tables"
								 " FROM gradual.migration_step WHERE migration = $1"
								 " ORDER BY step", &args))
		steps = lappend(steps, read_step(lfirst(lc)));
	return steps;
}

static GradualStep *
read_step(const GradualRow *row)
{
	GradualStep *step = palloc0(sizeof(GradualStep));

	step->step = gradual_row_int(row, 1, 0);
	step->phase = gradual_phase_parse(gradual_row_text(row, 2));
	step->statement = gradual_row_int(row, 3, 0);
	step->action = gradual_row_text(row, 4);
	step->target = gradual_row_text(row, 5);
	step->sql = gradual_row_text(row, 6);
	step->lock_mode = gradual_row_text(row, 7);
	step->blocks = gradual_row_text(row, 8);
	step->cost = gradual_row_text(row, 9);
	step->est_rows = gradual_row_bigint(row, 10, 0);
	step->reversible = gradual_row_text(row, 11);
	step->note = gradual_row_text(row, 12);
	step->status = gradual_step_status_parse(gradual_row_text(row, 13));
	step->attempts = gradual_row_int(row, 14, 0);
	step->longest_lock_wait = gradual_row_float(row, 15, 0);
	read_work(step, row, 16);
	return step;
}

static void
read_work(GradualStep *step, const GradualRow *row, int column)
{
	step->kind = gradual_step_kind_parse(gradual_row_text(row, column++));
	step->transaction = gradual_row_int(row, column++, 0);
	step->lock_tables = gradual_row_text_list(row, column++);
	step->commands = gradual_row_text_list(row, column++);
	step->undo = gradual_row_text_list(row, column++);
	step->undo_query = gradual_row_text(row, column++);
	step->undo_concurrently = gradual_row_bool(row, column++, false);
	step->settings = gradual_row_text_list(row, column++);
	step->index = gradual_row_text(row, column++);
	step->source = gradual_source_parse(gradual_row_text(row, column++));
	step->proof = gradual_proof_parse(gradual_row_text(row, column++));
	step->proof_column = gradual_row_text(row, column++);
	step->is_delete = gradual_row_bool(row, column++, false);
	step->fill = gradual_row_bool(row, column++, false);
	step->chase = gradual_row_bool(row, column++, false);
	step->check = gradual_row_text(row, column++);
	step->lock_modes = gradual_row_text_list(row, column++);
	step->undo_checks = gradual_row_text_list(row, column++);
	step->quiet = gradual_row_bool(row, column++, false);
	step->walks = gradual_row_text(row, column++);
	step->carries = gradual_row_bool(row, column++, false);
	step->drops = gradual_row_text_list(row, column++);
	step->goes_with = gradual_row_int(row, column++, 0);
	step->empties = gradual_row_text_list(row, column++);
	step->undo_tables = gradual_row_text_list(row, column++);
}

void
gradual_ledger_store_undo(int32 id, const GradualStep *step)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_int(&args, step->step);
	gradual_args_text_list(&args, step->undo);
	gradual_args_text_list(&args, step->undo_checks);
	gradual_own_run("UPDATE gradual.migration_step SET undo = $3, undo_checks = $4"
					" WHERE migration = $1 AND step = $2", &args);
}

bool
gradual_ledger_step_status(int32 id, int64 fence, int step, GradualStepStatus status,
						   const char *error)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_bigint(&args, fence);
	gradual_args_int(&args, step);
	gradual_args_text(&args, gradual_step_status_name(status));
	gradual_args_text(&args, error);
	if (status == GRADUAL_STEP_DONE)
		ForceSyncCommit();
	return gradual_own_run("UPDATE gradual.migration_step s SET status = $4, error = $5,"
						   " started_at = CASE WHEN $4 = 'pending' THEN NULL"
						   "  WHEN $4 = 'running' AND s.status <> 'running' OR s.started_at IS NULL"
						   "  THEN pg_catalog.clock_timestamp() ELSE s.started_at END,"
						   " finished_at = CASE WHEN $4 IN ('pending', 'running') THEN NULL"
						   "  WHEN $4 IN ('done', 'failed')"
						   "  THEN pg_catalog.clock_timestamp() ELSE s.finished_at END"
						   " FROM (SELECT id FROM gradual.migration"
						   "  WHERE id = $1 AND ($2 < 0 OR incarnation = $2) FOR KEY SHARE) m"
						   " WHERE s.migration = m.id AND s.step = $3", &args) == 1;
}

void
gradual_ledger_step_attempt(int32 id, int step, double lock_wait_ms)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_int(&args, step);
	gradual_args_float(&args, lock_wait_ms);
	gradual_own_run("UPDATE gradual.migration_step SET attempts = attempts + 1,"
					" longest_lock_wait = greatest(longest_lock_wait, $3)"
					" WHERE migration = $1 AND step = $2", &args);
}
