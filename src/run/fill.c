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

#include "utils/guc.h"
#include "utils/timestamp.h"

#include "backfill/throttle.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/testpoint.h"
#include "run/ddl.h"
#include "run/fill.h"

/* Longest wait for a row, and when a deadlock of ours is looked for, in ms. */
#define ROW_LOCK_WAIT_MS 50
#define ROW_DEADLOCK_MS 40

/* How often throttle_query is asked, and when one batch goes through anyway. */
#define THROTTLE_ASK_MS 1000
#define THROTTLE_LET_THROUGH_MS 60000

/* Rows and cursor are lost together, so only the last commit has to be synchronous. */
static void
commit_asynchronously(void)
{
	(void) set_config_option("synchronous_commit", "off", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

static void
commit_synchronously(void)
{
	(void) set_config_option("synchronous_commit", "on", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}

/* Does the throttle hold the next batch back?  Asked between batches only. */
static bool
throttled(GradualRun *run, GradualTick *tick)
{
	TimestampTz now = GetCurrentTimestamp();
	char	   *reason;

	if (run->foreground || !gradual_throttle_wanted() ||
		!TimestampDifferenceExceeds(run->throttle_asked, now, THROTTLE_ASK_MS))
		return false;
	run->throttle_asked = now;
	reason = gradual_throttle_reason();
	if (reason == NULL)
	{
		run->throttled_since = 0;
		return false;
	}
	if (run->throttled_since == 0)
		run->throttled_since = now;
	if (TimestampDifferenceExceeds(run->throttled_since, now, THROTTLE_LET_THROUGH_MS))
	{
		run->throttled_since = now;
		return false;
	}

	/* asked again at once when the wait is over: a batch needs a fresh answer */
	run->throttle_asked = 0;
	tick->outcome = GRADUAL_WAIT;
	tick->wait_ms = THROTTLE_ASK_MS;
	tick->activity = reason;
	return true;
}

static void
open_backfill(GradualRun *run, GradualStep *step)
{
	run->backfill = gradual_backfill_open(run->migration, step, run->context,
										  run->foreground,
										  run->migration->started_at);
	run->backfill_step = step->step;
	if (run->shrink)
		gradual_backfill_shrink(run->backfill);
	run->shrink = false;
	if (step->phase >= GRADUAL_PREPARE)
		gradual_backfill_chase(run->backfill);
}

static void
report_batch(GradualRun *run, GradualStep *step, const GradualBatch *batch,
			 GradualTick *tick)
{
	tick->batch = true;
	tick->processed = batch->processed;
	tick->position = batch->position;
	if (batch->event != NULL)
		gradual_ledger_event(run->migration->name, "note", step->step, batch->event);
	if (batch->outcome == GRADUAL_BATCH_WAIT)
	{
		tick->outcome = GRADUAL_WAIT;
		tick->wait_ms = batch->wait_ms;
		tick->activity = batch->activity;
	}
}

bool
gradual_fill_batch(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	GradualIdentity identity;
	GradualBatch batch = {0};
	bool		ours;

	tick->step = step->step;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	gradual_lock_timeouts(ROW_LOCK_WAIT_MS, ROW_DEADLOCK_MS);
	commit_asynchronously();
	if (throttled(run, tick))
	{
		gradual_identity_leave(&identity);
		return false;
	}
	if (run->backfill != NULL && run->backfill_step != step->step)
		gradual_fill_aborted(run);
	if (run->backfill == NULL)
		open_backfill(run, step);
	tick->user_code = true;
	ours = gradual_backfill_batch(run->backfill, &batch);
	gradual_identity_leave(&identity);
	if (!ours)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" was taken over by another worker",
						run->migration->name)));

	report_batch(run, step, &batch, tick);
	GRADUAL_TESTPOINT("before-batch-commit");
	if (batch.outcome != GRADUAL_BATCH_DONE)
		return false;
	commit_synchronously();
	gradual_step_finish(run, step, GRADUAL_STEP_DONE);
	return true;
}

void
gradual_fill_committed(GradualRun *run, GradualTick *tick, double elapsed_ms)
{
	if (run->backfill == NULL || !tick->batch)
		return;
	gradual_backfill_committed(run->backfill, elapsed_ms);
	if (tick->outcome == GRADUAL_AGAIN && run->migration->nice > 0 && tick->processed > 0)
	{
		tick->outcome = GRADUAL_WAIT;
		tick->wait_ms = elapsed_ms * run->migration->nice;
	}
}

void
gradual_fill_aborted(GradualRun *run)
{
	if (run->backfill != NULL)
		gradual_backfill_close(run->backfill);
	run->backfill = NULL;
}
