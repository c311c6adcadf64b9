/*
 * order.c
 *	  The order in which the steps of a plan run, and which of them share a
 *	  transaction.
 *
 * Invariants: inside a phase the order of the recipes stays.  A plan whose steps
 * are all instant and all in expand is one transaction: nothing of it is ever
 * half there.  No later statement writes rows that an earlier one has yet to
 * fill.
 */
#include "postgres.h"

#include "recipe/steps.h"
#include "plan/order.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "order.c must stay pure"
#endif

/* May the step be one of several in a transaction? */
static bool
is_shareable(const GradualStep *step)
{
	return (step->kind == GRADUAL_STEP_DDL || step->kind == GRADUAL_STEP_STATEMENT) &&
		(strcmp(step->cost, "instant") == 0 || step->transaction == GRADUAL_TRANSACTION_JOINED) &&
		step->transaction != GRADUAL_TRANSACTION_ALONE;
}

static List *
sort_by_phase(List *steps)
{
	List	   *sorted = NIL;
	ListCell   *lc;

	for (GradualPhase phase = GRADUAL_EXPAND; phase <= GRADUAL_TAIL; phase++)
	{
		foreach(lc, steps)
		{
			if (((GradualStep *) lfirst(lc))->phase == phase)
				sorted = lappend(sorted, lfirst(lc));
		}
	}
	return sorted;
}

static bool
writes_rows(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_BACKFILL || step->kind == GRADUAL_STEP_STATEMENT;
}

/*
 * A later statement that wrote a row first would make it look filled, and its
 * value would be missing for good.  The recipes see to it that none does; that
 * it is so in this plan, too, is worth a look before anything runs.
 */
static void
check_fills(List *sorted)
{
	ListCell   *lc,
			   *lb;

	foreach(lc, sorted)
	{
		GradualStep *fill = lfirst(lc);

		if (fill->proof != GRADUAL_PROOF_ATTRIBUTES || fill->phase > GRADUAL_PHASE_READY)
			continue;
		foreach(lb, sorted)
		{
			GradualStep *before = lfirst(lb);

			if (before == fill)
				break;
			if (writes_rows(before) && before->statement > fill->statement &&
				strcmp(before->target, fill->target) == 0)
				elog(ERROR, "statement %d would write rows of %s before statement %d fills them",
					 before->statement, fill->target, fill->statement);
		}
	}
}

List *
gradual_plan_order(List *steps)
{
	List	   *sorted = sort_by_phase(steps);
	GradualStep *before = NULL;
	int			transaction = 0;
	int			number = 0;
	ListCell   *lc;

	foreach(lc, sorted)
	{
		GradualStep *step = lfirst(lc);

		step->step = ++number;
		if (!is_shareable(step))
			step->transaction = 0;
		else if (before != NULL && before->transaction > 0 && before->phase == step->phase)
			step->transaction = before->transaction;
		else
			step->transaction = ++transaction;
		before = step;
	}
	foreach(lc, sorted)
	{
		GradualStep *step = lfirst(lc);

		step->goes_with = step->taken_by != NULL ? step->taken_by->step : 0;
	}
	check_fills(sorted);
	return sorted;
}

bool
gradual_plan_has_contract(List *steps)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualPhase phase = ((GradualStep *) lfirst(lc))->phase;

		if (phase > GRADUAL_PHASE_READY && phase <= GRADUAL_TAIL)
			return true;
	}
	return false;
}

/* Estimates and notes change from day to day; a plan is what is done and how. */
static bool
differs(const GradualStep *a, const GradualStep *b)
{
	return a->phase != b->phase || a->statement != b->statement ||
		strcmp(a->action, b->action) != 0 || strcmp(a->target, b->target) != 0 ||
		strcmp(a->sql, b->sql) != 0 || strcmp(a->lock_mode, b->lock_mode) != 0 ||
		strcmp(a->blocks, b->blocks) != 0 || strcmp(a->cost, b->cost) != 0 ||
		strcmp(a->reversible, b->reversible) != 0;
}

bool
gradual_plan_differs(List *a, List *b)
{
	ListCell   *la,
			   *lb;

	if (list_length(a) != list_length(b))
		return true;
	forboth(la, a, lb, b)
	{
		if (differs(lfirst(la), lfirst(lb)))
			return true;
	}
	return false;
}
