/*
 * worker.c
 *	  The background worker of a migration: connects, claims it, and ticks until
 *	  there is nothing more to do.  No policy here.
 *
 * Exit status: 0 = never again (finished, paused, failed, taken over, ledger
 * gone), 1 = again after 5 s (SIGTERM, DROP DATABASE wanted, the ledger cannot be
 * written for now, no slot but ours for another migration).  After a crash of the
 * server the postmaster starts the worker again at once.
 *
 * Invariants: between ticks no transaction, no snapshot and no lock but the
 * worker's own is held; every wait is interruptible.
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "portability/instr_time.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "tcop/tcopprot.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/guc.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/testpoint.h"
#include "base/toplevel.h"
#include "base/txn.h"
#include "base/version.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/transition.h"
#include "run/connect.h"
#include "run/executor.h"
#include "run/failure.h"
#include "run/fill.h"
#include "run/helpers.h"
#include "run/launch.h"
#include "run/ranges.h"
#include "run/reindex.h"
#include "run/throttled.h"
#include "run/worker.h"

typedef struct Worker
{
	GradualWorkerExtra extra;
	GradualRun *run;
	GradualTick tick;
	ErrorData  *error;			/* of the attempt that failed */
	bool		outdated;		/* the last tick found SQL that this library
								 * does not know */
	bool		crowded;		/* as many as gradual.max_workers are at work */
	bool		lost;			/* the ledger has failed us */
	bool		published;		/* what we wait for is in pg_stat_activity */
	MemoryContext cycle;		/* reset at each turn of the loop */
} Worker;

static Worker worker;
static bool claimed = false;

static void leave_cleanly(int code, Datum arg);
static void require_version(void);
static void ask_version(void *arg);
static void take_over(void);
static void take_successor(void);
static void find_successor(void *arg);
pg_noreturn static void leave_unclaimed(void);
static void claim(void *arg);
static void help(void);
static void find_leader(void *arg);
static bool keep_locks(void);
static void stay_queued(void *arg);
static void look_for_room(void *arg);
static void loop(void);
static void reload(void);
static void read_settings(void *arg);
static void check_for_stop(void);
static bool hold_back(void);
static bool run_tick(void);
static void tick_body(void *arg);
static void run_top_level(void);
static void top_level_body(void *arg);
static void top_level_done(void *arg);
static void handle_error(void);
pg_noreturn static void leave_unrecorded(const ErrorData *error);
static void start_successors(void *arg);
static void rest(double milliseconds, const char *activity);
static void publish(const char *activity);
static int	leave(void);
pg_noreturn static void finish(void);

