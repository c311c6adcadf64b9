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

#include "base/texts.h"
#include "script/bridge.h"
#include "script/clone.h"

static GradualBridge *find(const GradualTable *table, const char *column);
static bool enter(GradualRehearsal *rehearsal, const GradualRelation *relation, bool original);
static void leave(GradualRehearsal *rehearsal, const GradualRelation *relation, bool original);
static bool is_free(const GradualRelation *relation, bool original);

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
	return find(table, column) != NULL;
}

GradualBridge *
gradual_bridge_add(GradualTable *table, int statement, const char *name, const char *physical)
{
	GradualBridge *bridge = palloc0(sizeof(GradualBridge));
	GradualBridge *earlier = find(table, name);

	bridge->name = bridge->now = pstrdup(name);
	bridge->physical = pstrdup(physical);
	bridge->original = pstrdup(physical);
	bridge->statement = statement;
	if (earlier != NULL)
	{
		bridge->original = earlier->original;
		earlier->outdated = true;
	}
	table->bridges = lappend(table->bridges, bridge);
	return bridge;
}

bool
gradual_bridge_takes(const GradualTable *table, const char *name)
{
	ListCell   *lc;

	foreach(lc, table->bridges)
	{
		if (strcmp(((GradualBridge *) lfirst(lc))->physical, name) == 0)
			return true;
	}
	return false;
}

void
gradual_bridge_renamed(GradualTable *table, const char *from, char *to)
{
	GradualBridge *bridge = find(table, from);

	if (bridge != NULL)
		bridge->now = to;
}

const char *
gradual_bridge_original(const GradualTable *table, const char *column)
{
	GradualBridge *bridge = table == NULL ? NULL : find(table, column);

	return bridge == NULL ? column : bridge->original;
}

List *
gradual_bridge_originals(const GradualTable *table, List *columns)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, columns)
		names = lappend(names, pstrdup(gradual_bridge_original(table, lfirst(lc))));
	return names;
}

const char *
gradual_bridge_now(const GradualTable *table, const char *original)
{
	ListCell   *lc;

	foreach(lc, table == NULL ? NIL : table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (!bridge->outdated && strcmp(bridge->original, original) == 0)
			return bridge->now;
	}
	return original;
}

/* --- on the clone --- */

bool
gradual_bridge_enter(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	return enter(rehearsal, relation, false);
}

void
gradual_bridge_leave(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	leave(rehearsal, relation, false);
}

bool
gradual_bridge_enter_original(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	return enter(rehearsal, relation, true);
}

void
gradual_bridge_leave_original(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	leave(rehearsal, relation, true);
}

/* The last bridge of a column, by its name as the script has left it. */
static GradualBridge *
find(const GradualTable *table, const char *column)
{
	ListCell   *lc;

	foreach(lc, table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (!bridge->outdated && strcmp(bridge->now, column) == 0)
			return bridge;
	}
	return NULL;
}

/* The name that the bridge puts on its column; NULL: it has that already. */
static const char *
other_name(const GradualBridge *bridge, bool original)
{
	const char *name = original ? bridge->original : bridge->physical;

	return bridge->outdated || strcmp(name, bridge->now) == 0 ? NULL : name;
}

static bool
enter(GradualRehearsal *rehearsal, const GradualRelation *relation, bool original)
{
	ListCell   *lc;

	if (!gradual_bridge_exists(relation) || !is_free(relation, original))
		return false;
	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);
		const char *name = other_name(bridge, original);

		if (name != NULL)
			gradual_clone_rename_column(rehearsal, relation, bridge->now, name);
	}
	return true;
}

static void
leave(GradualRehearsal *rehearsal, const GradualRelation *relation, bool original)
{
	ListCell   *lc;

	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);
		const char *name = other_name(bridge, original);

		if (name != NULL)
			gradual_clone_rename_column(rehearsal, relation, name, bridge->now);
	}
}

/* Are all columns still there, and no other ones under the names to put on? */
static bool
is_free(const GradualRelation *relation, bool original)
{
	ListCell   *lc;

	foreach(lc, relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);
		const char *name = other_name(bridge, original);

		if (!bridge->outdated &&
			get_attnum(relation->clone, bridge->now) == InvalidAttrNumber)
			return false;
		if (name != NULL && get_attnum(relation->clone, name) != InvalidAttrNumber)
			return false;
	}
	return true;
}

/* --- which comes first, a new type or a constraint? --- */

int
gradual_bridge_adding(const GradualRehearsal *rehearsal, const GradualTable *table,
					  const char *constraint)
{
	int			number = 0;
	ListCell   *ls,
			   *lc,
			   *lk;

	foreach(ls, rehearsal->script->statements)
	{
		foreach(lc, ((GradualStatement *) lfirst(ls))->commands)
		{
			GradualCommand *command = lfirst(lc);
			AlterTableCmd *cmd = (AlterTableCmd *) command->node;

			if (command->table != table || !IsA(cmd, AlterTableCmd) ||
				cmd->subtype != AT_AddConstraint)
				continue;
			foreach(lk, command->constraints)
			{
				if (strcmp(((GradualConstraint *) lfirst(lk))->name, constraint) == 0)
					number = command->statement->number;
			}
		}
	}
	return number;
}

void
gradual_bridge_order(const GradualTable *table, List *shadows, int statement,
					 bool *before, bool *after)
{
	ListCell   *lc;

	foreach(lc, table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (!bridge->retyped || !gradual_texts_have(shadows, bridge->physical))
			continue;
		*before |= bridge->statement < statement;
		*after |= bridge->statement > statement;
	}
}
