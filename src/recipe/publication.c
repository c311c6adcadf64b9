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

/* The names of the publications that the table was in. */
static char *
known_names(const GradualTable *table)
{
	char	   *names = NULL;
	ListCell   *lc;

	foreach(lc, table->publications)
	{
		char	   *name = quote_literal_cstr(((GradualPublication *) lfirst(lc))->publication);

		names = names == NULL ? name : psprintf("%s, %s", names, name);
	}
	return names;
}

/*
 * The same as one command that does nothing if somebody has taken the table, or the
 * publication, away meanwhile: that shall stop neither the swap nor a rollback.
 * One that we do not know, with a list of the table, may be ours under a new name:
 * then it runs, and fails.
 */
static List *
bring_back_list(List *texts, const GradualTable *table, const GradualPublication *member,
				const char *list)
{
	List	   *plain = set_list(NIL, member, list);
	char	   *name = quote_literal_cstr(member->publication);

	return lappend(texts, psprintf(GRADUAL_UNDO_ROWS
								   "SELECT c FROM pg_catalog.unnest(ARRAY[%s, %s]) WITH ORDINALITY AS u (c, n)"
								   " WHERE EXISTS (SELECT FROM pg_catalog.pg_publication_rel r"
								   "  JOIN pg_catalog.pg_publication p ON p.oid = r.prpubid"
								   "  WHERE r.prattrs IS NOT NULL AND r.prrelid = pg_catalog.to_regclass(%s)"
								   "   AND (pg_catalog.quote_ident(p.pubname) = %s"
								   "    OR pg_catalog.quote_ident(p.pubname) <> ALL (ARRAY[%s])"
								   "     AND NOT EXISTS (SELECT FROM pg_catalog.pg_publication q"
								   "      WHERE pg_catalog.quote_ident(q.pubname) = %s))) ORDER BY n",
								   quote_literal_cstr(linitial(plain)),
								   quote_literal_cstr(lsecond(plain)),
								   quote_literal_cstr(member->member), name,
								   known_names(table), name));
}

/*
 * A step of an earlier statement hides the table, but it has to wait for
 * something and runs later: the list is needed here.  It stands before all else
 * that the step does, and is undone after all else.
 */
static void
take_over(GradualStep *hider, GradualStep *step, int publications)
{
	List	   *commands = hider->commands;
	int			count = 2 * publications;
	int			kept = list_length(hider->undo) - publications;
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
			take_over(lfirst(hider), step, list_length(table->publications));
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
		step->undo = bring_back_list(step->undo, table, member, "");
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
			before = bring_back_list(before, command->table, lfirst(lc), column_list(state, command, lfirst(lc)));
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

		/* the plan shows this; what runs asks whether others changed it */
		foreach(lm, table->publications)
			gradual_steps_commands(step, set_list(NIL, lfirst(lm), ""));
		step->commands = NIL;
		foreach(lm, table->publications)
			step->commands = bring_back_list(step->commands, table, lfirst(lm), "");
		step->action = "publish without column list";
		step->target = table->qualified;
		step->reversible = GRADUAL_UNTIL_COMPLETE;
		step->note = "As it was before the interim column came.";
		gradual_steps_lock(step, table, AccessExclusiveLock);
		gradual_steps_open(state, step);
	}
}
