/*
 * publication.c
 *	  Keeping interim columns from the subscribers of a published table.
 *
 * Invariant: from the transaction that adds the first interim column to the one
 * that takes the last away, each publication of the table has a column list of
 * all other columns.  Both hold the table in ACCESS EXCLUSIVE mode, so that no
 * row is written while it is in no publication.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/publication.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "publication.c must stay pure"
#endif

/*
 * The columns that subscribers are to get: those that were there, and those that
 * the script has added before the step.
 */
static char *
column_list(const GradualRecipeState *state, const GradualCommand *command,
			const GradualPublication *member)
{
	char	   *list = pstrdup(member->columns);
	ListCell   *lc;

	foreach(lc, state->shown)
	{
		GradualColumn *column = lfirst(lc);

		if (!column->generated && list_member_ptr(command->table->added, column))
			list = psprintf("%s, %s", list, quote_identifier(column->name));
	}
	return psprintf(" (%s)", list);
}

/* Take the table out and in again, with another list; '' = none. */
static List *
set_list(List *texts, const GradualPublication *member, const char *list)
{
	texts = lappend(texts, psprintf("ALTER PUBLICATION %s DROP TABLE ONLY %s",
									member->publication, member->member));
	return lappend(texts, psprintf("ALTER PUBLICATION %s ADD TABLE ONLY %s%s%s",
								   member->publication, member->member, list,
								   member->condition));
}

/*
 * A step of an earlier statement hides the table, but it has to wait for
 * something and runs later: the list is needed here.  It stands before all else
 * that the step does, and is undone after all else.
 */
static void
take_over(GradualStep *hider, GradualStep *step, int count)
{
	List	   *commands = hider->commands;
	int			kept = list_length(hider->undo) - count;
	ListCell   *lc;

	hider->commands = NIL;
	foreach(lc, commands)
		gradual_steps_command(foreach_current_index(lc) < count ? step : hider, lfirst(lc));
	step->undo = list_copy_tail(hider->undo, kept);
	hider->undo = list_truncate(hider->undo, kept);
}

void
gradual_publication_hide(GradualRecipeState *state, const GradualCommand *command,
						 GradualStep *step)
{
	GradualTable *table = command->table;
	ListCell   *lc;

	foreach(lc, state->hidden)
	{
		ListCell   *hider = list_nth_cell(state->hiders, foreach_current_index(lc));

		if (lfirst(lc) != table)
			continue;
		if (((GradualStep *) lfirst(hider))->phase > step->phase)
		{
			take_over(lfirst(hider), step, 2 * list_length(table->publications));
			lfirst(hider) = step;
		}
		return;
	}
	if (table->publications == NIL)
		return;
	state->hidden = lappend(state->hidden, table);
	state->hiders = lappend(state->hiders, step);
	foreach(lc, table->publications)
	{
		GradualPublication *member = lfirst(lc);

		gradual_steps_commands(step, set_list(NIL, member, column_list(state, command, member)));
		step->undo = set_list(step->undo, member, "");
	}
	gradual_steps_note(step, "The table is published: it gets a column list without the interim column until complete, or every subscriber would stop.");
}

void
gradual_publication_follow(GradualRecipeState *state, const GradualCommand *command,
						   GradualStep *step)
{
	bool		hidden = list_member_ptr(state->hidden, command->table);
	List	   *before = NIL;
	ListCell   *lc;

	/* there the list is gone already */
	if (step->phase >= GRADUAL_SWAP)
		return;
	foreach(lc, command->table->publications)
	{
		if (hidden)
			before = set_list(before, lfirst(lc), column_list(state, command, lfirst(lc)));
	}
	state->shown = lappend(state->shown, command->added);
	if (before == NIL)
		return;
	foreach(lc, command->table->publications)
		gradual_steps_commands(step, set_list(NIL, lfirst(lc), column_list(state, command, lfirst(lc))));
	step->undo = list_concat(before, step->undo);
	state->plain = list_delete_ptr(state->plain, step);
	gradual_steps_note(step, "The table is published with a column list until complete, which the column joins.");
}

void
gradual_publication_restore(GradualRecipeState *state)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->hidden)
	{
		GradualTable *table = lfirst(lc);
		GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_SWAP);

		foreach(lm, table->publications)
			gradual_steps_commands(step, set_list(NIL, lfirst(lm), ""));
		step->action = "publish without column list";
		step->target = table->qualified;
		step->reversible = GRADUAL_UNTIL_COMPLETE;
		step->note = "As it was before the interim column came.";
		gradual_steps_lock(step, table, AccessExclusiveLock);
		gradual_steps_open(state, step);
	}
}
