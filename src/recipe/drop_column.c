/*
 * drop_column.c
 *	  DROP COLUMN.
 *
 * Invariant: until the swap the column is there, with all that hangs on it, for
 * the application that knows it; the one that does not know it may leave it out.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "utils/builtins.h"

#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "drop_column.c must stay pure"
#endif

/* The command as one that only allows NULL: it takes away nothing that is needed. */
static GradualCommand
relaxed(const GradualCommand *command)
{
	GradualCommand relax = *command;
	AlterTableCmd *cmd = makeNode(AlterTableCmd);

	cmd->subtype = AT_DropNotNull;
	cmd->name = command->column;
	relax.node = (Node *) cmd;
	relax.freed = false;
	return relax;
}

/*
 * A NOT NULL column without a default fails every INSERT that leaves it out.  The
 * old application never does, so what relies on the NOT NULL still may.
 */
static void
relax_not_null(GradualRecipeState *state, GradualCommand *command)
{
	GradualCommand relax = relaxed(command);
	GradualStep *step;

	if (!command->column_not_null || command->previous_default != NULL ||
		!command->column_relaxable)
		return;

	/* the script's own is not NOT NULL before the swap */
	if (gradual_steps_added_column(command, command->column) != NULL)
	{
		(void) gradual_recipe_forget_required(state, command);
		return;
	}
	if (gradual_place_column(state, &relax, GRADUAL_EXPAND) >= GRADUAL_SWAP)
		return;
	if (gradual_recipe_after_primary(state, command) >= GRADUAL_SWAP)
	{
		command->column_relaxable = false;
		return;
	}
	gradual_recipe_drop_not_null(state, &relax);
	step = llast(state->steps);
	state->plain = list_delete_ptr(state->plain, step);
	step->note = psprintf("So that the new application can leave it out before complete. %s%s",
						  command->reverse != NULL ? "" : "The old one reads NULL in such rows. ",
						  step->note);
}

/* The new application leaves the column out; a trigger gives it its value. */
static void
keep_in_step(GradualRecipeState *state, const GradualCommand *command)
{
	GradualCommand keep = relaxed(command);
	GradualPhase phase = gradual_place_column(state, &keep, GRADUAL_EXPAND);
	GradualStep *step;

	if (command->reverse == NULL || phase >= GRADUAL_SWAP)
		return;
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	step->action = psprintf("keep %s in step", command->column);
	gradual_steps_lock(step, command->table, ShareRowExclusiveLock);
	gradual_trigger_add(state, command->table, step,
						list_make4(gradual_steps_column(command, phase), command->reverse,
								   "", "reverse"));
	step->note = psprintf("A trigger sets it to %s in rows that leave it out until complete, or that change what this is made of.",
						  command->reverse);
}

static void
describe(GradualStep *step, const GradualCommand *command)
{
	step->note = "Only after complete: until then the running application may use it.";
	if (command->takes_along != NULL)
		gradual_steps_note(step, psprintf("With it go: %s.", command->takes_along));
	if (command->column_not_null && command->previous_default == NULL &&
		!command->column_relaxable)
		gradual_steps_note(step, "Its NOT NULL cannot be dropped before, so until complete an INSERT has to give it a value.");
	if (command->drop != NULL && command->drop->along != NULL)
		gradual_steps_note(step, psprintf("CASCADE takes along: %s.", command->drop->along));
	if (command->touches != NIL)
		gradual_steps_note(step, "A foreign key locks the table it refers to as well.");
	gradual_steps_note_mentioned(step, command);
}

void
gradual_recipe_drop_column(GradualRecipeState *state, GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	GradualPhase phase;
	GradualStep *step;

	if (gradual_steps_drops_own(command))
	{
		gradual_recipe_option(state, command);
		return;
	}
	keep_in_step(state, command);
	relax_not_null(state, command);
	phase = gradual_place_column(state, command, GRADUAL_SWAP);
	step = gradual_steps_plain(state, command, phase,
							   psprintf("ALTER TABLE %s%s DROP COLUMN %s%s",
										gradual_steps_is_only(command) ? "ONLY " : "",
										command->table->qualified,
										quote_identifier(command->column),
										cmd->behavior == DROP_CASCADE ? " CASCADE" : ""));
	step->action = psprintf("drop column %s", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	gradual_steps_lock_dropped(step, command, AccessExclusiveLock);
	describe(step, command);
}
