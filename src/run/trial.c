/*
 * trial.c
 *	  All steps of a migration on the real tables, one after another in one
 *	  transaction that is undone in the end.
 *
 * The executor runs them as for run_batch(), but each step by itself, so that
 * its time, locks and error are its own.  A step is a subtransaction; one that
 * fails is undone and taken for done, and the others go on, but for those of the
 * same statement.
 *
 * Invariants: no step changes more than max_rows rows in batches; what cannot
 * run in a transaction, or not on a few rows, is left out and says so.
 *
 * Lock order: that of the steps, each with the manners of manners.c.  What is
 * locked by an earlier step stays locked meanwhile, so nobody is waited for.
 *
 * If we crash here nothing is left: nothing was committed.
 */
#include "postgres.h"

#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/deadline.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/txn.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "run/ddl.h"
#include "run/executor.h"
#include "run/failure.h"
#include "run/fill.h"
#include "run/held.h"
#include "run/ordinary.h"
#include "run/scheduler.h"
#include "run/trial.h"

/* Rows of a batch, where the migration leaves it to the clock. */
#define BATCH_ROWS 1000

typedef struct Work
{
	/* Info */
	GradualTrial *trial;
	GradualRun *run;
	int			batch_size;		/* of the migration; 0 = adaptive */
	int			direct_pages;

	/* The step that runs */
	GradualTrialStep *now;
	GradualMigration *migration;
	GradualTick tick;
	char	   *reason;			/* why it does not run, or NULL */
	instr_time	start;
	char	   *rows;			/* in the way, in words */
	const ErrorData *error;

	MemoryContext context;		/* reset at each turn */
} Work;

static void
add_finding(Work *work, const char *words)
{
	gradual_tried_find(work->trial, work->now, words);
}

/* --- a step --- */

/* The next batch takes no more rows than are left of max_rows. */
static void
limit_batch(Work *work)
{
	GradualMigration *migration = work->migration;
	int64		left = work->trial->max_rows - work->now->rows;
	int			rows = work->batch_size > 0 ? work->batch_size : BATCH_ROWS;
	int			pages = work->now->step->walks == NULL &&
	gradual_tried_is_small(work->trial, work->now->step, work->migration) ? work->direct_pages : 0;

	rows = (int) Min(left, rows);
	if (migration->batch_size == rows && migration->direct_pages == pages)
		return;
	migration->batch_size = rows;
	migration->direct_pages = pages;
	gradual_ledger_store_start(migration);
	work->run->steps = NIL;		/* to be read again, with the migration */
}

/* Is it the last step of its transaction in the plan? */
static bool
ends_transaction(const Work *work)
{
	const GradualStep *step = work->now->step;
	List	   *steps = work->trial->steps;

	return step->transaction == 0 || step->step == list_length(steps) ||
		((GradualTrialStep *) list_nth(steps, step->step))->step->transaction != step->transaction;
}

/*
 * Run what triggers of the step were deferred, where it would commit.  The executor
 * leaves it to the commit if the caller is the owner; here there is none.
 */
static void
fire_deferred(Work *work)
{
	GradualIdentity identity;

	gradual_identity_enter_role(&identity, work->migration->owner);
	gradual_identity_set_immediate();
	gradual_identity_leave(&identity);
}

/* What a step locks for sure, though an earlier one may have locked it already. */
static List *
expected_locks(const GradualStep *step, const List *before)
{
	List	   *tables = step->lock_tables != NIL || step->kind != GRADUAL_STEP_BACKFILL ?
	step->lock_tables : list_make1(step->target);
	List	   *expected = NIL;
	ListCell   *lc;

	foreach(lc, tables)
	{
		const char *mode = step->lock_modes == NIL ? step->lock_mode :
		list_nth(step->lock_modes, foreach_current_index(lc));

		if (gradual_ordinary_is_needed(step))
			mode = gradual_ordinary_mode(step);
		expected = gradual_held_expect(expected, before, lfirst(lc),
									   gradual_lock_mode_parse(mode));
	}
	return expected;
}

static void
note_locks(Work *work, const List *before, const List *expected)
{
	char	   *locks = gradual_held_describe(before, expected, gradual_held_locks());

	/* a later batch takes what the first one has already */
	if (locks != NULL && work->now->locks == NULL)
		work->now->locks = MemoryContextStrdup(work->trial->context, locks);
}

