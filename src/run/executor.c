/*
 * executor.c
 *	  One tick of a migration.
 *
 * Both front doors, the worker and run_batch(), come through here.  A step is
 * marked as running in a transaction of its own before its work begins, so
 * that the ledger tells after a crash what was going on; run_batch(), whose
 * caller owns the transaction, does both in one.
 *
 * Every write names the run's incarnation: a worker that was replaced raises,
 * and its transaction is undone.
 */
#include "postgres.h"

#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/testpoint.h"
#include "base/witness.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/quarantine.h"
#include "ledger/reindexed.h"
#include "ledger/steps.h"
#include "ledger/transition.h"
#include "ledger/use.h"
#include "plan/plan.h"
#include "run/ddl.h"
#include "run/executor.h"
#include "run/fault.h"
#include "run/fill.h"
#include "run/index.h"
#include "run/index_undo.h"
#include "run/interim.h"
#include "run/manners.h"
#include "run/overtaken.h"
#include "run/reindex.h"
#include "run/scheduler.h"
#include "run/snapshots.h"
#include "run/undoing.h"

/* How often to look whether the helpers have left, in ms; their end wakes us, too. */
#define HELPERS_MS 10

GradualRun *
gradual_run_open(int32 id, int64 incarnation, bool foreground, MemoryContext parent)
{
	MemoryContext context = AllocSetContextCreate(parent, "gradual run",
												  ALLOCSET_DEFAULT_SIZES);
	GradualRun *run = MemoryContextAllocZero(context, sizeof(GradualRun));

	run->id = id;
	run->incarnation = incarnation;
	run->foreground = foreground;
	run->context = context;
	run->plan_context = AllocSetContextCreate(context, "gradual plan",
											  ALLOCSET_DEFAULT_SIZES);
	return run;
}

void
gradual_run_close(GradualRun *run)
{
	gradual_fill_close(run);
	MemoryContextDelete(run->context);
}

/*
 * Read the migration and its steps into the run's memory, if they changed: a
 * batch costs one glance.
 */
static void
refresh(GradualRun *run)
{
	MemoryContext caller = CurrentMemoryContext;
	GradualGlance glance;

	if (!gradual_ledger_glance(run->id, &glance))
	{
		run->migration = NULL;
		return;
	}
	if (run->migration != NULL && run->steps != NIL && glance.changed == run->seen)
		return;
	MemoryContextReset(run->plan_context);
	MemoryContextSwitchTo(run->plan_context);
	run->migration = gradual_ledger_get(run->id);
	run->steps = gradual_ledger_steps(run->id);
	run->seen = glance.changed;
	MemoryContextSwitchTo(caller);
	if (run->backfill != NULL && run->migration != NULL)
		gradual_backfill_settings(run->backfill, run->migration);
}

/* Steps changed their status: read everything again at the next tick. */
static void
forget_steps(GradualRun *run)
{
	run->steps = NIL;
}

/* Is the migration still ours to run? */
static bool
is_ours(const GradualRun *run)
{
	const GradualMigration *migration = run->migration;

	if (migration == NULL)
		return false;
	if (run->foreground)
		return migration->status == GRADUAL_PAUSED;
	return migration->status == GRADUAL_RUNNING &&
		migration->incarnation == run->incarnation;
}

/* A helper works at a backfill that the leader has begun, while it is wanted. */
static bool
is_for_helper(const GradualRun *run, const GradualUnit *unit)
{
	const GradualStep *step;

	if (unit->next != GRADUAL_NEXT_STEPS || run->helper >= run->migration->workers)
		return false;
	step = linitial(unit->steps);
	return step->kind == GRADUAL_STEP_BACKFILL && step->status == GRADUAL_STEP_RUNNING;
}

static void
stop(GradualRun *run, GradualRequest request, GradualTick *tick)
{
	if (request == GRADUAL_REACH_READY || request == GRADUAL_FALL_BACK)
		gradual_use_record(run->migration);
	if (!gradual_ledger_transition(run->migration, request, run->incarnation, 0,
								   NULL, request == GRADUAL_FALL_BACK ?
								   run->migration->error : NULL))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" changed its status meanwhile",
						run->migration->name)));
	tick->outcome = GRADUAL_STOP;
}

/* Its tries to lock its tables are counted when they end, not when it begins. */
static bool
counts_tries(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_DDL || step->kind == GRADUAL_STEP_STATEMENT ||
		step->kind == GRADUAL_STEP_SCAN;
}

