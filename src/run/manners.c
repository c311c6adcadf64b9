/*
 * manners.c
 *	  How a step takes its table locks without making the application wait.
 *
 * A request for a strong lock that waits in the queue stops everybody who comes
 * after it, readers too.  So we look first who holds a conflicting lock, and
 * wait outside the queue while there is anybody; what is left is a race of
 * microseconds, in which we stand in the queue for lock_wait at most.  On a table
 * that is never free of short transactions we stand there for as long after a
 * while, again and again with rests in between.
 *
 * Lock order: tables by the strength of the lock, then by OID; every other attempt
 * the other way round.  An application that takes its locks in the order of ours
 * waits for the first of them, with none of the others; one that goes the other
 * way would stand in our way each time.
 *
 * If we crash here nothing is left: all locks belong to the transaction.
 */
#include "postgres.h"

#include <math.h>

#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "common/pg_prng.h"
#include "pgstat.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/clock.h"
#include "base/ident.h"
#include "base/lock.h"
#include "base/testpoint.h"
#include "base/txn.h"
#include "run/interim.h"
#include "run/manners.h"

/* How often to look again while somebody is in the way, in ms. */
#define LOOK_AGAIN_MS 50

/* Backing off after an attempt in vain: doubling, with jitter, in ms. */
#define BACKOFF_BASE_MS 50
#define BACKOFF_MAX_MS 5000

/*
 * Those in the way are others than before, once we have waited so long, and so
 * many times as long as the oldest of them.
 */
#define TURNOVER_MS 500
#define TURNOVER_SHARE 10

typedef struct TableLock
{
	Oid			relid;
	const char *name;
	LOCKMODE	mode;
	int			step;			/* that needs it in this mode */
} TableLock;

static Oid
find_table(const GradualRun *run, const char *name)
{
	Oid			relid = gradual_ident_find(name);

	if (!OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation %s of the migration does not exist any more", name),
				 errdetail("It was dropped or renamed while the migration was unfinished."),
				 errhint("Bring it back under this name and start the migration again, or give up: SELECT gradual.rollback(%s, force => true);",
						 quote_literal_cstr(run->migration->name))));
	return relid;
}

/* One lock a table, the strongest that any of the steps needs. */
static void
add_lock(List **locks, Oid relid, const char *name, LOCKMODE mode, int step)
{
	TableLock  *lock;
	ListCell   *lc;

	foreach(lc, *locks)
	{
		lock = lfirst(lc);
		if (lock->relid == relid)
		{
			if (mode > lock->mode)
				lock->step = step;
			lock->mode = Max(lock->mode, mode);
			return;
		}
	}
	lock = palloc(sizeof(TableLock));
	lock->relid = relid;
	lock->name = name;
	lock->mode = mode;
	lock->step = step;
	*locks = lappend(*locks, lock);
}

/*
 * A command on a table locks the partitions and children below it, one after
 * another with lock_timeout for each, and holds the parent meanwhile.  So they
 * are looked at and locked with it.  Index builds take one partition at a time.
 */
static void
add_partitions(List **locks, GradualStep *step, Oid parent, LOCKMODE mode)
{
	List	   *partitions;
	ListCell   *lc;

	if (step->kind == GRADUAL_STEP_INDEX || !has_subclass(parent))
		return;
	partitions = find_all_inheritors(parent, NoLock, NULL);
	foreach(lc, partitions)
		add_lock(locks, lfirst_oid(lc), gradual_ident_qualified(lfirst_oid(lc)), mode,
				 step->step);
}

/* How strongly the step locks the nth of its tables. */
static LOCKMODE
mode_of(const GradualStep *step, int n)
{
	return gradual_lock_mode_parse(step->lock_modes == NIL ? step->lock_mode :
								   list_nth(step->lock_modes, n));
}

static void
collect(GradualRun *run, GradualStep *step, List **locks)
{
	ListCell   *lc;

	foreach(lc, step->lock_tables)
	{
		LOCKMODE	mode = mode_of(step, foreach_current_index(lc));
		Oid			relid;

		if (mode == NoLock || gradual_interim_goes_with_table(run, step, lfirst(lc)))
			continue;
		relid = find_table(run, lfirst(lc));
		add_lock(locks, relid, lfirst(lc), mode, step->step);
		add_partitions(locks, step, relid, mode);
	}
}

static double
waited_ms(GradualRun *run)
{
	if (run->waiting_since == 0)
		return 0;
	return gradual_clock_ms() - run->waiting_since;
}

bool
gradual_manners_patience_over(GradualRun *run)
{
	/* a first tick that fails may not have read the migration */
	return run->foreground || run->migration == NULL ||
		waited_ms(run) > run->migration->lock_patience;
}

