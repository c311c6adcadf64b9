/*
 * snapshots.c
 *	  Waiting for transactions that see the database as it was.
 *
 * A column that takes the place of another in the swap was filled some time
 * before.  Who has a snapshot from before that would read NULL in it, without a
 * word.  Whoever takes a snapshot later sees the values, so only those count that
 * are there when the step begins.  They are kept in memory: after a crash of
 * the worker the next one looks anew.
 */
#include "postgres.h"

#include "storage/procarray.h"
#include "access/transam.h"
#include "storage/proc.h"
#include "utils/memutils.h"

#include "base/clock.h"
#include "base/errors.h"
#include "base/lock.h"
#include "run/manners.h"
#include "run/snapshots.h"

/* How often to look again, in ms. */
#define LOOK_AGAIN_MS 50

static void
look(GradualRun *run, const GradualStep *step)
{
	MemoryContext caller = MemoryContextSwitchTo(run->context);

	run->waits = GetCurrentVirtualXIDs(ReadNextTransactionId(), true, false,
									   PROC_IS_AUTOVACUUM | PROC_IN_VACUUM, &run->nwaits);
	run->waits_step = step->step;
	MemoryContextSwitchTo(caller);
}

bool
gradual_snapshots_gone(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	char	   *holder = NULL;

	if (run->waits_step != step->step)
		look(run, step);
	while (run->nwaits > 0 && holder == NULL)
	{
		if (!VirtualXactLock(run->waits[run->nwaits - 1], false))
			holder = gradual_lock_transaction(run->waits[run->nwaits - 1]);
		if (holder == NULL)
			run->nwaits--;
	}
	if (holder == NULL)
	{
		run->waits_step = 0;
		return true;
	}
	if (run->waiting_since == 0)
		run->waiting_since = gradual_clock_ms();
	if (gradual_manners_patience_over(run))
	{
		run->waits_step = 0;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("a snapshot of %s is older than the new values", step->target),
				 errdetail("It is held by %s, who would read NULL from the new column.", holder),
				 errhint("End that transaction, then complete again; setting gradual.lock_patience allows for longer waits.")));
	}
	tick->outcome = GRADUAL_WAIT;
	tick->wait_ms = LOOK_AGAIN_MS;
	tick->activity = psprintf("waiting for an old snapshot held by %s", holder);
	return false;
}
