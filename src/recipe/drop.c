/*
 * drop.c
 *	  DROP of anything but indexes, columns and constraints.
 *
 * Invariant: what was there before the script goes in contract, since the
 * application may use it until then; so a rollback has nothing to bring back.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "nodes/value.h"
#include "utils/builtins.h"
#include "utils/formatting.h"

#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "drop.c must stay pure"
#endif

/* 'a, b': the names as they are written. */
static char *
names_of(const DropStmt *drop)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, drop->objects)
	{
		List	   *name = gradual_names_of_object(lfirst(lc));

		if (name != NIL)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
							 gradual_names_quoted(name));
	}
	return names.data;
}

static char *
qualified_names(List *tables)
{
	StringInfoData names;
	ListCell   *lc;

	initStringInfo(&names);
	foreach(lc, tables)
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 ((GradualTable *) lfirst(lc))->qualified);
	return names.data;
}

static void
describe(GradualStep *step, const GradualCommand *command)
{
	DropStmt   *drop = (DropStmt *) command->statement->node;
	const char *tag = command->statement->tag;

	step->action = asc_tolower(tag, strlen(tag));
	if (gradual_names_is_part(drop->removeType))
		step->action = psprintf("%s %s", step->action,
								strVal(llast(linitial_node(List, drop->objects))));
	else if (step->target[0] == '\0' || list_length(drop->objects) > 1)
		step->target = names_of(drop);
}

static void
lock(GradualStep *step, const GradualCommand *command)
{
	DropStmt   *drop = (DropStmt *) command->statement->node;
	LOCKMODE	mode = drop->removeType == OBJECT_STATISTIC_EXT ?
	ShareUpdateExclusiveLock : AccessExclusiveLock;
	ListCell   *lc;

	gradual_steps_lock_dropped(step, command, mode);
	foreach(lc, command->drop->sequences)
		gradual_steps_lock_name(step, lfirst(lc), mode);
}

/* The relation that has the name of the table after the script; or NULL. */
static const GradualTable *
heir(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->script->tables)
	{
		const GradualTable *other = lfirst(lc);
		const char *name = other->namings != NIL ?
		((GradualNaming *) llast(other->namings))->to : other->qualified;

		if (other != table && (other->created || other->namings != NIL) &&
			strcmp(name, table->qualified) == 0)
			return other;
	}
	return NULL;
}

static bool
is_carried(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->copies)
	{
		if (((GradualCommand *) lfirst(lc))->change->copy->source == table)
			return true;
	}
	return false;
}

/*
 * Whoever still uses a table would lose rows; unless another relation is there
 * under its name in the same instant, and its rows were carried over.
 */
static void
guard(const GradualRecipeState *state, GradualStep *step, const GradualDrop *drop)
{
	ListCell   *lc;

	foreach(lc, drop->tables)
	{
		GradualTable *table = lfirst(lc);
		const GradualTable *other = is_carried(state, table) ? heir(state, table) : NULL;

		if (other != NULL)
			gradual_steps_note(step, psprintf("%s is there under its name in the same instant, and its rows have been carried over: so nobody is asked whether it is used.",
											  other->qualified));
		else if (table->relkind == RELKIND_RELATION || table->relkind == RELKIND_MATVIEW)
			step->drops = lappend(step->drops, table->qualified);
	}
	if (step->drops != NIL)
		gradual_steps_note(step, "complete() refuses while statistics show that something still reads or writes it, unless forced.");
}

void
gradual_recipe_drop(GradualRecipeState *state, GradualCommand *command)
{
	GradualDrop *drop = command->drop;
	ObjectType	type = ((DropStmt *) command->statement->node)->removeType;
	GradualPhase phase = drop->existed ?
	gradual_place_ddl(state, command, GRADUAL_SWAP) : gradual_place_last(state);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, command->statement->sql);
	describe(step, command);
	lock(step, command);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (!drop->existed)
	{
		step->note = "The script itself created it.";
		return;
	}
	step->note = "The running application may use it: so only after complete.";
	guard(state, step, drop);
	gradual_steps_note_mentioned(step, command);
	if (drop->along != NULL)
		gradual_steps_note(step, psprintf("CASCADE takes along: %s.", drop->along));
	if (drop->others != NIL && !gradual_names_is_part(type) && type != OBJECT_STATISTIC_EXT)
		gradual_steps_note(step, psprintf("Locks %s as well, for an instant.",
										  qualified_names(drop->others)));
}
