/*
 * idle.c
 *	  When the sync trigger has nothing to do.
 *
 * A row that a BEFORE trigger is to see is locked first, which writes to the log
 * a second time: 56 bytes of 630 for each row, and a tenth of the time, for a
 * trigger that finds the column assigned and goes home.  So where it is the only
 * one, and this is certain beforehand, the statement runs without it.
 *
 * What is certain is read off its arguments (sync.h has them), by the same rules
 * by which it decides itself: see wants_update() there, shadow.c and pair.c.  A
 * mode that is not known here is never idle.
 *
 * If we crash here nothing has happened: only reads.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "nodes/primnodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/guc.h"
#include "base/ident.h"
#include "base/sync_group.h"
#include "backfill/idle.h"

/* Will it fire in this session, with this session_replication_role? */
static bool
fires(const Trigger *trigger)
{
	int			other = SessionReplicationRole == SESSION_REPLICATION_ROLE_REPLICA ?
	TRIGGER_FIRES_ON_ORIGIN : TRIGGER_FIRES_ON_REPLICA;

	return TRIGGER_FOR_ROW(trigger->tgtype) && TRIGGER_FOR_BEFORE(trigger->tgtype) &&
		TRIGGER_FOR_UPDATE(trigger->tgtype) &&
		trigger->tgenabled != TRIGGER_DISABLED && trigger->tgenabled != other;
}

/* What the statement assigns to a column; NULL = nothing */
static Node *
assigned_to(Relation rel, Query *query, const char *column)
{
	AttrNumber	number = get_attnum(RelationGetRelid(rel), column);
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk && entry->resno == number)
			return (Node *) entry->expr;
	}
	return NULL;
}

/* The one column becomes what the other is, which stays as it is */
static bool
copies(Relation rel, Query *query, Node *value, const char *other)
{
	Var		   *var = (Var *) value;

	return IsA(value, Var) && var->varno == query->resultRelation &&
		var->varattno == get_attnum(RelationGetRelid(rel), other) &&
		assigned_to(rel, query, other) == NULL;
}

static bool
is_idle_group(Relation rel, Query *query, char **group)
{
	const char *mode = group[GRADUAL_SYNC_MODE];
	Node	   *value = assigned_to(rel, query, group[GRADUAL_SYNC_COLUMN]);

	if (gradual_sync_mode_is(mode, "reverse"))
		return gradual_script_writes;	/* follows the application only */
	if (value == NULL)
		return false;
	if (gradual_sync_mode_is(mode, "fill") || gradual_sync_mode_is(mode, "default"))
		return true;			/* an assigned column stays */
	if (gradual_sync_mode_is(mode, "pair"))
		return copies(rel, query, value, group[GRADUAL_SYNC_EXPRESSION]);

	/*
	 * where the expression may raise NULL is assigned, for the trigger to do
	 * it
	 */
	return gradual_sync_mode_is(mode, "shadow") && contain_var_clause(value);
}

bool
gradual_idle_triggers(Relation rel, Query *query, int32 migration)
{
	const TriggerDesc *triggers = rel->trigdesc;
	const char *name = gradual_ident_sync_trigger(migration);

	if (query->commandType != CMD_UPDATE || triggers == NULL)
		return false;
	for (int i = 0; i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (!fires(trigger))
			continue;
		if (strcmp(trigger->tgname, name) != 0 || trigger->tgnargs % GRADUAL_SYNC_GROUP != 0)
			return false;
		for (int group = 0; group < trigger->tgnargs; group += GRADUAL_SYNC_GROUP)
		{
			if (!is_idle_group(rel, query, trigger->tgargs + group))
				return false;
		}
	}
	return true;
}