void
gradual_worker_main(Datum arg)
{
	memcpy(&worker.extra, MyBgworkerEntry->bgw_extra, sizeof(GradualWorkerExtra));
	gradual_connect_worker(&worker.extra);

	worker.cycle = AllocSetContextCreate(TopMemoryContext, "gradual cycle",
										 ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(worker.cycle);
	require_version();
	if (worker.extra.helper > 0)
		help();
	else
	{
		take_over();
		claimed = true;
		before_shmem_exit(leave_cleanly, 0);
	}
	GRADUAL_TESTPOINT("after-claim");
	loop();
	finish();
}

/*
 * A clean stop must not count as a crash in user code.  Runs before the
 * backend's own cleanup, as the removal of temporary tables does.
 */
static void
leave_cleanly(int code, Datum arg)
{
	if (!claimed)
		return;
	claimed = false;
	AbortOutOfAnyTransaction();
	StartTransactionCommand();
	gradual_ledger_mark_user_code(worker.run->id, worker.run->incarnation, 0, false);
	CommitTransactionCommand();
}

/*
 * The extension was updated, or will be: who comes after us loads the library
 * that is there then.
 */
static void
require_version(void)
{
	bool		known;

	HOLD_CANCEL_INTERRUPTS();	/* a request must not look like an answer */
	known = gradual_txn_attempt(true, ask_version, NULL, &worker.error);
	if (!known)					/* an error lets go of it by itself */
	{
		ereport(LOG,
				(errcode(worker.error->sqlerrcode),
				 errmsg("%s", worker.error->message)));
		proc_exit(1);
	}
	RESUME_CANCEL_INTERRUPTS();
}

static void
ask_version(void *arg)
{
	gradual_version_require();
}

/*
 * Become the migration's worker, or exit.  Where there are enough workers
 * already it stays queued, and one that leaves starts it; one that leaves right
 * now takes us for alive, so look again once we do not seem so.
 */
static void
take_over(void)
{
	for (;;)
	{
		bool		done;

		if (!gradual_worker_lock_take(worker.extra.migration, 0))
			proc_exit(0);		/* a twin */
		GRADUAL_TESTPOINT("before-claim");
		done = gradual_txn_attempt(true, claim, NULL, &worker.error);
		if (done && worker.run != NULL)
			return;

		/*
		 * Nothing to do when we looked.  Who has queued it since took us for
		 * its worker: look again once we do not seem alive.
		 */
		if (done)
		{
			take_successor();
			continue;
		}

		if (!worker.crowded ||
			!gradual_txn_attempt(true, stay_queued, NULL, &worker.error))
			leave_unclaimed();
		gradual_worker_lock_release(worker.extra.migration, 0);
		if (!gradual_txn_attempt(true, look_for_room, NULL, &worker.error) ||
			worker.crowded)
			proc_exit(0);
	}
}

/*
 * Our migration needs nobody any more.  If another one does, for which there is no
 * slot but ours, be its worker, or exit.
 */
static void
take_successor(void)
{
	if (leave() == 0 ||
		!gradual_txn_attempt(true, find_successor, NULL, &worker.error) ||
		worker.extra.migration == 0)
		proc_exit(0);
	RESUME_CANCEL_INTERRUPTS();
}

static void
find_successor(void *arg)
{
	worker.extra.migration = gradual_launch_successor(worker.extra.session_role);
}

/*
 * The extension or the ledger is gone, or cannot be read, and then only somebody
 * else can help; or there is no disk to write to, say, and we come back.
 */
static void
leave_unclaimed(void)
{
	ereport(LOG,
			(errcode(worker.error->sqlerrcode),
			 errmsg("no worker can take migration %d over: %s", worker.extra.migration,
					worker.error->message)));
	proc_exit(gradual_error_passes(worker.error->sqlerrcode) ? 1 : 0);
}

/*
 * From here on every write of ours names this incarnation.  Claims come one by
 * one, but only from where they wait for nobody.
 */
static void
claim(void *arg)
{
	GradualMigration *migration;

	gradual_ledger_adopt_restored();
	migration = gradual_ledger_claim(worker.extra.migration, MyProcPid);
	if (migration == NULL ||
		!gradual_ledger_transition(migration, GRADUAL_BEGIN, migration->incarnation,
								   0, NULL, NULL))
		return;
	look_for_room(NULL);
	if (worker.crowded)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
				 errmsg("there are gradual.max_workers at work")));
	worker.run = gradual_run_open(migration->id, migration->incarnation, false,
								  TopMemoryContext);
}

/* Join the leader that started us, or exit if it is not there any more. */
static void
help(void)
{
	if (!gradual_txn_attempt(true, find_leader, NULL, &worker.error) || worker.run == NULL)
		proc_exit(0);
}

static void
find_leader(void *arg)
{
	GradualGlance glance;

	if (!gradual_ledger_glance(worker.extra.migration, &glance) ||
		glance.status != GRADUAL_RUNNING || glance.incarnation != worker.extra.incarnation)
		return;
	worker.run = gradual_run_open(worker.extra.migration, worker.extra.incarnation, false,
								  TopMemoryContext);
	worker.run->helper = worker.extra.helper;
}

static void
stay_queued(void *arg)
{
	GradualMigration *migration = gradual_ledger_get(worker.extra.migration);

	if (migration != NULL && migration->status == GRADUAL_QUEUED)
		gradual_ledger_set_activity(migration->id,
									psprintf("waiting for one of %d workers (gradual.max_workers)",
											 gradual_max_workers));
}

static void
look_for_room(void *arg)
{
	worker.crowded =
		gradual_ledger_others_at_work() >= gradual_max_workers;
}

static void
loop(void)
{
	for (;;)
	{
		Assert(CurrentMemoryContext == worker.cycle);
		Assert(!IsTransactionState());
		MemoryContextReset(worker.cycle);
		check_for_stop();
		if (ConfigReloadPending)
		{
			ConfigReloadPending = false;
			reload();
		}
		if (gradual_database_wanted())
			proc_exit(1);
		pgstat_report_stat(false);	/* else autovacuum does not see our rows */

		if (!keep_locks())
			return;
		if (worker.run->helper == 0)
			gradual_helpers_keep(worker.run, &worker.extra);
		if (!hold_back() && !run_tick())
			return;
	}
}

