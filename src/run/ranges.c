/*
 * ranges.c
 *	  Which cursor of a backfill a run works at.
 *
 * Whoever works at a range holds its lock for the session, so that the others
 * see that somebody does; a range whose lock is free is to be had, whoever had
 * it before.  What keeps the rows right is not the lock but the claim: it counts
 * the incarnation of the range's cursor up, so that nobody who claimed it before
 * can commit a batch any more.
 *
 * If we crash here the locks are gone, and the ranges go on where their cursors
 * are.
 */
#include "postgres.h"

#include "miscadmin.h"

#include "backfill/divide.h"
#include "base/guc.h"
#include "base/lock.h"
#include "ledger/claim.h"
#include "ledger/cursor.h"
#include "ledger/own.h"
#include "run/ranges.h"

/* How often the leader looks whether the others are done; they wake it, too. */
#define OTHERS_MS 100

void
gradual_ranges_release(GradualRun *run)
{
	if (run->range > 0 && !run->foreground)
		gradual_worker_lock_release(run->id, run->range);
	run->range = 0;
}

bool
gradual_ranges_held(GradualRun *run)
{
	return run->range == 0 || run->foreground ||
		gradual_worker_lock_try(run->id, run->range);
}

/* run_batch() needs no lock: nothing else runs beside it, or it waits for that. */
static bool
claim(GradualRun *run, const GradualStep *step, int range)
{
	if (!run->foreground && !gradual_worker_lock_try(run->id, range))
		return false;
	run->range = range;
	if (gradual_cursor_claim(run->id, step->step, range,
							 run->foreground ? -1 : run->incarnation, MyProcPid))
		return true;
	gradual_ranges_release(run);
	return false;
}

/* The one that we have already, or the first that is to be had */
static bool
claim_one(GradualRun *run, const GradualStep *step, List *ranges)
{
	ListCell   *lc;

	if (run->range > 0 && claim(run, step, run->range))
		return true;
	foreach(lc, ranges)
	{
		const GradualCursor *cursor = lfirst(lc);

		if (!cursor->done && claim(run, step, cursor->range))
			return true;
	}
	return false;
}

static bool
all_done(List *ranges)
{
	ListCell   *lc;

	foreach(lc, ranges)
	{
		if (!((GradualCursor *) lfirst(lc))->done)
			return false;
	}
	return true;
}

/* Between two ranges a helper gives its place up to others. */
static bool
is_welcome(GradualRun *run)
{
	return run->helper == 0 || run->range > 0 ||
		gradual_ledger_others_at_work() < gradual_max_workers;
}

bool
gradual_ranges_choose(GradualRun *run, const GradualStep *step, GradualTick *tick)
{
	List	   *ranges = gradual_cursor_ranges(run->id, step->step);
	bool		had_one = run->range > 0;

	run->divided = ranges != NIL;
	if (ranges == NIL)
	{
		gradual_ranges_release(run);
		if (run->helper > 0)
			tick->outcome = GRADUAL_STOP;
		return run->helper == 0;
	}

	/*
	 * A new claim is committed before the first batch: from then on a helper
	 * counts as a worker, and a crash as one in this range.
	 */
	if (is_welcome(run) && claim_one(run, step, ranges))
		return had_one || run->foreground;
	if (run->helper > 0)
		tick->outcome = GRADUAL_STOP;
	else if (!all_done(ranges))
	{
		tick->outcome = GRADUAL_WAIT;
		tick->wait_ms = OTHERS_MS;
		tick->activity = NULL;
	}
	else if (!gradual_divide_join(run->id, step, run->incarnation))
		gradual_own_fenced(run->id);
	return false;
}