/* Mark a step as running before its work begins. */
static void
begin_step(GradualRun *run, GradualStep *step)
{
	/* after a failed attempt the name may be taken by our own leftover */
	if (step->kind == GRADUAL_STEP_INDEX && step->status != GRADUAL_STEP_FAILED)
		gradual_index_require_free(step);
	if (step->kind == GRADUAL_STEP_DROP_INDEX)
		gradual_ddl_remember(run, step);
	gradual_step_finish(run, step, GRADUAL_STEP_RUNNING);
	gradual_ledger_set_phase(run->migration, step->phase);
	if (!counts_tries(step) && step->kind != GRADUAL_STEP_WAIT)
		gradual_ledger_step_attempt(run->id, step->step, 0);
}

/*
 * Let the ledger know that code of the user is about to run; true if it did not
 * yet, and then that has to be committed first.  A worker that comes after a
 * crash says so anew: its claim took the mark away.
 */
static bool
mark_user_code(GradualRun *run, const GradualStep *step)
{
	bool		concurrent = step->kind == GRADUAL_STEP_INDEX ||
	step->kind == GRADUAL_STEP_DROP_INDEX || step->kind == GRADUAL_STEP_REINDEX;
	int			mark = concurrent ? 0 : step->step;

	if (run->foreground || run->helper > 0 || run->marked_step == mark)
		return false;
	gradual_ledger_mark_user_code(run->id, run->incarnation, mark, !concurrent);
	run->marked_step = mark;
	return true;
}

/* A command that refuses a transaction block, done when it has succeeded once. */
static bool
run_concurrent(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	if (!gradual_manners_look(run, step, tick))
		return false;
	tick->outcome = GRADUAL_TOP_LEVEL;
	tick->command = linitial(step->commands);
	tick->settings = step->settings;
	tick->activity = pstrdup(step->action);
	return false;
}

/* The work of one step (or of the steps of one transaction): true when done. */
static bool
run_steps(GradualRun *run, List *steps, GradualTick *tick)
{
	GradualStep *step = linitial(steps);

	switch (step->kind)
	{
		case GRADUAL_STEP_DDL:
		case GRADUAL_STEP_STATEMENT:
		case GRADUAL_STEP_SCAN:
			return gradual_ddl_run(run, steps, tick);
		case GRADUAL_STEP_BACKFILL:
			return gradual_fill_batch(run, step, tick);
		case GRADUAL_STEP_CONCURRENT:
			return run_concurrent(run, step, tick);
		case GRADUAL_STEP_REINDEX:
			tick->reindexes = true;
			return gradual_reindex_tidy(run, step, tick) && run_concurrent(run, step, tick);
		case GRADUAL_STEP_WAIT:
			if (!gradual_snapshots_gone(run, step, tick))
				return false;
			break;
		case GRADUAL_STEP_INDEX:
			if (!gradual_index_build(run, step, linitial(step->commands), tick))
				return false;
			break;
		case GRADUAL_STEP_DROP_INDEX:
			if (!gradual_index_drop_whole(run, step, tick))
				return false;
			break;
	}
	gradual_step_finish(run, step, GRADUAL_STEP_DONE);
	return true;
}

/* A step that waits its turn: another migration holds the table. */
static bool
must_wait_its_turn(GradualRun *run, GradualTick *tick)
{
	GradualMigration *migration = run->migration;
	char	   *table;
	char	   *holder;

	if (!migration->waits_its_turn || run->foreground)
		return false;
	holder = gradual_ledger_holder_of(migration->id, migration->tables, &table);
	if (holder == NULL)
		return false;
	tick->outcome = GRADUAL_WAIT;
	tick->wait_ms = 1000;
	tick->activity = psprintf("waiting for migration \"%s\", which holds %s",
							  holder, table);
	return true;
}

/*
 * A step of a transaction in which another one failed is as if it had not begun,
 * unless it was so half way back: then the rest of its undo is still to come.
 */
static void
not_begun(GradualRun *run, GradualStep *step)
{
	if (!gradual_ddl_is_half_undone(step))
		gradual_step_finish(run, step, GRADUAL_STEP_PENDING);
}

/* What failed before is tried again, with the others of its transaction. */
static void
begin_steps(GradualRun *run, List *steps)
{
	ListCell   *lc;

	begin_step(run, linitial(steps));
	for_each_from(lc, steps, 1)
	{
		GradualStep *step = lfirst(lc);

		if (step->status == GRADUAL_STEP_FAILED)
			not_begun(run, step);
	}
}

