/*
 * undoing.c
 *	  A step is taken back.
 *
 * Invariant: the ledger says of a step that it is done only as long as all of it
 * is there, and, of what fills a table, as long as that has its rows.
 *
 * If we crash here the undo goes on with what the ledger does not call undone.
 */
#include "postgres.h"

#include "base/texts.h"
#include "base/witness.h"
#include "ledger/steps.h"
#include "ledger/transition.h"
#include "run/ddl.h"
#include "run/fill.h"
#include "run/index.h"
#include "run/index_undo.h"
#include "run/interim.h"
#include "run/manners.h"
#include "run/reindex.h"
#include "run/undoing.h"

/* What was made on a table is gone with it, but not the interim sequence of a column. */
static bool
undo_without_table(GradualRun *run, const GradualStep *step, GradualTick *tick)
{
	static const char *const sequence = "DROP SEQUENCE IF EXISTS ";
	GradualStep rest = *step;
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, step->status == GRADUAL_STEP_DONE ? step->undo : NIL)
	{
		if (strncmp(lfirst(lc), sequence, strlen(sequence)) == 0)
			commands = lappend(commands, lfirst(lc));
	}
	rest.lock_tables = rest.lock_modes = rest.undo_tables = NIL;
	return gradual_ddl_undo(run, &rest, commands, tick);
}

/* Undo what a step has left behind: true when nothing is left. */
static bool
undo_work(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	if (run->migration->goal == GRADUAL_TO_ROLLED_BACK && run->migration->force &&
		gradual_interim_table_is_gone(run, gradual_step_undo_tables(step)))
		return undo_without_table(run, step, tick);
	if (run->migration->goal == GRADUAL_TO_ROLLED_BACK)
		gradual_interim_require_in_place(run, gradual_step_undo_tables(step));
	switch (step->kind)
	{
		case GRADUAL_STEP_INDEX:
			return gradual_index_undo_build(run, step, tick);
		case GRADUAL_STEP_DROP_INDEX:
			if (step->undo == NIL)
				return true;
			if (!gradual_index_build(run, step, linitial(step->undo), tick))
				return false;
			return gradual_ddl_undo(run, step, gradual_index_undo_after(step), tick);
		case GRADUAL_STEP_REINDEX:
			return gradual_reindex_tidy(run, step, tick);
		default:
			break;
	}

	/* it was done in one transaction, all or nothing */
	if (step->status != GRADUAL_STEP_DONE && !gradual_ddl_is_half_undone(step))
		return true;
	return gradual_ddl_undo(run, step, step->undo, tick);
}

/*
 * An undo of several transactions can stop in the middle, and whoever then
 * starts again, instead of rolling back again, must not find the step done.
 */
static void
begin_undo(GradualRun *run, GradualStep *step)
{
	if ((step->kind == GRADUAL_STEP_INDEX || step->kind == GRADUAL_STEP_DROP_INDEX) &&
		step->status == GRADUAL_STEP_DONE)
		gradual_step_finish(run, step, GRADUAL_STEP_RUNNING);
}

static void
finish_undo(GradualRun *run, GradualStep *step, GradualStepStatus status)
{
	gradual_step_finish(run, step, status);
	if (step->kind == GRADUAL_STEP_BACKFILL)
		gradual_fill_undone(run, step);
}

/* What other steps had done is gone with it, as are copies where it empties the table. */
static void
undo_along(GradualRun *run, const GradualStep *step, GradualStepStatus after)
{
	ListCell   *lc;

	foreach(lc, run->steps)
	{
		GradualStep *other = lfirst(lc);

		if ((other->goes_with > 0 || other->carries) && other->status != GRADUAL_STEP_PENDING &&
			other->status != GRADUAL_STEP_UNDONE &&
			(other->goes_with == step->step || gradual_texts_have(step->empties, other->target)))
			finish_undo(run, other, after);
	}
}

bool
gradual_undoing_step(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	bool		back_to_ready = run->migration->goal == GRADUAL_TO_READY;
	GradualStepStatus after = back_to_ready ? GRADUAL_STEP_PENDING : GRADUAL_STEP_UNDONE;
	bool		was_done;

	tick->step = step->step;
	tick->phase = back_to_ready ? step->phase : GRADUAL_ROLLBACK;
	tick->activity = psprintf("undoing: %s", gradual_step_words(step));
	gradual_ledger_set_phase(run->migration, tick->phase);
	GRADUAL_WITNESS(run->id, -step->step);

	was_done = step->status == GRADUAL_STEP_DONE || gradual_ddl_is_half_undone(step);
	begin_undo(run, step);
	if (!undo_work(run, step, tick))
		return false;
	if (was_done)
		undo_along(run, step, after);
	finish_undo(run, step, after);
	gradual_ddl_undone(run, step);
	gradual_manners_reset(run);
	return true;
}
