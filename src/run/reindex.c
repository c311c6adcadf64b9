/*
 * reindex.c
 *	  REINDEX CONCURRENTLY, and what it leaves behind when it is interrupted.
 *
 * It commits in the middle, so a crash, an error or a cancel can leave invalid
 * indexes behind, those of TOAST tables and partitions among them; later writes
 * maintain them, nothing reads them, and another REINDEX passes them by.  PostgreSQL
 * chooses their names when it makes them.  So the ledger learns of each
 * from the hook that sees it made, in that very transaction.
 *
 * They are dropped before the step is tried again, when it is undone, and when the
 * worker leaves in the middle of it.  By OID, and whoever owns them: a role that may
 * REINDEX a table cannot name the indexes of its TOAST table.
 *
 * If we crash here the note is there with the index, and the next one who tries
 * finds it.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/objectaccess.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "nodes/parsenodes.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"

#include "base/ident.h"
#include "ledger/reindexed.h"
#include "run/manners.h"
#include "run/reindex.h"

static object_access_hook_type previous_hook = NULL;
static bool hooked = false;

/* Whose REINDEX is running; NULL = none */
static GradualRun *noting = NULL;
static int	noting_step;

static void
note_relation(ObjectAccessType access, Oid class_id, Oid object, int sub_id, void *arg)
{
	if (previous_hook)
		previous_hook(access, class_id, object, sub_id, arg);
	if (noting != NULL && access == OAT_POST_CREATE && class_id == RelationRelationId &&
		sub_id == 0)
		gradual_reindexed_add(noting->id, noting->incarnation, noting_step, object);
}

void
gradual_reindex_note_begin(GradualRun *run, int step)
{
	if (!hooked)
	{
		previous_hook = object_access_hook;
		object_access_hook = note_relation;
		hooked = true;
	}
	noting = run;
	noting_step = step;
}

void
gradual_reindex_note_end(void)
{
	noting = NULL;
}

bool
gradual_reindex_tidy(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	Oid			leftover = gradual_reindexed_left(run->id, step->step);
	char	   *name;

	if (!OidIsValid(leftover))
	{
		gradual_reindexed_forget(run->id, step->step);
		return true;
	}
	name = gradual_ident_qualified(leftover);
	if (name == NULL)
		name = pstrdup("?");	/* somebody has dropped it just now */
	tick->leftover = leftover;
	tick->activity = psprintf("dropping index %s, which an interrupted REINDEX has left", name);
	if (!gradual_manners_look(run, step, tick))
		return false;
	tick->outcome = GRADUAL_TOP_LEVEL;
	tick->command = psprintf("DROP INDEX CONCURRENTLY %s", name);
	return false;
}

/*
 * PostgreSQL would lock all partitions in SHARE mode first, and behind that every
 * writer would wait for as long as one that is there already takes.
 */
char *
gradual_reindex_commands(const char *command)
{
	RawStmt    *statement = linitial_node(RawStmt, pg_parse_query(command));
	RangeVar   *relation = castNode(ReindexStmt, statement->stmt)->relation;
	Oid			relid = RangeVarGetRelid(relation, NoLock, true);
	StringInfoData commands;
	ListCell   *lc;

	if (get_rel_relkind(relid) != RELKIND_PARTITIONED_TABLE &&
		get_rel_relkind(relid) != RELKIND_PARTITIONED_INDEX)
		return pstrdup(command);
	initStringInfo(&commands);
	foreach(lc, find_all_inheritors(relid, AccessShareLock, NULL))
	{
		if (RELKIND_HAS_STORAGE(get_rel_relkind(lfirst_oid(lc))))
			appendStringInfo(&commands, "%.*s%s;\n", relation->location, command,
							 gradual_ident_qualified(lfirst_oid(lc)));
	}
	return commands.data;
}

/*
 * What DROP INDEX CONCURRENTLY does.  Nobody's REINDEX runs while we have the table.
 * Not performDeletion(), which would lock the index so that its readers wait.
 */
void
gradual_reindex_drop(GradualRun *run, int step, Oid index, MemoryContext context)
{
	Oid			table = IndexGetRelation(index, true);
	ObjectAddresses *dropped;
	ObjectAddress address;

	if (!OidIsValid(table))
		return;
	LockRelationOid(table, ShareUpdateExclusiveLock);
	LockRelationOid(index, ShareUpdateExclusiveLock);
	if (!gradual_reindexed_is_left(run->id, step, index))
		return;
	MemoryContextSwitchTo(context);
	dropped = new_object_addresses();
	ObjectAddressSet(address, RelationRelationId, index);
	add_exact_object_address(&address, dropped);
	PushActiveSnapshot(GetTransactionSnapshot());
	performMultipleDeletions(dropped, DROP_RESTRICT, PERFORM_DELETION_CONCURRENTLY);
	if (ActiveSnapshotSet())	/* it may have popped ours to commit */
		PopActiveSnapshot();
}