static void
run_step(void *arg)
{
	Work	   *work = arg;
	const GradualStep *step = work->now->step;
	List	   *before = gradual_held_locks();
	List	   *expected = expected_locks(step, before);

	work->reason = gradual_tried_why_not(work->trial, work->now, work->migration);
	if (work->reason != NULL)
		return;
	if (step->kind == GRADUAL_STEP_BACKFILL)
		limit_batch(work);
	INSTR_TIME_SET_CURRENT(work->start);
	gradual_executor_tick(work->run, &work->tick);
	if (work->tick.outcome == GRADUAL_TOP_LEVEL)
	{
		gradual_ordinary_run(work->run, step, &work->tick);
		if (work->now->finding == NULL)
			add_finding(work, "without CONCURRENTLY, which cannot run in a transaction");
	}
	if (ends_transaction(work))
		fire_deferred(work);
	note_locks(work, before, expected);
	if (gradual_tried_only_looks(step))
		work->rows = gradual_ddl_violators(work->run, (GradualStep *) step);
}

/* --- what came of it --- */

/* Take the step for done, whatever it has done. */
static void
finish(Work *work, GradualTrialResult result)
{
	GradualStep step = *work->now->step;

	work->now->tried = true;
	work->now->result = result;
	gradual_step_finish(work->run, &step, GRADUAL_STEP_DONE);
	gradual_fill_close(work->run);
	work->run->steps = NIL;
}

static void
note_time(Work *work)
{
	instr_time	elapsed;
	double		milliseconds;

	if (INSTR_TIME_IS_ZERO(work->start))
		return;
	INSTR_TIME_SET_CURRENT(elapsed);
	INSTR_TIME_SUBTRACT(elapsed, work->start);
	milliseconds = INSTR_TIME_GET_MILLISEC(elapsed);
	work->now->duration += milliseconds;
	work->now->held = Max(work->now->held, milliseconds);
}

/* Each sequence once, at the first step that draws from it. */
static void
note_sequences(Work *work)
{
	GradualTrial *trial = work->trial;
	List	   *drawn = gradual_held_sequences(gradual_held_locks());
	MemoryContext old;
	ListCell   *lc;

	foreach(lc, drawn)
	{
		if (list_member_oid(trial->sequences, lfirst_oid(lc)))
			continue;
		old = MemoryContextSwitchTo(trial->context);
		trial->sequences = lappend_oid(trial->sequences, lfirst_oid(lc));
		MemoryContextSwitchTo(old);
		add_finding(work, psprintf("sequence %s has moved on, which cannot be undone",
								   gradual_ident_qualified(lfirst_oid(lc))));
	}
}

static void
stop(Work *work, const char *why)
{
	work->trial->stopped = MemoryContextStrdup(work->trial->context, why);
}

/* The other steps of its transaction and all before would have committed. */
static bool
cannot_in_transaction(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_ACTIVE_SQL_TRANSACTION ||
		sqlerrcode == ERRCODE_INVALID_TRANSACTION_TERMINATION ||
		sqlerrcode == ERRCODE_UNSAFE_NEW_ENUM_VALUE_USAGE;
}

static bool
is_lock_error(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
		sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED;
}

/* By the user, or by a limit that is not ours. */
static bool
is_cancel(const ErrorData *error)
{
	return error->sqlerrcode == ERRCODE_QUERY_CANCELED && !gradual_deadline_is_over();
}

static void
find_rows(void *arg)
{
	Work	   *work = arg;

	work->rows = gradual_failure_rows(work->run, &work->tick, work->error);
	if (work->rows != NULL)
		add_finding(work, work->rows);
}

static void
describe_error(Work *work, const ErrorData *error)
{
	const GradualTrialStep *earlier = gradual_tried_trouble(work->trial, work->now->step);
	ErrorData  *cancel;

	add_finding(work, error->detail != NULL ?
				psprintf("%s (SQLSTATE %s): %s", error->message,
						 unpack_sql_state(error->sqlerrcode), error->detail) :
				psprintf("%s (SQLSTATE %s).", error->message,
						 unpack_sql_state(error->sqlerrcode)));
	work->error = error;
	work->tick.step = work->now->step->step;
	cancel = gradual_txn_subtransaction(true, find_rows, work);
	if (cancel != NULL && is_cancel(cancel))
		ReThrowError(cancel);
	if (earlier != NULL && work->rows == NULL)
		add_finding(work, psprintf("This may follow from step %d.", earlier->step->step));
}

