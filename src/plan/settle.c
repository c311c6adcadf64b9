/*
 * settle.c
 *	  Names of tables that the script renames, in steps that stand in order.
 *
 * Recipes name a table as it was before the script, and statements as written
 * as the script has left it.  Only the order of the steps tells which name it
 * has when a step runs.
 *
 * Invariants: the locks of a transaction are taken before its first command, so
 * they go by the names that hold there.  What undoes a step runs when all later
 * steps are undone, so it goes by the names right after the step.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "ledger/step.h"
#include "plan/settle.h"
#include "recipe/names.h"
#include "recipe/spell.h"
#include "recipe/steps.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "settle.c must stay pure"
#endif

static GradualStatement *
statement_of(const GradualScript *script, const GradualStep *step)
{
	return step->statement == 0 ? NULL : list_nth(script->statements, step->statement - 1);
}

/* Does a foreign key to the table, or from it, change with the type of a column? */
static bool
carries_key(const GradualCommand *command, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, command->retype == NULL ? NIL : command->statement->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if ((key->table == table && key->referenced == command->table) ||
			(key->referenced == table && key->table == command->table))
			return true;
	}
	return false;
}

static bool
is_about(const GradualStatement *statement, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table || command->checks == table ||
			list_member_ptr(command->touches, table) || list_member_ptr(command->reads, table) ||
			carries_key(command, table) ||
			(command->index != NULL && command->index->table == table))
			return true;
	}
	return false;
}

/* A generated text cannot tell a table from the one that takes its name. */
static void
refuse_ambiguous(GradualScript *script, const GradualStatement *statement,
				 const GradualTable *renamed)
{
	ListCell   *lc;

	foreach(lc, script->tables)
	{
		GradualTable *table = lfirst(lc);

		if (table != renamed && strcmp(table->qualified, renamed->qualified) == 0 &&
			is_about(statement, table))
			gradual_script_refuse(statement, statement->tag,
								  psprintf("It is about a table that was %s, and about the one that takes this name.",
										   renamed->qualified),
								  "Move it into a migration of its own.");
	}
}

static bool
is_first_name(const GradualScript *script, const char *name)
{
	ListCell   *lc;

	foreach(lc, script->tables)
	{
		if (strcmp(((GradualTable *) lfirst(lc))->qualified, name) == 0)
			return true;
	}
	return false;
}

/* For a name that is not the first one of a table of the script. */
static GradualSpelling *
spelling_of(const char *from, char *to)
{
	GradualSpelling *spelling = palloc(sizeof(GradualSpelling));

	spelling->table = palloc0(sizeof(GradualTable));
	spelling->table->qualified = pstrdup(from);
	spelling->qualified = to;
	return spelling;
}

/*
 * What is deparsed for a statement may call other tables as the script does, and
 * not as they were before it.
 */
static List *
add_written_name(const GradualScript *script, const GradualStatement *statement,
				 List *changed, const GradualSpelling *current)
{
	const char *written = gradual_spell_written(statement, current->table);

	if (strcmp(written, current->qualified) == 0 || is_first_name(script, written))
		return changed;
	return lappend(changed, spelling_of(written, current->qualified));
}

/* Of the tables that the statement is about (NULL: all), those that have another name than the text. */
static List *
changed_names(GradualScript *script, const GradualStatement *statement, List *names)
{
	List	   *changed = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		GradualSpelling *spelling = lfirst(lc);

		if (statement != NULL && !is_about(statement, spelling->table))
			continue;
		if (statement != NULL)
			changed = add_written_name(script, statement, changed, spelling);
		if (strcmp(spelling->qualified, spelling->table->qualified) == 0)
			continue;
		if (statement != NULL)
			refuse_ambiguous(script, statement, spelling->table);
		changed = lappend(changed, spelling);
	}
	return changed;
}

static List *
spell_all(List *texts, List *names)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		result = lappend(result, gradual_spell_generated(lfirst(lc), names));
	return result;
}

/* Names that a statement as written does not have, but that hold when it runs. */
static List *
other_names(const GradualStatement *statement, List *names)
{
	List	   *others = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		GradualSpelling *spelling = lfirst(lc);
		ListCell   *ls;
		bool		named = false;

		foreach(ls, statement->spots)
			named |= ((GradualSpot *) lfirst(ls))->table == spelling->table;
		if (named && strcmp(gradual_spell_written(statement, spelling->table),
							spelling->qualified) != 0)
			others = lappend(others, spelling);
	}
	return others;
}

static void
replace_commands(GradualStep *step, List *commands)
{
	step->commands = NIL;
	gradual_steps_commands(step, commands);
}

