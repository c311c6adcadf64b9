/*
 * join.c
 *	  The steps of the subcommands of one ALTER TABLE.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/join.h"
#include "recipe/place.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "join.c must stay pure"
#endif

/* Do its words name a column by another name than it has in the phase? */
static bool
names_bridged(const GradualStatement *statement, GradualPhase phase)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->column != NULL &&
			strcmp(gradual_steps_column(command, phase), command->column) != 0)
			return true;
	}
	return false;
}

/* May the new steps be one step, in the words of the statement? */
static bool
is_mergeable(const GradualRecipeState *state, const GradualStatement *statement, List *made)
{
	GradualStep *first = linitial(made);
	ListCell   *lc;

	if (names_bridged(statement, first->phase))
		return false;
	foreach(lc, made)
	{
		GradualStep *step = lfirst(lc);

		if (!list_member_ptr(state->plain, step) || step->phase != first->phase)
			return false;
		if (list_length(made) > 1 && strcmp(step->cost, "instant") != 0)
			return false;
	}
	return true;
}

static char *
stricter(char *a, char *b)
{
	if (strcmp(a, "no") == 0 || strcmp(b, "yes") == 0)
		return a;
	return b;
}

/* A note without the sentences at its beginning that another has there too. */
static const char *
beyond_common(const char *note, const char *other)
{
	const char *rest = note;

	for (int i = 0; note[i] != '\0' && note[i] == other[i]; i++)
	{
		if (note[i] == ' ' && i > 1 && note[i - 1] == '.' && note[i - 2] != '.')
			rest = &note[i + 1];
	}
	return rest;
}

static char *
join_queries(char *first, char *second)
{
	if (first == NULL || second == NULL)
		return first == NULL ? second : first;
	return psprintf("(%s) UNION ALL (%s)", first, second);
}

/* In reverse order; of each step what its query gives before its texts. */
static void
merge_undo(GradualStep *merged, const GradualStep *step)
{
	char	   *query = step->undo_query;
	ListCell   *lc;

	if (merged->undo_query == NULL)
	{
		merged->undo_query = query;
		merged->undo = list_concat(list_copy(step->undo), merged->undo);
		return;
	}
	foreach(lc, step->undo)
		query = join_queries(query, psprintf("SELECT %s", quote_literal_cstr(lfirst(lc))));
	merged->undo_query = join_queries(query, merged->undo_query);
}

static void
merge_into(GradualStep *merged, GradualStep *step)
{
	merged->action = psprintf("%s, %s", merged->action, step->action);
	gradual_steps_lock_as(merged, step);
	merged->reversible = stricter(merged->reversible, step->reversible);
	gradual_steps_note(merged, beyond_common(step->note, merged->note));
	merge_undo(merged, step);
	merged->undo_checks = list_concat(merged->undo_checks, step->undo_checks);
}

/* Do two subcommands set, or drop, the same thing of the same column? */
static bool
is_contrary(const GradualCommand *a, const GradualCommand *b)
{
	AlterTableType one = ((AlterTableCmd *) a->node)->subtype;
	AlterTableType other = ((AlterTableCmd *) b->node)->subtype;

	return ((one == AT_ColumnDefault && other == AT_ColumnDefault) ||
			(one == AT_SetNotNull && other == AT_DropNotNull) ||
			(one == AT_DropNotNull && other == AT_SetNotNull)) &&
		strcmp(a->column, b->column) == 0;
}

/*
 * PostgreSQL drops first and then sets, in whatever order they are written;
 * steps have an order of their own.
 */
static void
refuse_contrary(const GradualStatement *statement)
{
	ListCell   *lc,
			   *lo;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		foreach(lo, statement->commands)
		{
			if (lo != lc && is_contrary(command, lfirst(lo)) &&
				!gradual_place_is_retyped(command))
				gradual_script_refuse(statement, "ALTER TABLE with several subcommands",
									  psprintf("It would have to be taken apart, and two of them are about the same thing of column \"%s\".",
											   command->column),
									  "Leave out the one that the other undoes.");
		}
	}
}

void
gradual_join_subcommands(GradualRecipeState *state, GradualStatement *statement, int first)
{
	List	   *made = list_copy_tail(state->steps, first);
	GradualStep *merged;
	ListCell   *lc;

	if (made == NIL)
		return;
	if (is_mergeable(state, statement, made))
	{
		merged = linitial(made);
		for_each_from(lc, made, 1)
			merge_into(merged, lfirst(lc));
		merged->commands = list_make1(statement->sql);
		merged->sql = statement->sql;
		state->steps = list_truncate(state->steps, first + 1);
		return;
	}
	if (list_length(statement->commands) > 1 &&
		gradual_steps_is_only(linitial(statement->commands)))
		gradual_script_refuse(statement, "ALTER TABLE ONLY with several subcommands",
							  "They are not all instant, so it would have to be taken apart.",
							  "Write an ALTER TABLE for each of them.");
	refuse_contrary(statement);
	foreach(lc, made)
	{
		GradualStep *step = lfirst(lc);

		if (step->commands == NIL && step->check == NULL)
			gradual_script_refuse(statement, "ALTER TABLE with several subcommands",
								  psprintf("To %s at once with the others it would have to be taken apart.",
										   step->action),
								  "Write it as an ALTER TABLE of its own.");
	}
}
