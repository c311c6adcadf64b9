/*
 * fill.c
 *	  A backfill as a step: one batch a tick, between its reasons to wait.
 *
 * Invariants: rows and cursor commit together; the batch's transaction never
 * waits for a row longer than 50 ms; nothing is waited for while it is open.
 *
 * If we crash here the ledger's cursor is where the last commit left it, and
 * what is in memory is opened anew from it.
 */
#include "postgres.h"

#include <math.h>

#include "access/table.h"
#include "access/transam.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "backfill/mark.h"
#include "backfill/page.h"
#include "backfill/report.h"
#include "base/errors.h"
#include "base/guc.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/spi.h"
#include "base/testpoint.h"
#include "base/txn.h"
#include "ledger/event.h"
#include "ledger/quarantine.h"
#include "ledger/steps.h"
#include "run/ddl.h"
#include "run/fill.h"
#include "run/manners.h"
#include "run/ranges.h"

/* How long the others go first, in ms. */
#define AWAITED_MS 100

/*
 * Rows and cursor are lost together, so only the last commit has to be synchronous;
 * but after a crash in code of the user all of them, so that the next one comes
 * at the same place if a row is the cause.
 */
static void
commit_asynchronously(const GradualRun *run)
{
	if (run->migration->vanished > 0)
		return;
	(void) set_config_option("synchronous_commit", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * The step whose cursor the work goes on from.  In prepare it is the fill that
 * the chase belongs to: rows that were added while and after it ran.
 */
static GradualStep *
step_of_cursor(GradualRun *run, GradualStep *step)
{
	List	   *steps;
	ListCell   *lc;

	if (step->phase != GRADUAL_PREPARE)
		return step;
	steps = gradual_ledger_steps(run->id);
	foreach(lc, steps)
	{
		GradualStep *fill = lfirst(lc);

		if (fill->kind == GRADUAL_STEP_BACKFILL && fill->statement == step->statement &&
			fill->phase < GRADUAL_PREPARE)
			return fill;
	}
	elog(ERROR, "step %d chases no fill", step->step);
	return NULL;
}

static void
open_backfill(GradualRun *run, GradualStep *step)
{
	run->backfill = gradual_backfill_open(run->migration, step_of_cursor(run, step),
										  run->range, run->context, run->foreground,
										  run->migration->started_at);
	run->backfill_step = step->step;
	for (int i = 0; i < run->failed_attempts; i++)
		gradual_backfill_shrink(run->backfill);
	gradual_backfill_suspect(run->backfill, run->suspects);
	if (step->phase == GRADUAL_PREPARE)
		gradual_backfill_chase(run->backfill);
}

/* Another session may have driven it since: nothing fences those off. */
static bool
is_current(GradualRun *run, GradualStep *step)
{
	return run->backfill_step == step->step &&
		(!run->foreground || gradual_backfill_is_current(run->backfill));
}

static void
report_batch(GradualRun *run, GradualStep *step, const GradualBatch *batch,
			 GradualTick *tick)
{
	tick->batch = true;
	tick->processed = batch->processed;
	tick->position = batch->position;
	tick->reopen = batch->reopen;
	if (batch->event != NULL)
		gradual_ledger_event(run->migration->name, "note", step->step, batch->event);
	if (batch->outcome == GRADUAL_BATCH_WAIT)
	{
		tick->outcome = GRADUAL_WAIT;
		tick->wait_ms = batch->wait_ms;
		tick->activity = batch->activity;
	}
}

void
gradual_fill_prepare(GradualRun *run)
{
	List	   *steps = gradual_ledger_steps(run->id);
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->kind == GRADUAL_STEP_BACKFILL && step->status == GRADUAL_STEP_PENDING &&
			step->proof == GRADUAL_PROOF_ATTRIBUTES)
			gradual_marks_store(run->migration, step);
	}
}

void
gradual_fill_undone(GradualRun *run, GradualStep *step)
{
	gradual_marks_keep(run->migration, step);
	gradual_quarantine_clear(run->id, step->step);
}

/*
 * Another worker claimed the range, which can only be if user code dropped our
 * lock; of the whole step, if it took the migration over.
 */
