/*
 * bridge.c
 *	  The physical names of bridged columns, put on the clone for a while.
 *
 * A rename on the clone is seen by everything that hangs on the column there,
 * so PostgreSQL's own deparsers spell the physical names in expressions and
 * predicates too.
 *
 * If we crash here, the clones are gone with the transaction.
 */
#include "postgres.h"

#include "utils/lsyscache.h"

#include "script/bridge.h"
#include "script/clone.h"

static bool is_free(const GradualRelation *relation);

bool
gradual_bridge_exists(const GradualRelation *relation)
{
	return relation->table != NULL && relation->table->bridges != NIL &&
		OidIsValid(relation->clone);
}

bool
gradual_bridge_is_new(const GradualTable *table, const char *column)
{
	ListCell   *lc;

	foreach(lc, table->added)
	{
		GradualColumn *added = lfirst(lc);

		if (!added->existed && strcmp(added->name, column) == 0)
			return true;
	}
	foreach(lc, table->bridges)
	{
		if (strcmp(((GradualBridge *) lfirst(lc))->name, column) == 0)
			return true;
	}
	return false;
}

bool
gradual_bridge_enter(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	if (!gradual_bridge_exists(relation) || !is_free(relation))
		return false;
	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		gradual_clone_rename_column(rehearsal, relation, bridge->name, bridge->physical);
	}
	return true;
}

void
gradual_bridge_leave(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		gradual_clone_rename_column(rehearsal, relation, bridge->physical, bridge->name);
	}
}

/* Are all columns still there, and no other ones under the physical names? */
static bool
is_free(const GradualRelation *relation)
{
	ListCell   *lc;

	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (get_attnum(relation->clone, bridge->name) == InvalidAttrNumber ||
			get_attnum(relation->clone, bridge->physical) != InvalidAttrNumber)
			return false;
	}
	return true;
}
