/*
 * index_undo.c
 *	  The undo of an index build: what it has made goes, and what the partitions had
 *	  before stays, or comes back.
 *
 * As in the build each tick looks at the catalog.  What there is to do stands in the
 * step's undo, stored before it is begun.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "commands/comment.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/errors.h"
#include "base/ident.h"
#include "run/index_text.h"
#include "run/index_undo.h"
#include "run/index_work.h"

/* What an undo that was broken off has built on partitions, and not attached. */
static bool
drop_unattached(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *index = gradual_index_recorded(lfirst(lc));
		Oid			relid;

		if (index == NULL)
			continue;
		relid = gradual_ident_find(index);
		if (gradual_index_is_index(relid) && !get_rel_relispartition(relid) &&
			!gradual_index_drop_named(run, step, index, tick))
			return false;
	}
	return true;
}

bool
gradual_index_drop_whole(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	return gradual_index_drop_named(run, step, step->index, tick) && drop_unattached(run, step, tick);
}

/* --- what the partitions had before --- */

/* A foreign key would keep the index, and that the whole. */
static void
require_unreferred(const GradualStep *step, Oid index)
{
	char	   *drop = gradual_index_text_referring(index);

	if (drop != NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("a foreign key refers to index %s of a partition", gradual_ident_qualified(index)),
				 errdetail("It is a part of %s, which is undone: it goes with that, and another one takes its place.",
						   step->index),
				 errhint("%s; roll back, and add the foreign key again.", drop)));
}

/* The next thing to do for a copy of an index that goes with its parent; true when there is one. */
static bool
copy_index(GradualRun *run, GradualStep *step, Oid index, GradualTick *tick)
{
	Oid			schema = get_rel_namespace(index);
	char	   *name = psprintf(GRADUAL_INTERIM_PREFIX "index_%u", index);
	char	   *qualified = quote_qualified_identifier(get_namespace_name(schema), name);
	char	   *table = gradual_ident_qualified(IndexGetRelation(index, false));
	char	   *comment = GetComment(index, RelationRelationId, 0);
	Oid			copy = get_relname_relid(name, schema);

	if (OidIsValid(copy) && !gradual_index_is_valid(copy))
		return gradual_index_drop(run, step, copy, tick);
	if (!OidIsValid(copy))
	{
		require_unreferred(step, index);
		gradual_index_remember(run, step, gradual_index_text_place(table, index, qualified, name));
		return gradual_index_ask(run, step, psprintf("CREATE %sINDEX CONCURRENTLY %s ON %s%s",
													 gradual_index_is_unique(index) ? "UNIQUE " : "", name,
													 table, gradual_index_text_tail_placed(index)), tick);
	}
	if (comment != NULL && GetComment(copy, RelationRelationId, 0) == NULL)
		return gradual_index_run_here(run, step, "ACCESS SHARE",
									  psprintf("COMMENT ON INDEX %s IS %s", qualified, quote_literal_cstr(comment)), tick);
	return gradual_index_move_identity(run, step, index, copy, tick);
}

/* The transaction that put it below its parent */
static TransactionId
link_xmin(Oid relid)
{
	Relation	inherits = table_open(InheritsRelationId, AccessShareLock);
	TransactionId xmin = InvalidTransactionId;
	ScanKeyData key;
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key, Anum_pg_inherits_inhrelid, BTEqualStrategyNumber, F_OIDEQ,
				ObjectIdGetDatum(relid));
	scan = systable_beginscan(inherits, InheritsRelidSeqnoIndexId, true, NULL, 1, &key);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
		xmin = HeapTupleHeaderGetRawXmin(tuple->t_data);
	systable_endscan(scan);
	table_close(inherits, AccessShareLock);
	return xmin;
}

static TransactionId
creation_xmin(Oid index)
{
	HeapTuple	column = SearchSysCache2(ATTNUM, ObjectIdGetDatum(index), Int16GetDatum(1));
	TransactionId xmin;

	if (!HeapTupleIsValid(column))
		return InvalidTransactionId;
	xmin = HeapTupleHeaderGetRawXmin(column->t_data);
	ReleaseSysCache(column);
	return xmin;
}

/*
 * Did the server make it when the partition became one, since the whole had one?
 * Then all of that was one transaction, though not that of the whole's, as it would
 * be after a restore.  One that the partition had was there before the partition was,
 * or was attached after.
 */
static bool
came_with_partition(Oid index, Oid whole)
{
	TransactionId xmin = link_xmin(index);

	return TransactionIdEquals(xmin, creation_xmin(index)) &&
		TransactionIdEquals(xmin, link_xmin(IndexGetRelation(index, false))) &&
		!TransactionIdEquals(xmin, creation_xmin(whole));
}

/*
 * Indexes that the partitions had, and that were attached, would be gone with the
 * one that goes: others are built before, which take their places.  What is below
 * one that a partition had belongs to that.
 */
static bool
copy_attached(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	Oid			parent = gradual_ident_find(step->index);
	List	   *had = NIL;
	ListCell   *lc;

	if (!OidIsValid(parent) || get_rel_relkind(parent) != RELKIND_PARTITIONED_INDEX)
		return true;
	foreach(lc, find_all_inheritors(parent, AccessShareLock, NULL))
	{
		Oid			index = lfirst_oid(lc);

		if (index == parent || !gradual_index_is_valid(index) || gradual_index_is_recorded(step, index) ||
			(came_with_partition(index, parent) &&
			 !list_member_oid(had, get_partition_parent(index, false))))
			continue;
		had = lappend_oid(had, index);
		if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		{
			require_unreferred(step, index);
			gradual_index_remember(run, step, gradual_index_text_shell(index));
		}
		else if (!copy_index(run, step, index, tick))
			return false;
	}
	return true;
}

/* From the lowest up, so that each takes in what is below it. */
static bool
make_shells(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	for (int i = list_length(step->undo) - 1; i >= 0; i--)
	{
		const char *command = list_nth(step->undo, i);
		char	   *table = gradual_index_text_shell_missing(command);

		if (table != NULL)
			return gradual_index_run_on(run, step, table, "SHARE", command, tick);
	}
	return true;
}

bool
gradual_index_undo_build(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	if (!copy_attached(run, step, tick))
		return false;
	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		const char *index = gradual_index_recorded(command);

		if (gradual_index_text_brings_back(command))
			continue;
		if (index == NULL)
			elog(ERROR, "unexpected undo of an index build: %s", command);
		if (!gradual_index_is_index(gradual_ident_find(index)))
			continue;			/* gone, or somebody else's relation */
		if (!gradual_index_drop_named(run, step, index, tick))
			return false;
	}
	return gradual_index_name_copies(run, step, tick) && make_shells(run, step, tick);
}

List *
gradual_index_undo_after(const GradualStep *step)
{
	List	   *commands = NIL;
	ListCell   *lc;

	for_each_from(lc, step->undo, 1)
	{
		if (gradual_index_recorded(lfirst(lc)) == NULL)
			commands = lappend(commands, lfirst(lc));
	}
	return commands;
}