static void
fenced(GradualRun *run)
{
	if (run->range > 0)
		ereport(ERROR,
				(errcode(ERRCODE_T_R_SERIALIZATION_FAILURE),
				 errmsg("range %d was taken over by another worker", run->range)));
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("migration \"%s\" was taken over by another worker",
					run->migration->name)));
}

/* Have a backfill open; false if the tick has nothing to do with one. */
static bool
be_open(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	if (run->backfill != NULL && !is_current(run, step))
		gradual_fill_close(run);
	if (run->backfill == NULL)
	{
		if (!gradual_ranges_choose(run, step, tick))
			return false;
		open_backfill(run, step);
	}
	if (!gradual_backfill_divide(run->backfill))
		return true;
	gradual_fill_close(run);
	run->divided = true;
	return false;
}

/* Raises when there are more of them than the migration allows. */
static void
check_errors(GradualRun *run)
{
	int64		max = run->migration->max_errors;

	if (max == 0 || gradual_quarantine_count(run->id) < max)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg("more than " INT64_FORMAT " rows raise errors", max),
			 errdetail("The last of them: %s", run->bad_message),
			 errhint("TABLE gradual.quarantined; shows them. Repair them, SELECT gradual.retry_quarantined(%s), then start the migration again.",
					 quote_literal_cstr(run->migration->name))));
}

static bool
leave_out(GradualRun *run, GradualTick *tick)
{
	check_errors(run);
	tick->left_out = true;
	return gradual_backfill_leave_out(run->backfill, run->bad, run->bad_sqlstate,
									  run->bad_message);
}

bool
gradual_fill_batch(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	GradualIdentity identity;
	GradualBatch batch = {0};
	bool		ours = true;
	bool		open;

	tick->step = step->step;
	GRADUAL_TESTPOINT("before-batch");
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	gradual_script_statement = step->statement;
	if (step->quiet)
		gradual_identity_silence_triggers();
	commit_asynchronously(run);
	tick->user_code = true;
	open = be_open(run, step, tick);
	if (open && run->bad != NULL)
		ours = leave_out(run, tick);
	else if (open)
		ours = gradual_backfill_batch(run->backfill, &batch);
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	if (!ours)
		fenced(run);
	if (!open || tick->left_out)
		return false;

	report_batch(run, step, &batch, tick);
	GRADUAL_TESTPOINT("before-batch-commit");
	tick->awaited = gradual_lock_awaited();
	if (batch.outcome != GRADUAL_BATCH_DONE)
		return false;
	tick->range_done = run->range > 0;
	if (tick->range_done)
		return false;
	gradual_txn_await_no_standby();
	gradual_step_finish(run, step, GRADUAL_STEP_DONE);
	return true;
}

static void
forget_failed(GradualRun *run)
{
	gradual_suspects_free(run->failed);
	run->failed = NULL;
}

static void
forget_bad(GradualRun *run)
{
	gradual_suspects_free(run->bad);
	run->bad = NULL;
}

/* With the step itself nothing is left that may raise. */
static void
clear_suspects(GradualRun *run)
{
	if (run->suspects == NULL ||
		(gradual_suspects_committed(run->suspects) && run->steps != NIL))
		return;
	gradual_backfill_suspect(run->backfill, NULL);
	gradual_suspects_free(run->suspects);
	run->suspects = NULL;
}

/*
 * The duty cycle: a sleep as long as the batch took, times nice.  Who waited for
 * rows of the batch has got them by its commit, and shall get on before we take
 * the next ones.
 */
static void
rest_after_batch(GradualRun *run, GradualTick *tick, double elapsed_ms)
{
	double		owed = run->rest_owed + elapsed_ms * run->migration->nice;

	if (tick->outcome != GRADUAL_AGAIN)
		return;
	tick->wait_ms = floor(owed);
	run->rest_owed = owed - tick->wait_ms;
	if (tick->awaited)
	{
		tick->wait_ms = Max(tick->wait_ms, AWAITED_MS);
		tick->activity = pstrdup("throttled: another session waited for rows of the last batch");
	}
	if (tick->wait_ms > 0)
		tick->outcome = GRADUAL_WAIT;
}

