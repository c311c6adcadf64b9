/*
 * carry.c
 *	  The trigger that carries changes of a table over to its copy: made before
 *	  the copy begins, dropped first thing in the swap.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/carry.h"
#include "recipe/names.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "carry.c must stay pure"
#endif

/* Does another statement put rows into the table too? */
static bool
is_filled_elsewhere(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	if (list_member_ptr(state->loaded, command->table))
		return true;
	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other != command && other->table == command->table &&
			(IsA(other->node, InsertStmt) || IsA(other->node, MergeStmt)))
			return true;
	}
	return false;
}

char *
gradual_carry_obstacle(const GradualRecipeState *state, const GradualCommand *command,
					   GradualPhase phase)
{
	const GradualCopy *copy = command->change->copy;

	if (copy->not_carried != NULL)
		return copy->not_carried;
	if (phase > GRADUAL_PHASE_READY)
		return "the copy has to wait for complete";
	if (!copy->unique && is_filled_elsewhere(state, command))
		return psprintf("other statements put rows into %s as well, and nothing keeps their keys apart",
						command->table->qualified);
	return NULL;
}

static char *
trigger_of(const GradualRecipeState *state, const GradualCommand *command, bool truncate)
{
	return pstrdup(quote_identifier(gradual_ident_carry_trigger(state->migration,
																command->statement->number,
																truncate)));
}

static char *
index_of(const GradualRecipeState *state, const GradualCommand *command)
{
	return pstrdup(quote_identifier(gradual_ident_interim(state->migration,
														  command->statement->number, 0)));
}

static char *
drop_index(const GradualRecipeState *state, const GradualCommand *command)
{
	return psprintf("DROP INDEX IF EXISTS %s%s",
					gradual_names_schema_prefix(command->table->qualified),
					index_of(state, command));
}

static void
make_trigger(GradualRecipeState *state, GradualStep *step, const GradualCommand *command,
			 bool truncate)
{
	const char *source = command->change->copy->source->qualified;
	char	   *name = trigger_of(state, command, truncate);

	gradual_steps_command(step, psprintf("CREATE TRIGGER %s AFTER %s ON %s FOR EACH %s EXECUTE FUNCTION gradual.carry('%d', '%d')",
										 name, truncate ? "TRUNCATE" : "INSERT OR UPDATE OR DELETE",
										 source, truncate ? "STATEMENT" : "ROW",
										 state->migration, command->statement->number));
	gradual_steps_command(step, psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s", source, name));
	step->undo = lappend(step->undo, psprintf("DROP TRIGGER IF EXISTS %s ON %s", name, source));
}

/* Is there something of the statement when this step begins, and still when it is undone? */
static bool
runs_before(const GradualRecipeState *state, const GradualStatement *statement,
			const GradualStep *step)
{
	ListCell   *lc;

	if (statement->number >= step->statement)
		return false;
	foreach(lc, state->steps)
	{
		const GradualStep *other = lfirst(lc);

		if (other->statement == statement->number && other->phase <= step->phase)
			return true;
	}
	return false;
}

/* Does the command give its table a foreign key to the other one, or make it a child? */
static bool
refers_to(const GradualCommand *command, const GradualTable *table)
{
	return command->table != NULL &&
		(IsA(command->node, CreateStmt) || IsA(command->node, AlterTableCmd)) &&
		list_member_ptr(command->touches, table);
}

/* Does it take a table in that was there before, with its rows? */
static bool
takes_in(const GradualCommand *command, const GradualTable *table)
{
	return command->table == table && command->attach != NULL &&
		!command->attach->partition->created;
}

/* Add those that refer to the table; false if one may not be emptied. */
static bool
add_referring(const GradualRecipeState *state, const GradualStep *step,
			  const GradualTable *table, List **tables)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (!runs_before(state, other->statement, step))
			continue;
		if (takes_in(other, table))
			return false;
		if (!refers_to(other, table) || other->table == table)
			continue;
		if (other->table->created)
			*tables = list_append_unique_ptr(*tables, other->table);
		else
			return false;
	}
	return true;
}