static void
do_steps(GradualRun *run, List *steps, GradualTick *tick)
{
	GradualStep *first = linitial(steps);
	bool		begun = first->status == GRADUAL_STEP_RUNNING;

	tick->step = first->step;
	tick->phase = first->phase;
	tick->fills = first->kind == GRADUAL_STEP_BACKFILL;
	GRADUAL_WITNESS(run->id, first->step);
	tick->work = gradual_step_words(first);
	tick->activity = tick->work;
	if (must_wait_its_turn(run, tick))
		return;
	if (!begun)
	{
		gradual_interim_require_in_place(run, first->lock_tables);
		begin_steps(run, steps);
		forget_steps(run);
	}
	if (mark_user_code(run, first) || !(begun || run->foreground))
		return;
	if (run_steps(run, steps, tick))
	{
		gradual_fill_prepare(run);
		GRADUAL_TESTPOINT("after-step");
		gradual_manners_reset(run);
		forget_steps(run);
	}
}

/* reset: everything is undone, so compile again and begin. */
static void
start_anew(GradualRun *run)
{
	gradual_ledger_store_steps(run->id, gradual_plan_compile(run->migration));
	gradual_ledger_restarted(run->migration);
	forget_steps(run);
}

/*
 * Nothing of the plan is left before ready.  With rows in the quarantine it does
 * not go on by itself: the user has to say what becomes of them.
 */
static bool
stop_for_quarantine(GradualRun *run, GradualTick *tick)
{
	int64		count;

	if (run->migration->goal != GRADUAL_TO_READY || !run->migration->quarantine)
		return false;
	count = gradual_quarantine_count(run->id);
	if (count == 0)
		return false;
	if (run->migration->auto_complete)
		gradual_ledger_fall_back(run->migration,
								 psprintf(ngettext(INT64_FORMAT " row is in the quarantine",
												   INT64_FORMAT " rows are in the quarantine",
												   (unsigned long) count), count));
	else
		stop(run, GRADUAL_REACH_READY, tick);
	return true;
}

/*
 * What helpers have read is in the statistics when they have left, and who becomes
 * ready notes what those say of the tables that go.
 */
static bool
must_wait_for_helpers(const GradualRun *run, GradualTick *tick)
{
	bool		drops = false;
	ListCell   *lc;

	foreach(lc, run->steps)
		drops |= ((GradualStep *) lfirst(lc))->drops != NIL;
	if (!drops || !run->helped)
		return false;
	tick->outcome = GRADUAL_WAIT;
	tick->wait_ms = HELPERS_MS;
	return true;
}

/*
 * Paused, cancelled or failed in the middle of a REINDEX: the index that it left
 * half built would cost every write from now on.  True when nothing is left, or
 * somebody else works on the migration, or it was tried in vain.
 */
static bool
tidy_before_leaving(GradualRun *run, GradualTick *tick)
{
	GradualMigration *migration = run->migration;
	ListCell   *lc;

	if (migration == NULL || run->foreground || run->helper > 0 || run->left_behind ||
		migration->incarnation != run->incarnation ||
		(migration->status != GRADUAL_PAUSED && migration->status != GRADUAL_CANCELLED &&
		 migration->status != GRADUAL_FAILED))
		return true;
	foreach(lc, run->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->kind != GRADUAL_STEP_REINDEX ||
			(step->status != GRADUAL_STEP_RUNNING && step->status != GRADUAL_STEP_FAILED))
			continue;
		tick->leaving = true;
		tick->step = step->step;
		if (!gradual_reindex_tidy(run, step, tick))
			return false;
	}
	return true;
}

void
gradual_executor_tick(GradualRun *run, GradualTick *tick)
{
	GradualUnit unit;

	memset(tick, 0, sizeof(GradualTick));
	tick->phase = GRADUAL_NO_PHASE;
	GRADUAL_WITNESS(run->id, 0);
	refresh(run);
	if (!is_ours(run))
	{
		if (tidy_before_leaving(run, tick))
			tick->outcome = GRADUAL_STOP;
		return;
	}
	if (run->helper == 0 && gradual_overtaken(run, tick))
		return;
	unit = gradual_scheduler_next(run->migration, run->steps);
	if (run->helper > 0 && !is_for_helper(run, &unit))
	{
		tick->outcome = GRADUAL_STOP;
		return;
	}
	switch (unit.next)
	{
		case GRADUAL_NEXT_STEPS:
			do_steps(run, unit.steps, tick);
			break;
		case GRADUAL_NEXT_UNDO:
			if (gradual_undoing_step(run, linitial(unit.steps), tick))
				forget_steps(run);
			break;
		case GRADUAL_NEXT_CONTRACT:
			if (stop_for_quarantine(run, tick))
				break;
			gradual_ledger_set_goal(run->migration, GRADUAL_TO_COMPLETED,
									run->migration->force);
			break;
		case GRADUAL_NEXT_READY:
			if (must_wait_for_helpers(run, tick))
				break;
			stop(run, GRADUAL_REACH_READY, tick);
			break;
		case GRADUAL_NEXT_FALL_BACK:
			if (must_wait_for_helpers(run, tick))
				break;
			stop(run, GRADUAL_FALL_BACK, tick);
			break;
		case GRADUAL_NEXT_COMPLETED:
			if (stop_for_quarantine(run, tick))
				break;
			stop(run, GRADUAL_REACH_COMPLETED, tick);
			break;
		case GRADUAL_NEXT_ROLLED_BACK:
			if (run->migration->restart)
				start_anew(run);
			else
				stop(run, GRADUAL_REACH_ROLLED_BACK, tick);
			break;
	}
}