/* The index's name in the schema that its table is in. */
static char *
name_beside(const GradualIndexFacts *index, List *names)
{
	const char *name = quote_identifier(gradual_names_unqualified(index->qualified));
	ListCell   *lc;

	foreach(lc, names)
	{
		GradualSpelling *spelling = lfirst(lc);

		if (spelling->table == index->table)
			return psprintf("%s%s", gradual_names_schema_prefix(spelling->qualified), name);
	}
	return index->qualified;
}

static void
settle_commands(GradualScript *script, GradualStep *step, List *names)
{
	GradualStatement *statement = statement_of(script, step);
	List	   *changed = changed_names(script, statement, names);
	List	   *commands = NIL;
	bool		same = true;
	ListCell   *lc;

	foreach(lc, step->commands)
	{
		char	   *sql = lfirst(lc);
		List	   *others;

		if (statement == NULL || strcmp(sql, statement->sql) != 0)
			sql = gradual_spell_generated(sql, changed);
		else if ((others = other_names(statement, names)) != NIL)
			sql = gradual_spell_statement(statement, others);
		same &= strcmp(sql, lfirst(lc)) == 0;
		commands = lappend(commands, sql);
	}
	if (!same)
		replace_commands(step, commands);
	step->target = gradual_spell_generated(step->target, changed);
	step->undo_query = gradual_spell_generated(step->undo_query, changed);
	step->check = gradual_spell_generated(step->check, changed);
}

/*
 * An index is in the schema of its table: where it goes there, its name as the
 * script has it is that name only if the table has moved already.
 */
static void
settle_index(GradualStep *step, const GradualStatement *statement, List *names)
{
	ListCell   *lc;

	if (statement == NULL || step->index == NULL)
		return;
	foreach(lc, statement->commands)
	{
		GradualIndexFacts *index = ((GradualCommand *) lfirst(lc))->index;
		List	   *moved;
		char	   *name;

		if (index == NULL || index->table == NULL || strcmp(step->index, index->qualified) != 0)
			continue;
		name = name_beside(index, names);
		if (strcmp(name, index->qualified) == 0)
			continue;
		moved = list_make1(spelling_of(index->qualified, name));
		replace_commands(step, spell_all(step->commands, moved));
		step->undo = spell_all(step->undo, moved);
		step->undo_query = gradual_spell_generated(step->undo_query, moved);
		step->index = name;
	}
}

static List *
rename_in(List *names, GradualTable *table, char *qualified)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, names)
	{
		GradualSpelling *spelling = palloc(sizeof(GradualSpelling));

		*spelling = *(GradualSpelling *) lfirst(lc);
		if (spelling->table == table)
			spelling->qualified = qualified;
		result = lappend(result, spelling);
	}
	return result;
}

/* The names after the step; the same list if it renames nothing. */
static List *
names_after(GradualScript *script, const GradualStep *step, List *names)
{
	ListCell   *lc,
			   *ln;

	foreach(lc, script->tables)
	{
		GradualTable *table = lfirst(lc);

		foreach(ln, table->namings)
		{
			GradualNaming *naming = lfirst(ln);

			if (naming->step == step)
				names = rename_in(names, table, naming->to);
		}
	}
	return names;
}

/* The tables that the script renames, with their names from before. */
static List *
first_names(const GradualScript *script)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, script->tables)
	{
		GradualTable *table = lfirst(lc);
		GradualSpelling *spelling;

		if (table->namings == NIL)
			continue;
		spelling = palloc(sizeof(GradualSpelling));
		spelling->table = table;
		spelling->qualified = table->qualified;
		names = lappend(names, spelling);
	}
	return names;
}

void
gradual_plan_settle(GradualScript *script, List *steps)
{
	List	   *names = first_names(script);
	List	   *locked = names;
	int			transaction = 0;
	ListCell   *lc;

	if (names == NIL)
		return;
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);
		GradualStatement *statement = statement_of(script, step);
		List	   *after = names_after(script, step, names);
		List	   *tables = step->lock_tables;

		if (step->transaction == 0 || step->transaction != transaction)
			locked = names;
		transaction = step->transaction;
		step->lock_tables = spell_all(tables, changed_names(script, statement, locked));
		if (after == names)
		{
			settle_commands(script, step, names);
			settle_index(step, statement, names);
		}
		else
			step->target = gradual_spell_generated(step->target,
												   changed_names(script, statement, names));
		names = after;
		if (names != locked)
			step->undo_tables = spell_all(tables, changed_names(script, statement, names));
		step->undo = spell_all(step->undo, changed_names(script, statement, names));
	}
}