/*
 * User code can drop our locks: pg_advisory_unlock_all().  False if the migration
 * has another worker by now, or a helper's leader is gone.
 */
static bool
keep_locks(void)
{
	if (!gradual_ranges_held(worker.run))
	{
		gradual_fill_close(worker.run);
		gradual_ranges_release(worker.run);
	}
	if (worker.run->helper > 0)
		return gradual_worker_alive(worker.run->id, 0);
	return gradual_worker_lock_held(worker.run->id, 0) ||
		gradual_worker_lock_take(worker.run->id, 0);
}

/* The server's files, and what ALTER ROLE and ALTER DATABASE have set since. */
static void
reload(void)
{
	ErrorData  *ignored;

	ProcessConfigFile(PGC_SIGHUP);
	(void) gradual_txn_attempt(true, read_settings, NULL, &ignored);
	gradual_identity_pin_session();
}

static void
read_settings(void *arg)
{
	gradual_identity_read_settings();
}

/*
 * SIGTERM and the like.  A cancel is meant for the statement that was running
 * (pause() sends one); here there is none, and an error would end the worker.
 */
static void
check_for_stop(void)
{
	HOLD_CANCEL_INTERRUPTS();
	CHECK_FOR_INTERRUPTS();
	QueryCancelPending = false;
	RESUME_CANCEL_INTERRUPTS();
}

/*
 * Between batches: rest if there is a reason to; false if there is none.  Not in
 * prepare, whose proofs raise in the old application for as long as it takes.
 */
static bool
hold_back(void)
{
	char	   *reason;

	if (!worker.tick.fills || worker.tick.phase == GRADUAL_PREPARE)
		return false;
	reason = gradual_throttled(worker.run);
	if (reason == NULL)
		return false;
	require_version();
	rest(GRADUAL_THROTTLE_ASK_MS, reason);
	return true;
}

/* One tick and what it asks for; false when there is nothing more to do. */
static bool
run_tick(void)
{
	instr_time	start,
				elapsed;
	bool		done;

	INSTR_TIME_SET_CURRENT(start);
	done = gradual_txn_attempt(true, tick_body, NULL, &worker.error);
	gradual_lock_give_way_end();
	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, start);
	if (worker.outdated)
	{
		worker.outdated = false;
		require_version();
		return true;
	}
	if (worker.tick.user_code)
		gradual_identity_pin_session();
	if (!done)
	{
		gradual_executor_aborted(worker.run, &worker.tick);
		handle_error();
		return true;
	}
	gradual_executor_committed(worker.run, &worker.tick,
							   INSTR_TIME_GET_MILLISEC(elapsed) - worker.tick.waited_ms);
	switch (worker.tick.outcome)
	{
		case GRADUAL_STOP:
			return false;
		case GRADUAL_TOP_LEVEL:
			run_top_level();
			break;
		case GRADUAL_WAIT:
			rest(worker.tick.wait_ms, worker.tick.activity);
			break;
		case GRADUAL_AGAIN:
			publish(NULL);
			break;
	}
	return true;
}

/* Nothing is done with SQL that is not known; a transaction of its own to ask costs more. */
static void
tick_body(void *arg)
{
	MemoryContext transaction = MemoryContextSwitchTo(worker.cycle);

	memset(&worker.tick, 0, sizeof(GradualTick));
	worker.outdated = !gradual_version_is_known();
	if (!worker.outdated)
		gradual_executor_tick(worker.run, &worker.tick);
	if (gradual_phase_name(worker.tick.phase) != NULL)
		GRADUAL_TESTPOINT(psprintf("before-commit-%s", gradual_phase_name(worker.tick.phase)));
	MemoryContextSwitchTo(transaction);
}

/* A command that refuses a transaction block, then its mark in the ledger. */
static void
run_top_level(void)
{
	bool		done;

	publish(worker.tick.activity);
	GRADUAL_TESTPOINT("before-top-level");
	gradual_lock_give_way_begin();
	if (worker.tick.reindexes)
		gradual_reindex_note_begin(worker.run, worker.tick.step);
	done = gradual_txn_attempt(false, top_level_body, NULL, &worker.error);
	gradual_reindex_note_end();
	gradual_lock_give_way_end();
	GRADUAL_TESTPOINT("after-top-level");
	gradual_identity_reset_role();
	gradual_identity_pin_session();
	if (done)
		done = gradual_txn_attempt(true, top_level_done, NULL, &worker.error);
	if (!done)
		handle_error();
}