/* True: go on. */
static bool
step_failed(Work *work, ErrorData *error)
{
	bool		fills = work->now->step->kind == GRADUAL_STEP_BACKFILL;

	gradual_executor_aborted(work->run, &work->tick);
	if (is_cancel(error))
		ReThrowError(error);
	if (error->sqlerrcode == ERRCODE_QUERY_CANCELED)
	{
		work->now->tried = true;
		work->now->result = GRADUAL_TRIAL_PARTLY;
		gradual_tried_stop(work->trial);
		add_finding(work, work->trial->stopped);
		return false;
	}
	if (gradual_fill_halve(work->run, error))
		return true;
	if (gradual_fill_quarantine(work->run, error))
	{
		work->now->left_out++;
		return true;
	}
	describe_error(work, error);
	if (is_lock_error(error->sqlerrcode) && !fills)
	{
		work->trial->blocked = true;
		work->now->tried = true;
		work->now->result = GRADUAL_TRIAL_SKIPPED;
		stop(work, psprintf("step %d could not lock its tables", work->now->step->step));
		return false;
	}
	finish(work, cannot_in_transaction(error->sqlerrcode) ? GRADUAL_TRIAL_SKIPPED :
		   is_lock_error(error->sqlerrcode) ? GRADUAL_TRIAL_PARTLY : GRADUAL_TRIAL_FAILED);
	return true;
}

static void
step_succeeded(Work *work)
{
	GradualTick *tick = &work->tick;
	GradualTrialStep *now = work->now;
	bool		waits = tick->outcome == GRADUAL_WAIT;

	now->tried = true;
	now->result = GRADUAL_TRIAL_OK;
	now->rows += tick->processed;
	gradual_executor_committed(work->run, tick, now->duration);
	if (waits)
	{
		add_finding(work, tick->activity != NULL ? tick->activity : "rows are held by others");
		finish(work, GRADUAL_TRIAL_PARTLY);
	}
	if (work->rows != NULL)
	{
		add_finding(work, work->rows);
		now->result = GRADUAL_TRIAL_FAILED;
	}
}

/* True: go on. */
static bool
try_step(Work *work, const GradualStep *step)
{
	ErrorData  *error;

	work->now = list_nth(work->trial->steps, step->step - 1);
	work->reason = work->rows = NULL;
	INSTR_TIME_SET_ZERO(work->start);
	memset(&work->tick, 0, sizeof(GradualTick));
	if (step->kind == GRADUAL_STEP_BACKFILL && work->now->rows >= work->trial->max_rows)
	{
		add_finding(work, psprintf("stopped after " INT64_FORMAT " rows (max_rows)",
								   work->now->rows));
		finish(work, GRADUAL_TRIAL_PARTLY);
		return true;
	}
	error = gradual_txn_subtransaction(true, run_step, work);
	note_time(work);
	note_sequences(work);
	if (error != NULL)
		return step_failed(work, error);
	if (work->reason == NULL)
		step_succeeded(work);
	else
	{
		add_finding(work, work->reason);
		finish(work, GRADUAL_TRIAL_SKIPPED);
	}
	return true;
}

/* --- all of them --- */

/* Each step runs by itself; what is reported knows its transaction. */
static void
read_plan(Work *work)
{
	GradualTrial *trial = work->trial;
	List	   *alone = gradual_ledger_steps(work->run->id);
	MemoryContext old = MemoryContextSwitchTo(trial->context);
	ListCell   *lc;

	foreach(lc, gradual_ledger_steps(work->run->id))
	{
		GradualTrialStep *one = palloc0(sizeof(GradualTrialStep));

		one->step = lfirst(lc);
		trial->steps = lappend(trial->steps, one);
	}
	MemoryContextSwitchTo(old);
	foreach(lc, alone)
		((GradualStep *) lfirst(lc))->transaction = 0;
	gradual_ledger_store_steps(work->run->id, alone);
}

/* True: there is more. */
static bool
go_on(Work *work)
{
	GradualUnit unit;

	if (gradual_deadline_is_over())
	{
		gradual_tried_stop(work->trial);
		return false;
	}
	work->migration = gradual_ledger_get(work->run->id);
	unit = gradual_scheduler_next(work->migration, gradual_ledger_steps(work->run->id));
	if (unit.next == GRADUAL_NEXT_STEPS)
		return try_step(work, linitial(unit.steps));
	gradual_executor_tick(work->run, &work->tick);
	return work->tick.outcome != GRADUAL_STOP;
}

void
gradual_trial_run(GradualTrial *trial, const GradualMigration *migration)
{
	Work		work = {0};
	MemoryContext caller = CurrentMemoryContext;
	bool		more;

	work.trial = trial;
	work.batch_size = migration->batch_size;
	work.direct_pages = migration->direct_pages;
	work.run = gradual_run_open(migration->id, -1, true, caller);
	work.context = AllocSetContextCreate(caller, "gradual trial", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(work.context);
	read_plan(&work);
	do
	{
		MemoryContextReset(work.context);
		more = go_on(&work);
	} while (more);
	gradual_run_close(work.run);
	MemoryContextSwitchTo(caller);
	MemoryContextDelete(work.context);
}
