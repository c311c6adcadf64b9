/*
 * follow_parent.c
 *	  What statements about tables above a table do to its clone.
 *
 * If we crash here, the clones are gone with the transaction.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "script/follow_parent.h"
#include "script/on_clone.h"
#include "script/rebuilt.h"

/*
 * Statements about the column wait for the command; for each of those that take it
 * from one of its parents.
 */
static void
note_command(GradualRehearsal *rehearsal, GradualTable *table, const GradualBelow *of)
{
	ListCell   *lc;

	of->command->below = list_append_unique_ptr(of->command->below, table);
	foreach(lc, of->goes ? rehearsal->below : NIL)
	{
		GradualBelow *other = lfirst(lc);

		if (other->goes && other->table == of->table && strcmp(other->column, of->column) == 0)
			other->command->below = list_append_unique_ptr(other->command->below, table);
	}
}

/* A column that comes is one that the script adds there as well. */
static void
note_added(GradualTable *table, const GradualBelow *below)
{
	GradualColumn *column = palloc(sizeof(GradualColumn));

	*column = *below->added;
	column->existed |= below->merges;
	column->of = table->is_partition ? below->added : NULL;
	column->assigned = column->of == NULL;
	table->added = lappend(table->added, column);
}

/* Is there what it needs, and not yet what it makes? */
static bool
can_follow(const GradualRelation *relation, const GradualBelow *below)
{
	const char *needed = below->goes ? below->column : below->before;

	if (needed != NULL && get_attnum(relation->clone, needed) == InvalidAttrNumber)
		return false;
	if (below->released != NULL &&
		!OidIsValid(get_relation_constraint_oid(relation->clone, below->released, true)))
		return false;
	if (below->constraint != NULL &&
		OidIsValid(get_relation_constraint_oid(relation->clone, below->constraint, true)))
		return false;
	return below->goes || below->column == NULL ||
		get_attnum(relation->clone, below->column) == InvalidAttrNumber;
}

/* Of a clone that comes later nothing depends on what goes. */
static void
run_below(GradualRehearsal *rehearsal, const GradualRelation *relation, const GradualBelow *below)
{
	bool		cascade = below->goes && below->command != rehearsal->command &&
	((AlterTableCmd *) below->command->node)->behavior != DROP_CASCADE;
	List	   *keys = below->retypes ? gradual_rebuilt_begin(relation) : NIL;

	gradual_clone_run_text(rehearsal, psprintf("ALTER TABLE pg_temp.%s %s%s",
											   quote_identifier(relation->clone_name),
											   below->sql, cascade ? " CASCADE" : ""));
	gradual_rebuilt_end(rehearsal, keys);
}

void
gradual_follow_parent(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, rehearsal->below)
	{
		GradualBelow *below = lfirst(lc);

		if (!below->applies || below->noted || below->table != relation->oid)
			continue;
		below->noted = true;
		if (can_follow(relation, below))
			run_below(rehearsal, relation, below);
		note_command(rehearsal, relation->table, below);
		if (below->added != NULL)
			note_added(relation->table, below);
		if (below->bridge != NULL)
			relation->table->bridges = list_append_unique_ptr(relation->table->bridges,
															  below->bridge);
	}
}

bool
gradual_follow_parent_has(const GradualRehearsal *rehearsal, Oid table)
{
	ListCell   *lc;

	foreach(lc, rehearsal->below)
	{
		const GradualBelow *below = lfirst(lc);

		if (below->table == table && below->applies)
			return true;
	}
	return false;
}