static void
top_level_body(void *arg)
{
	if (OidIsValid(worker.tick.leftover))
	{
		gradual_reindex_drop(worker.run, worker.tick.step, worker.tick.leftover,
							 worker.cycle);
		return;
	}
	gradual_identity_set_role(worker.run->migration->owner);
	gradual_identity_pin_top_level(worker.run->migration->search_path,
								   worker.tick.settings);
	gradual_toplevel_run(worker.tick.reindexes ? gradual_reindex_commands(worker.tick.command) :
						 worker.tick.command, true, worker.cycle);
}

static void
top_level_done(void *arg)
{
	gradual_executor_top_level_done(worker.run, &worker.tick);
}

/* What failed is recorded, or tried again after a rest. */
static void
handle_error(void)
{
	double		rest_ms = 0;
	char	   *activity = NULL;
	ErrorData  *unrecorded = gradual_failure(worker.run, &worker.tick, worker.error,
											 &rest_ms, &activity);

	if (unrecorded != NULL)
		leave_unrecorded(unrecorded);
	if (rest_ms > 0)
		rest(rest_ms, activity);
}

/*
 * The ledger is gone, or cannot be read or written.  Nobody else is started but
 * who is queued: two that end so would start each other for ever.
 */
static void
leave_unrecorded(const ErrorData *error)
{
	ereport(LOG,
			(errcode(error->sqlerrcode),
			 errmsg("migration %d failed, which cannot be recorded: %s", worker.run->id,
					worker.error->message),
			 errdetail("The error of the ledger: %s.", error->message)));
	if (gradual_error_passes(error->sqlerrcode))
		proc_exit(1);
	worker.lost = true;
	finish();
}

static void
start_successors(void *arg)
{
	gradual_launch_queued(worker.extra.migration, worker.lost);
}

/* Sleep without a transaction; the latch is set by whoever changes our status. */
static void
rest(double milliseconds, const char *activity)
{
	Assert(!IsTransactionState());
	publish(activity);
	GRADUAL_TESTPOINT("at-rest");
	check_for_stop();
	(void) WaitLatch(MyLatch, WL_LATCH_SET | WL_TIMEOUT | WL_EXIT_ON_PM_DEATH,
					 Max(1, (long) milliseconds), PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
}

/*
 * Say what we wait for, and that there are too few of us, and no longer than it
 * is true: without it the ledger shows the step at work.
 */
static void
publish(const char *activity)
{
	if (worker.run->shortage != NULL && worker.tick.work != NULL)
		activity = psprintf("%s, %s", activity != NULL ? activity : worker.tick.work,
							worker.run->shortage);
	if (activity != NULL)
		pgstat_report_activity(STATE_RUNNING, psprintf("gradual: %s", activity));
	else if (worker.published)
		pgstat_report_activity(STATE_RUNNING, "");
	worker.published = activity != NULL;
}

/*
 * Make room, and let others that wait begin; returns how many of them found no slot.
 * A request that arrives meanwhile interrupts whom it takes for at work: it would end
 * us with an error, and its migration would wait for our restart.
 */
static int
leave(void)
{
	ErrorData  *ignored;

	HOLD_CANCEL_INTERRUPTS();
	GRADUAL_TESTPOINT("before-leaving");
	leave_cleanly(0, 0);
	pgstat_report_stat(true);	/* who sees us gone counts what others read */
	if (worker.run != NULL)
		gradual_ranges_release(worker.run);
	gradual_worker_lock_release(worker.extra.migration, 0);
	MemoryContextSwitchTo(worker.cycle);
	if (!gradual_txn_attempt(true, start_successors, NULL, &ignored))
		return 0;
	return gradual_launch_await();
}

/*
 * Nothing more to do here.  Who found no slot may have ours: the postmaster keeps it
 * for us, and a new process in it has nothing to do but for somebody else.
 */
static void
finish(void)
{
	int			unplaced = leave();

	GRADUAL_TESTPOINT("before-exit");
	proc_exit(unplaced > 0 && worker.extra.helper == 0 && !worker.lost ? 1 : 0);
}