/*
 * The copy and the tables of the script that refer to it, which TRUNCATE has to
 * name; NIL if tables do that were there before.  No rollback may empty those.
 */
static List *
tables_to_empty(const GradualRecipeState *state, const GradualCommand *command,
				const GradualStep *step)
{
	List	   *tables = list_make1(command->table);

	for (int i = 0; i < list_length(tables); i++)
	{
		if (!add_referring(state, step, list_nth(tables, i), &tables))
			return NIL;
	}
	return tables;
}

/*
 * A rollback may stop where the triggers are gone: the copies would grow stale.
 * ONLY, since somebody else may have made children meanwhile.
 */
static void
empty_copy(const GradualRecipeState *state, const GradualCommand *command, GradualStep *step)
{
	char	   *truncate = NULL;
	ListCell   *lc;

	foreach(lc, tables_to_empty(state, command, step))
	{
		const GradualTable *table = lfirst(lc);

		truncate = psprintf("%s %s%s", truncate == NULL ? "TRUNCATE" : psprintf("%s,", truncate),
							table->relkind == RELKIND_PARTITIONED_TABLE ? "" : "ONLY ",
							table->qualified);
		step->empties = lappend(step->empties, table->qualified);
	}
	if (truncate != NULL)
		step->undo = lappend(step->undo, truncate);
}

void
gradual_carry_begin(GradualRecipeState *state, GradualCommand *command, GradualPhase phase)
{
	const GradualCopy *copy = command->change->copy;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	if (!copy->indexed)
	{
		gradual_steps_command(step, psprintf("CREATE INDEX %s ON %s (%s)",
											 index_of(state, command),
											 command->table->qualified, gradual_names_list(copy->key)));
		step->undo = list_make1(drop_index(state, command));
	}
	make_trigger(state, step, command, false);
	make_trigger(state, step, command, true);
	empty_copy(state, command, step);
	step->action = psprintf("carry changes over to %s", command->table->name);
	step->target = copy->source->qualified;
	gradual_steps_lock(step, copy->source, ShareRowExclusiveLock);
	gradual_steps_note(step, psprintf("From here until complete a trigger makes for each row of %s that is added, changed or deleted the same of its copy, which it finds by %s: nothing that the application writes meanwhile is lost.",
									  copy->source->qualified, gradual_names_list(copy->key)));
	gradual_steps_note(step, "What the copy refuses, by a constraint of the new table for one, does not fail in the application: the row is noted, and complete tries again and names it.");
	if (!copy->indexed)
		gradual_steps_note(step, "It needs an index to find the copy by, which complete drops.");
	state->copies = lappend(state->copies, command);
}

/* Once more what the copy has refused: the source named, since it may be renamed by then */
static char *
retry_command(const GradualRecipeState *state, const GradualCommand *command)
{
	return psprintf("SELECT gradual.carry_refused(%d, %d, %s)", state->migration,
					command->statement->number,
					quote_literal_cstr(command->change->copy->source->qualified));
}

static void
retry_refused(GradualRecipeState *state, const GradualCommand *command)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_PREPARE);

	gradual_steps_command(step, retry_command(state, command));
	step->action = "carry over what was refused";
	step->target = command->table->qualified;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Changes that the copy refused, once more: rows that it still refuses are named, and the migration goes back to ready.";
}

static void
drop_trigger(GradualRecipeState *state, const GradualCommand *command)
{
	const GradualCopy *copy = command->change->copy;
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_SWAP);

	gradual_steps_command(step, retry_command(state, command));
	gradual_steps_command(step, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
										 trigger_of(state, command, false),
										 copy->source->qualified));
	gradual_steps_command(step, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
										 trigger_of(state, command, true),
										 copy->source->qualified));
	if (!copy->indexed)
		gradual_steps_command(step, drop_index(state, command));
	step->action = psprintf("carry no more over to %s", command->table->name);
	step->target = copy->source->qualified;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "From here on the application writes the new table itself.";
	gradual_steps_lock(step, copy->source, AccessExclusiveLock);
	gradual_steps_open(state, step);
}

void
gradual_carry_end(GradualRecipeState *state, const GradualCommand *command)
{
	retry_refused(state, command);
	drop_trigger(state, command);
}
