/*
 * trigger.c
 *	  The sync trigger of a table: made with the columns that it fills, dropped
 *	  first thing in the swap.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "trigger.c must stay pure"
#endif

GradualAssignment *
gradual_trigger_assignment(const GradualRecipeState *state, const GradualTable *table,
						   const GradualColumn *column, GradualChange **change)
{
	ListCell   *lc,
			   *lm,
			   *la;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (!column->filled || statement->number != column->filled_by)
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *command = lfirst(lm);

			if (command->table != table || command->change == NULL || command->change->late)
				continue;
			*change = command->change;
			foreach(la, command->change->assignments)
			{
				GradualAssignment *assignment = lfirst(la);

				if (strcmp(assignment->column, column->name) == 0)
					return assignment;
			}
		}
	}
	return NULL;
}

void
gradual_trigger_add(GradualRecipeState *state, const GradualCommand *command,
					GradualStep *step, List *arguments)
{
	GradualFill *fill = gradual_steps_fill(state, command->table,
										   step->phase >= GRADUAL_SWAP);
	const char *table = command->table->qualified;
	const char *name = quote_identifier(gradual_ident_sync_trigger(state->migration));
	StringInfoData text;
	ListCell   *lc;

	fill->arguments = list_concat(fill->arguments, arguments);
	fill->trigger = true;
	initStringInfo(&text);
	foreach(lc, fill->arguments)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));

	gradual_steps_command(step, psprintf("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION gradual.sync(%s)",
										 name, table, text.data));
	gradual_steps_command(step, psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
										 table, name));
	step->undo = lcons(psprintf("DROP TRIGGER IF EXISTS %s ON %s", name, table),
					   step->undo);
	gradual_steps_note(step,
					   "A sync trigger, made in the same transaction, fills the column in rows that the application writes meanwhile.");
}

void
gradual_trigger_drop(GradualRecipeState *state, const GradualFill *fill)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL,
										  fill->late ? GRADUAL_TAIL : GRADUAL_SWAP);

	gradual_steps_command(step, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
										 quote_identifier(gradual_ident_sync_trigger(state->migration)),
										 fill->table->qualified));
	step->action = "drop sync trigger";
	step->target = fill->table->qualified;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "From here on the application fills the new columns itself.";
	gradual_steps_lock(step, fill->table, AccessExclusiveLock);
	if (!fill->late)
		gradual_steps_open(state, step);
}
