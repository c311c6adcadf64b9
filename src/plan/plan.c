/*
 * plan.c
 *	  From a script to the ordered steps of a migration, and what it holds while
 *	  it is unfinished.
 *
 * Nothing is stored here: the same script over the same schema gives the same
 * plan, so start() compiles again and compares.
 */
#include "postgres.h"

#include "base/identity.h"
#include "base/texts.h"
#include "ledger/migration.h"
#include "plan/plan.h"
#include "plan/settle.h"
#include "recipe/recipe.h"
#include "recipe/steps.h"
#include "script/reverse.h"

/* Statements that say something about an object, but change nothing in it. */
static bool
is_held(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_CommentStmt:
		case T_GrantStmt:
		case T_SelectStmt:
		case T_DoStmt:
		case T_CallStmt:
			return false;
		default:
			return !statement->dropped;
	}
}

static void
hold(List **tables, char *name)
{
	if (!gradual_texts_have(*tables, name))
		*tables = lappend(*tables, name);
}

static void
hold_table(List **tables, const GradualTable *table)
{
	if (table != NULL && !table->created && OidIsValid(table->oid))
		hold(tables, table->qualified);
}

/* The real tables whose shape or rows the script changes. */
static List *
tables_held(const GradualScript *script, List *steps)
{
	List	   *tables = NIL;
	ListCell   *lc,
			   *lm;

	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (!is_held(statement))
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *command = lfirst(lm);

			hold_table(&tables, command->table);
			if (command->index != NULL)
				hold_table(&tables, command->index->table);
		}
	}

	/* a new name may be used by others before the table has it */
	foreach(lc, script->tables)
	{
		GradualTable *table = lfirst(lc);

		if (table->created)
			continue;
		foreach(lm, table->namings)
			hold(&tables, ((GradualNaming *) lfirst(lm))->to);
	}

	/* tables that new ones refer to */
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->kind != GRADUAL_STEP_DDL || strcmp(step->blocks, "nothing") == 0)
			continue;
		foreach(lm, step->lock_tables)
			hold(&tables, lfirst(lm));
	}
	return tables;
}

/* Is the script nothing but CREATE INDEX and VALIDATE CONSTRAINT? */
static bool
only_builds(const GradualScript *script)
{
	bool		any = false;
	ListCell   *lc,
			   *lm;

	foreach(lc, script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->dropped)
			continue;
		any = true;
		if (IsA(statement->node, IndexStmt))
			continue;
		foreach(lm, statement->commands)
		{
			if (!gradual_steps_is(lfirst(lm), AT_ValidateConstraint))
				return false;
		}
	}
	return any;
}

static GradualScript *
rehearsed(GradualMigration *migration)
{
	GradualScript *script = gradual_script_parse(migration->script,
												 migration->search_path,
												 migration->settings, false);

	script->direct_pages = migration->direct_pages;
	script->allow_blocking = migration->allow_blocking;
	script->rolled_back = migration->status == GRADUAL_ROLLED_BACK || migration->restart;
	if (migration->reverse != NULL)
		gradual_reverse_read(script, migration->reverse);
	gradual_script_rehearse(script);
	gradual_reverse_check_used(script);
	return script;
}

static List *
compile(GradualMigration *migration)
{
	GradualScript *script = rehearsed(migration);
	List	   *steps;

	steps = gradual_plan_order(gradual_recipe_steps(script, migration->id));
	gradual_plan_settle(script, steps);
	migration->tables = tables_held(script, steps);
	migration->waits_its_turn = only_builds(script);
	return steps;
}

List *
gradual_plan_compile(GradualMigration *migration)
{
	GradualIdentity identity;
	List	   *steps;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_rehearsal(migration->search_path, migration->settings);
	steps = compile(migration);
	gradual_identity_leave(&identity);
	return steps;
}

List *
gradual_plan_preview(GradualMigration *migration, int rows, ErrorData **error)
{
	GradualIdentity identity;
	List	   *result;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_rehearsal(migration->search_path, migration->settings);
	result = gradual_script_preview(rehearsed(migration), rows, error);
	gradual_identity_leave(&identity);
	return result;
}
