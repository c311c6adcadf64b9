/*
 * overtaken.c
 *	  A request that was overtaken by the work that it was to stop.
 *
 * rollback() and start() look at what has been done, and a worker in the middle
 * of a step may commit it between that look and the commit of the request: the
 * caller may leave its transaction open for as long as it likes.  So who acts on
 * the request looks again.  That look is the last word, since a worker that has
 * claimed the migration has waited for what all others before it wrote.
 *
 * Invariant: nothing is undone once a step of the swap is done.  The columns that
 * it put in place have the names of those that an undo drops.
 *
 * If we crash here the next worker finds the same.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/errors.h"
#include "ledger/transition.h"
#include "run/overtaken.h"
#include "run/scheduler.h"

static void
refuse(GradualRun *run, GradualTick *tick, char *error)
{
	GradualMigration *migration = run->migration;

	if (!gradual_ledger_transition(migration, GRADUAL_FAIL, run->incarnation, 0, error, error))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" changed its status meanwhile", migration->name)));
	tick->outcome = GRADUAL_STOP;
}

static void
refuse_after_swap(GradualRun *run, GradualTick *tick)
{
	GradualMigration *migration = run->migration;

	migration->goal = GRADUAL_TO_COMPLETED;
	migration->phase = GRADUAL_SWAP;
	refuse(run, tick,
		   psprintf("the swap was committed before the rollback that was asked for could begin: nothing was undone"
					GRADUAL_HINT_MARK "After the swap there is only forward: SELECT gradual.start(%s);",
					quote_literal_cstr(migration->name)));
}

static void
refuse_to_lose(GradualRun *run, GradualTick *tick, const GradualStep *lost)
{
	refuse(run, tick,
		   psprintf("step %d (%s on %s) changed rows, whose former values are not kept, before the rollback that was asked for could begin: nothing was undone"
					GRADUAL_HINT_MARK "SELECT gradual.rollback(%s, force => true); undoes everything else and leaves these changes in place.",
					lost->step, lost->action, lost->target,
					quote_literal_cstr(run->migration->name)));
}

bool
gradual_overtaken(GradualRun *run, GradualTick *tick)
{
	GradualMigration *migration = run->migration;
	bool		undoes = migration->goal == GRADUAL_TO_ROLLED_BACK;
	GradualStep *lost = NULL;

	if (migration->goal == GRADUAL_TO_COMPLETED)
		return false;
	if (gradual_is_swapped(run->steps))
	{
		if (undoes)
			refuse_after_swap(run, tick);
		else
			gradual_ledger_set_goal(migration, GRADUAL_TO_COMPLETED, migration->force);
		return true;
	}
	if (undoes && !migration->force)
		lost = gradual_scheduler_irreversible(run->id, run->steps);
	if (lost == NULL)
		return false;
	refuse_to_lose(run, tick, lost);
	return true;
}
