/*
 * bring.c
 *	  Which step brings the table, or the columns, that another one writes to.
 *
 * Nothing takes an INSERT into a table of the script back but the DROP of that
 * table.  So it is done until then: were it called undone before, whoever starts
 * again from there would get its rows twice.  The same of n = n + 1 for a column
 * that the script has added.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/texts.h"
#include "recipe/bring.h"
#include "recipe/names.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "bring.c must stay pure"
#endif

static char *
drop_column(const GradualTable *table, const char *column)
{
	return psprintf("ALTER TABLE %s DROP COLUMN IF EXISTS %s", table->qualified, column);
}

/* The table itself, or one below it: a partition takes its rows along. */
static bool
creates(const GradualRecipeState *state, const GradualStep *step, const GradualTable *table)
{
	const GradualStatement *statement;
	GradualCommand *command;

	if (step->statement == 0 || step->undo_query == NULL)
		return false;
	statement = list_nth(state->script->statements, step->statement - 1);
	switch (nodeTag(statement->node))
	{
		case T_CreateStmt:
			command = linitial(statement->commands);
			return gradual_texts_have(gradual_names_defined(statement), table->name) ||
				(((CreateStmt *) statement->node)->inhRelations != NIL &&
				 list_member_ptr(command->touches, table));
		case T_CreateTableAsStmt:
		case T_SelectStmt:
			return gradual_texts_have(gradual_names_defined(statement), table->name);
		default:
			return false;
	}
}

/* A column of any name: a row that loses one is not what it was, either. */
static bool
brings_rows(const GradualRecipeState *state, const GradualStep *step, const GradualTable *table)
{
	const char *prefix = drop_column(table, "");
	ListCell   *lc;

	if (creates(state, step, table))
		return true;
	foreach(lc, step->undo)
	{
		if (strncmp(lfirst(lc), prefix, strlen(prefix)) == 0)
			return true;
	}
	return false;
}

static bool
brings_column(const GradualStep *step, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->change != NULL ? command->change->assigns : NIL)
	{
		if (gradual_texts_have(step->undo,
							   drop_column(command->table, quote_identifier(lfirst(lc)))))
			return true;
	}
	return false;
}

void
gradual_bring_find(const GradualRecipeState *state, const GradualCommand *command,
				   GradualStep *step)
{
	ListCell   *lc;

	if (command->table == NULL || strcmp(step->reversible, "yes") != 0 ||
		step->phase > GRADUAL_PHASE_READY || step->proof == GRADUAL_PROOF_ATTRIBUTES ||
		step->carries)
		return;
	foreach(lc, state->steps)
	{
		GradualStep *before = lfirst(lc);

		if (before->statement < step->statement &&
			(command->table->created ? brings_rows(state, before, command->table) :
			 brings_column(before, command)))
			step->taken_by = before;
	}
}
