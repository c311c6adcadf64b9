/*
 * scheduler.c
 *	  What comes next in a migration.
 *
 * Invariant: the answer depends on nothing but the migration's goal and its
 * steps' statuses, so a new worker after a crash decides as the old one did.
 */
#include "postgres.h"

#include "ledger/cursor.h"
#include "ledger/migration.h"
#include "plan/order.h"
#include "run/scheduler.h"

static GradualUnit
unit(GradualNext next, List *steps)
{
	GradualUnit result = {next, steps};

	return result;
}

/* Has the step left something behind that an undo has to remove? */
static bool
has_begun(const GradualStep *step)
{
	return step->status == GRADUAL_STEP_DONE ||
		step->status == GRADUAL_STEP_RUNNING ||
		step->status == GRADUAL_STEP_FAILED;
}

/* What it has done is there until the other step is undone, and goes with that. */
static bool
goes_with_another(List *steps, const GradualStep *step)
{
	return step->goes_with > 0 && has_begun(list_nth(steps, step->goes_with - 1));
}

/* The last step in [from, to] that has begun: undoing goes backwards. */
static GradualStep *
last_begun(List *steps, GradualPhase from, GradualPhase to)
{
	for (int i = list_length(steps) - 1; i >= 0; i--)
	{
		GradualStep *step = list_nth(steps, i);

		if (step->phase >= from && step->phase <= to && has_begun(step) &&
			!goes_with_another(steps, step))
			return step;
	}
	return NULL;
}

static GradualStep *
first_open(List *steps, GradualPhase last)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->phase <= last && step->status != GRADUAL_STEP_DONE)
			return step;
	}
	return NULL;
}

/* The step and its open neighbours of the same transaction. */
static List *
transaction_of(List *steps, GradualStep *first)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (first->transaction == 0)
		return list_make1(first);
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->transaction == first->transaction &&
			step->status != GRADUAL_STEP_DONE)
			result = lappend(result, step);
	}
	return result;
}

static GradualUnit
next_to_ready(const GradualMigration *migration, List *steps)
{
	GradualStep *step;

	/*
	 * Something of prepare is there, but the goal is ready: prepare failed.
	 * Its proofs must go, or they would raise in the application.
	 */
	if (last_begun(steps, GRADUAL_PREPARE, GRADUAL_PREPARE) != NULL)
		return unit(GRADUAL_NEXT_UNDO,
					list_make1(last_begun(steps, GRADUAL_PREPARE, GRADUAL_PREPARE)));
	if (migration->fell_back)
		return unit(GRADUAL_NEXT_FALL_BACK, NIL);

	step = first_open(steps, GRADUAL_PHASE_READY);
	if (step != NULL)
		return unit(GRADUAL_NEXT_STEPS, transaction_of(steps, step));
	if (!gradual_plan_has_contract(steps))
		return unit(GRADUAL_NEXT_COMPLETED, NIL);
	if (migration->auto_complete)
		return unit(GRADUAL_NEXT_CONTRACT, NIL);
	return unit(GRADUAL_NEXT_READY, NIL);
}

GradualUnit
gradual_scheduler_next(const GradualMigration *migration, List *steps)
{
	GradualStep *step;

	switch (migration->goal)
	{
		case GRADUAL_TO_ROLLED_BACK:
			step = last_begun(steps, GRADUAL_EXPAND, GRADUAL_PREPARE);
			if (step != NULL)
				return unit(GRADUAL_NEXT_UNDO, list_make1(step));
			return unit(GRADUAL_NEXT_ROLLED_BACK, NIL);

		case GRADUAL_TO_COMPLETED:
			step = first_open(steps, GRADUAL_TAIL);
			if (step != NULL)
				return unit(GRADUAL_NEXT_STEPS, transaction_of(steps, step));
			return unit(GRADUAL_NEXT_COMPLETED, NIL);

		case GRADUAL_TO_READY:
			break;
	}
	return next_to_ready(migration, steps);
}

/* Did the step change rows that no undo brings back? */
static bool
changed_rows(int32 migration, const GradualStep *step)
{
	if (strcmp(step->reversible, "no") != 0 || !has_begun(step))
		return false;
	if (step->kind == GRADUAL_STEP_STATEMENT)
		return step->status == GRADUAL_STEP_DONE;
	if (step->kind != GRADUAL_STEP_BACKFILL)
		return false;
	return gradual_cursor_processed(migration, step->step) > 0;
}

GradualStep *
gradual_scheduler_irreversible(int32 migration, List *steps)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (changed_rows(migration, step))
			return step;
	}
	return NULL;
}