bool
gradual_executor_at_stop(GradualRun *run)
{
	GradualUnit unit;

	refresh(run);
	if (!is_ours(run))
		return false;
	unit = gradual_scheduler_next(run->migration, run->steps);
	return unit.next != GRADUAL_NEXT_STEPS && unit.next != GRADUAL_NEXT_UNDO;
}

void
gradual_executor_committed(GradualRun *run, GradualTick *tick, double elapsed_ms)
{
	GRADUAL_TESTPOINT("after-commit");
	gradual_fill_committed(run, tick, elapsed_ms);
	if (run->backfill != NULL && run->steps == NIL)
		gradual_fill_close(run);	/* the step is done */
}

void
gradual_executor_aborted(GradualRun *run, GradualTick *tick)
{
	gradual_fill_aborted(run);
	run->marked_step = 0;
	forget_steps(run);
}

void
gradual_executor_top_level_done(GradualRun *run, GradualTick *tick)
{
	ListCell   *lc;

	refresh(run);
	if (!is_ours(run))
		return;
	foreach(lc, run->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->step != tick->step || OidIsValid(tick->leftover) ||
			(step->kind != GRADUAL_STEP_CONCURRENT && step->kind != GRADUAL_STEP_REINDEX))
			continue;
		gradual_step_finish(run, step, GRADUAL_STEP_DONE);
		if (tick->reindexes)
			gradual_reindexed_forget(run->id, step->step);
	}
	gradual_manners_reset(run);
	forget_steps(run);
}

/*
 * An index build that stopped before it began has left nothing behind: what has
 * its name is not ours, and no undo may touch it.  A step whose undo failed, and
 * with that its one transaction, is still done.
 */
static GradualStepStatus
status_after_failure(const GradualStep *step)
{
	if (step->kind == GRADUAL_STEP_INDEX && step->status == GRADUAL_STEP_PENDING)
		return GRADUAL_STEP_PENDING;
	return step->status == GRADUAL_STEP_DONE ? GRADUAL_STEP_DONE : GRADUAL_STEP_FAILED;
}

char *
gradual_executor_violators(GradualRun *run, const GradualTick *tick, const ErrorData *error)
{
	ListCell   *lc;

	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) != ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION)
		return NULL;
	refresh(run);
	if (!is_ours(run))
		return NULL;
	foreach(lc, run->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->step == tick->step)
			return gradual_ddl_violators(run, step);
	}
	return NULL;
}

static void
fail_step(GradualRun *run, GradualStep *step, const GradualTick *tick, const char *words)
{
	ListCell   *lc;

	foreach(lc, run->steps)
	{
		GradualStep *other = lfirst(lc);

		if (other->status == GRADUAL_STEP_RUNNING && gradual_fault_shared(step, other))
			not_begun(run, other);
	}
	(void) gradual_ledger_step_status(run->id, run->incarnation, step->step,
									  status_after_failure(step), words);
	if (tick->tried_to_lock && counts_tries(step))
		gradual_ledger_step_attempt(run->id, step->step, tick->waited_ms);
}

bool
gradual_executor_failed(GradualRun *run, GradualTick *tick, ErrorData *error)
{
	GradualStep *step;
	char	   *text;

	refresh(run);
	if (!is_ours(run))
	{
		run->left_behind = tick->leaving;
		return false;
	}
	step = gradual_fault_step(run->steps, tick, error);
	text = gradual_fault_describe(run->migration, run->steps, tick, step, error);

	if (step != NULL)
		fail_step(run, step, tick, text);
	if (run->migration->goal == GRADUAL_TO_COMPLETED && step != NULL &&
		step->phase == GRADUAL_PREPARE)
		gradual_ledger_fall_back(run->migration, text);
	else
		(void) gradual_ledger_transition(run->migration, GRADUAL_FAIL,
										 run->incarnation, step == NULL ? 0 : step->step,
										 text, text);
	forget_steps(run);
	return true;
}