void
gradual_fill_committed(GradualRun *run, GradualTick *tick, double elapsed_ms)
{
	forget_failed(run);
	if (tick->left_out)
	{
		/* opened again it knows which rows to leave out */
		forget_bad(run);
		gradual_fill_close(run);
	}
	if (run->backfill == NULL || !tick->batch)
		return;
	elapsed_ms = gradual_backfill_committed(run->backfill, elapsed_ms);
	clear_suspects(run);
	if (tick->range_done || tick->reopen)
		gradual_fill_close(run);
	if (tick->range_done)
		gradual_ranges_release(run);
	if (tick->processed > 0)
		gradual_manners_reset(run);
	rest_after_batch(run, tick, elapsed_ms);
}

void
gradual_fill_aborted(GradualRun *run)
{
	forget_failed(run);
	forget_bad(run);
	if (run->backfill != NULL)
		run->failed = gradual_backfill_suspects(run->backfill, run->context);
	gradual_fill_close(run);
}

/* Can a row be the cause?  Not of waits, of ends, nor of what the server lacks. */
static bool
is_of_a_row(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
		case ERRCODE_INTERNAL_ERROR:
			return false;
		default:
			return sqlerrcode != ERRCODE_LOCK_NOT_AVAILABLE;
	}
}

bool
gradual_fill_halve(GradualRun *run, const ErrorData *error)
{
	if (run->failed == NULL || run->failed->count == 1 || !is_of_a_row(error->sqlerrcode))
		return false;
	gradual_suspects_free(run->suspects);
	run->suspects = run->failed;
	run->failed = NULL;
	return true;
}

bool
gradual_fill_quarantine(GradualRun *run, const ErrorData *error)
{
	/* a first tick that fails may not have read the migration */
	if (run->failed == NULL || run->failed->count > 1 || !run->migration->quarantine ||
		!is_of_a_row(error->sqlerrcode))
		return false;
	gradual_suspects_free(run->suspects);
	run->suspects = NULL;
	run->bad = run->failed;
	run->failed = NULL;
	run->bad_sqlstate = error->sqlerrcode;
	run->bad_message = MemoryContextStrdup(run->bad->context, error->message);
	return true;
}

char *
gradual_fill_failed_row(GradualRun *run, const ErrorData *error)
{
	GradualIdentity identity;
	char	   *row;

	if (run->failed == NULL || run->failed->count > 1 || !is_of_a_row(error->sqlerrcode))
		return NULL;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_lock_timeouts(GRADUAL_ROW_LOCK_MS, GRADUAL_ROW_DEADLOCK_MS);
	row = gradual_report_suspect(run->failed);
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	return row;
}

void
gradual_fill_close(GradualRun *run)
{
	if (run->backfill != NULL)
		gradual_backfill_close(run->backfill);
	run->backfill = NULL;
}

/* Who holds the row that a SELECT of the target has just found; NULL = nobody any more */
static char *
holder_of_row(Oid table, unsigned int block, unsigned int offset)
{
	Relation	rel = table_open(table, NoLock);
	ItemPointerData tid;
	TransactionId holder;

	ItemPointerSet(&tid, block, offset);
	holder = gradual_page_row_holder(rel, &tid);
	table_close(rel, NoLock);
	return TransactionIdIsValid(holder) ? gradual_report_transaction(holder) : NULL;
}

/* 'while updating tuple (3,5) in relation "t"' */
char *
gradual_fill_row_holder(GradualRun *run, int step, const ErrorData *error)
{
	GradualIdentity identity;
	const char *place = error->context == NULL ? NULL : strchr(error->context, '(');
	List	   *steps = gradual_ledger_steps(run->id);
	const GradualStep *failed;
	unsigned int block,
				offset;
	char	   *holder = NULL;
	ListCell   *lc;

	if (place == NULL || sscanf(place, "(%u,%u)", &block, &offset) != 2 ||
		step < 1 || step > list_length(steps))
		return NULL;

	/* the row of a copy is one of its source, or of its target */
	failed = list_nth(steps, step - 1);
	if (failed->walks != NULL)
		return NULL;
	gradual_identity_enter_role(&identity, run->migration->owner);
	foreach(lc, gradual_spi_rows(psprintf("SELECT tableoid FROM %s WHERE ctid = '(%u,%u)'",
										  failed->target, block, offset), NULL))
	{
		if (holder == NULL)
			holder = holder_of_row(gradual_row_oid(lfirst(lc), 1), block, offset);
	}
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	return holder;
}
