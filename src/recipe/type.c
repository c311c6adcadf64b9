/*
 * type.c
 *	  ALTER COLUMN .. TYPE.
 *
 * A change that PostgreSQL makes in its catalog alone runs as written.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "type.c must stay pure"
#endif

/* The subcommand as a statement of its own. */
static char *
type_text(const GradualCommand *command)
{
	return gradual_steps_alter_column(command, GRADUAL_SWAP, psprintf("TYPE %s", command->retype->type));
}

static GradualStep *
as_written(GradualRecipeState *state, const GradualCommand *command, GradualPhase own,
		   char *generated)
{
	GradualPhase phase = gradual_place_column(state, command, own);
	GradualStep *step = gradual_steps_plain(state, command, phase, generated);

	step->action = psprintf("change type of %s", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	return step;
}

/* What the table holds by the time of a rollback may be a row or two. */
static List *
back_to_old_type(const GradualCommand *command)
{
	const char *column = quote_identifier(command->column);
	List	   *undo = list_make1(gradual_steps_alter_column(command, GRADUAL_SWAP,
															 psprintf("TYPE %s USING %s::pg_catalog.text::%s",
																	  command->retype->old_type, column,
																	  command->retype->old_type)));

	if (command->previous_default != NULL)
	{
		undo = lcons(gradual_steps_alter_column(command, GRADUAL_SWAP, "DROP DEFAULT"), undo);
		undo = lappend(undo, gradual_steps_alter_column(command, GRADUAL_SWAP,
														psprintf("SET DEFAULT %s",
																 command->previous_default)));
	}
	return undo;
}

static void
change_without_rows(GradualRecipeState *state, const GradualCommand *command)
{
	bool		single = list_length(command->statement->commands) == 1;
	GradualStep *step = as_written(state, command, GRADUAL_EXPAND,
								   single ? command->statement->sql : NULL);

	step->note = "The table has no rows.";
	if (step->phase >= GRADUAL_SWAP)
		return;
	step->undo = back_to_old_type(command);
	step->reversible = "if every value fits";
}

/*
 * No row, no index and no constraint is looked at.  A type that the application
 * could tell from the old one comes with the swap.
 */
static void
change_in_place(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRetype *retype = command->retype;
	bool		single = list_length(command->statement->commands) == 1;
	GradualStep *step = as_written(state, command,
								   retype->widens ? GRADUAL_EXPAND : GRADUAL_SWAP,
								   single ? command->statement->sql : type_text(command));

	if (step->phase < GRADUAL_SWAP)
	{
		step->undo = list_make1(gradual_steps_alter_column(command, GRADUAL_SWAP,
														   psprintf("TYPE %s", retype->old_type)));
		step->reversible = "if every value fits";
		step->note = "Catalog only: the values stay as they are. Rolling back rewrites the table under ACCESS EXCLUSIVE, and fails while a value is too long.";
	}
	else
		step->note = "Catalog only: the values stay as they are. Only after complete, since the running application may tell the types apart.";
}

void
gradual_recipe_alter_type(GradualRecipeState *state, GradualCommand *command)
{
	GradualRetype *retype = command->retype;

	if (retype == NULL)
		elog(ERROR, "no facts about the new type of statement %d", command->statement->number);
	if (GRADUAL_TABLE_AT_ONCE(command->table))
		change_without_rows(state, command);
	else if (retype->in_place)
		change_in_place(state, command);
	else
		gradual_script_refuse(command->statement, "ALTER COLUMN TYPE",
							  "It rewrites the table, or scans it, while nobody can read or write it.",
							  NULL);
}
