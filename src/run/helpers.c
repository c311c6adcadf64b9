/*
 * helpers.c
 *	  Starting the workers that share a backfill with the leader.
 *
 * A helper is a worker like the leader, with the same loop and the same ticks,
 * but it only works at ranges, and only while its leader lives.  Nothing depends
 * on it: a range that a helper leaves is taken by another or by the leader, so
 * with too few of them, or none, the work is done all the same.
 *
 * If we crash here the helpers leave with their leader, and the next leader
 * starts others.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/clock.h"
#include "base/guc.h"
#include "base/lock.h"
#include "base/txn.h"
#include "ledger/claim.h"
#include "ledger/cursor.h"
#include "run/helpers.h"

/* How often to look whether a missing one can be started, in ms. */
#define LOOK_MS 1000

/* What one look found */
typedef struct Look
{
	GradualRun *run;
	int			ranges;			/* that nobody works at */
	int			places;			/* left by gradual.max_workers */
} Look;

/* Those of this process; it is the leader of one migration. */
static BackgroundWorkerHandle *helpers[GRADUAL_MAX_WORKERS];
static double looked = 0;		/* 0 = not since the backfill was divided */
static int	looked_for = 0;		/* so many */
static char shortage[100];		/* what run->shortage points to */

static bool
is_there(BackgroundWorkerHandle *helper)
{
	pid_t		pid;

	return helper != NULL && GetBackgroundWorkerPid(helper, &pid) != BGWH_STOPPED;
}

/* How many of those wanted are there; the handles of the others are forgotten. */
static int
count_helpers(int wanted)
{
	int			count = 0;

	for (int i = 0; i < wanted; i++)
	{
		if (is_there(helpers[i]))
			count++;
		else if (helpers[i] != NULL)
		{
			pfree(helpers[i]);
			helpers[i] = NULL;
		}
	}
	return count;
}

static void
look(void *arg)
{
	Look	   *look = arg;
	GradualRun *run = look->run;
	ListCell   *lc;

	look->places = gradual_max_workers - 1 - gradual_ledger_others_at_work();
	foreach(lc, gradual_cursor_ranges(run->id, run->backfill_step))
	{
		GradualCursor *range = lfirst(lc);

		if (!range->done && !gradual_worker_alive(run->id, range->range))
			look->ranges++;
	}
}

/* Start so many; returns how many found a slot. */
static int
start(GradualRun *run, const GradualWorkerExtra *leader, int wanted, int count)
{
	GradualWorkerExtra extra = *leader;
	MemoryContext caller = MemoryContextSwitchTo(TopMemoryContext);
	int			started = 0;

	extra.incarnation = run->incarnation;
	for (int i = 0; i < wanted && started < count; i++)
	{
		if (helpers[i] != NULL)
			continue;
		extra.helper = i + 1;
		if (!gradual_launch_now(&extra, &helpers[i]))
		{
			helpers[i] = NULL;
			break;
		}
		started++;
	}
	MemoryContextSwitchTo(caller);
	return started;
}

void
gradual_helpers_keep(GradualRun *run, const GradualWorkerExtra *leader)
{
	double		now = gradual_clock_ms();
	Look		found = {run, 0, 0};
	ErrorData  *ignored;
	int			wanted;
	int			there;
	int			missing;

	run->helped = false;
	if (!run->divided || run->migration == NULL)
	{
		looked = 0;
		run->shortage = NULL;
		run->helped = count_helpers(GRADUAL_MAX_WORKERS) > 0;
		return;
	}
	wanted = run->migration->workers - 1;
	if (looked != 0 && looked_for == wanted && now - looked < LOOK_MS)
		return;
	looked = now;
	looked_for = wanted;
	there = count_helpers(wanted);
	if (there == wanted || !gradual_txn_attempt(true, look, &found, &ignored))
		return;

	missing = Min(wanted - there, found.ranges);
	there += start(run, leader, wanted, Min(missing, Max(found.places, 0)));
	run->shortage = NULL;
	if (missing > 0 && there < wanted)
	{
		snprintf(shortage, sizeof(shortage), "%d of %d workers: %s", there + 1, wanted + 1,
				 found.places < missing ? "gradual.max_workers" :
				 "no free worker slot (max_worker_processes)");
		run->shortage = shortage;
	}
}