static void
give_up(GradualRun *run, const TableLock *lock, const GradualBlocker *blocker)
{
	ereport(ERROR,
			(errcode(ERRCODE_LOCK_NOT_AVAILABLE),
			 errmsg("could not lock %s in %s mode", lock->name,
					gradual_lock_mode_name(lock->mode)),
			 errdetail("Waited %.0f s; a conflicting lock is held by %s.",
					   waited_ms(run) / 1000.0, blocker->description),
			 run->foreground ?
			 errhint("End that transaction and call again.") :
			 errhint("End that transaction and try again; setting gradual.lock_patience allows for longer waits.")));
}

/*
 * Where one transaction follows on another there is always somebody, so waiting
 * outside would never end.  Whoever is in the way now has come long after we did,
 * and will be gone as soon as those before: it is worth a try to stand in the
 * queue, where nobody new gets ahead of us.
 */
static bool
have_changed(GradualRun *run, const GradualBlocker *oldest)
{
	double		waited = waited_ms(run);

	return waited >= TURNOVER_MS && oldest->age_ms < waited / TURNOVER_SHARE;
}

/* Somebody holds a conflicting lock: wait outside the queue. */
static bool
in_the_way(GradualRun *run, const TableLock *lock, GradualTick *tick)
{
	GradualBlocker *blocker = gradual_lock_blocker(lock->relid, lock->mode);

	if (blocker == NULL || have_changed(run, blocker))
		return false;
	if (run->waiting_since == 0)
		run->waiting_since = gradual_clock_ms();
	tick->step = lock->step;
	if (gradual_manners_patience_over(run))
		give_up(run, lock, blocker);

	tick->outcome = GRADUAL_WAIT;
	tick->wait_ms = LOOK_AGAIN_MS;
	tick->activity = psprintf("waiting %.0f s for lock on %s held by %s",
							  waited_ms(run) / 1000.0, lock->name,
							  blocker->description);
	return true;
}

static int
in_order(const ListCell *a, const ListCell *b)
{
	const TableLock *x = lfirst(a);
	const TableLock *y = lfirst(b);

	if (x->mode != y->mode)
		return y->mode - x->mode;
	return x->relid < y->relid ? -1 : x->relid > y->relid;
}

/* An error is that of the step which needs the lock. */
static void
lock_all(List *locks, bool backwards, int wait_ms, GradualTick *tick)
{
	int			count = list_length(locks);
	double		waited = 0;

	list_sort(locks, in_order);
	tick->tried_to_lock = true;
	tick->locking_since = gradual_clock_ms();
	for (int i = 0; i < count; i++)
	{
		TableLock  *lock = list_nth(locks, backwards ? count - 1 - i : i);

		tick->step = lock->step;
		waited += gradual_lock_relation(lock->relid, lock->mode,
										Max(1, wait_ms - (int) waited));
	}
	tick->locking_since = 0;
	tick->waited_ms = waited;
}

bool
gradual_manners_lock(GradualRun *run, List *steps, GradualTick *tick)
{
	List	   *locks = NIL;
	ListCell   *lc;

	foreach(lc, steps)
	{
		tick->step = ((GradualStep *) lfirst(lc))->step;
		collect(run, lfirst(lc), &locks);
	}
	foreach(lc, locks)
	{
		if (in_the_way(run, lfirst(lc), tick))
			return false;
	}
	GRADUAL_TESTPOINT("before-ddl-lock");

	/* also for the locks that the commands take beyond these */
	if (!run->foreground)
	{
		gradual_lock_give_way_begin();
		gradual_txn_await_no_standby();
	}
	gradual_lock_timeouts(run->migration->lock_wait,
						  Max(1, run->migration->lock_wait / 2));
	lock_all(locks, run->failed_attempts % 2 != 0, run->migration->lock_wait, tick);

	/* a scan takes long, and the ledger must not say that we wait still */
	if (run->waiting_since != 0 && !run->foreground)
		pgstat_report_activity(STATE_RUNNING, "");
	GRADUAL_TESTPOINT("after-ddl-lock");
	return true;
}

bool
gradual_manners_look(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	List	   *locks = NIL;
	ListCell   *lc;

	collect(run, step, &locks);
	foreach(lc, locks)
	{
		if (in_the_way(run, lfirst(lc), tick))
			return false;
	}
	return true;
}

double
gradual_manners_backoff(GradualRun *run)
{
	double		ceiling = BACKOFF_BASE_MS * pow(2, Min(run->failed_attempts, 10));

	if (run->waiting_since == 0)
		run->waiting_since = gradual_clock_ms();
	run->failed_attempts++;
	return (0.5 + 0.5 * pg_prng_double(&pg_global_prng_state)) *
		Min(ceiling, BACKOFF_MAX_MS);
}

void
gradual_manners_reset(GradualRun *run)
{
	run->waiting_since = 0;
	run->failed_attempts = 0;
}
