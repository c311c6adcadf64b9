/*
 * index.c
 *	  Indexes, built and dropped concurrently, with leftovers repaired.
 *
 * CREATE INDEX CONCURRENTLY commits in the middle, so it can leave an invalid
 * index behind, which later writes maintain and IF NOT EXISTS calls a success.
 * So nothing here is remembered: each tick looks at the catalog and takes the
 * next step from what is there.  Success is indisvalid read back.
 *
 * What is ours: the name was free when the step began, or, for the indexes of
 * partitions, it stands in the step's undo, stored before the build began.
 *
 * If we crash here the next tick finds an invalid index, drops it concurrently
 * and builds again.
 */
#include "postgres.h"

#include "access/attmap.h"
#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/comment.h"
#include "commands/defrem.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/spi.h"
#include "base/texts.h"
#include "base/toplevel.h"
#include "ledger/steps.h"
#include "run/index.h"
#include "run/index_text.h"
#include "run/manners.h"

#define DROP_CONCURRENTLY "DROP INDEX CONCURRENTLY "
#define DROP_PREFIX DROP_CONCURRENTLY "IF EXISTS "

/* How the shell of a constraint on partitions is made. */
#define SHELL_PREFIX "ALTER TABLE ONLY "

static bool
is_valid(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	valid = form->indisvalid && form->indisready && form->indislive;
	ReleaseSysCache(tuple);
	return valid;
}

static bool
is_index(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX;
}

void
gradual_index_require_free(GradualStep *step)
{
	Oid			relid = gradual_ident_find(step->index);

	if (OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation %s already exists", step->index),
				 is_index(relid) ?
				 errhint("DROP INDEX CONCURRENTLY %s; then start the migration again.",
						 step->index) :
				 errhint("Drop or rename that relation, then start the migration again.")));
}

/* Ask for a command that refuses a transaction block, if nobody is in the way. */
static bool
ask(GradualRun *run, GradualStep *step, char *command, GradualTick *tick)
{
	if (!gradual_manners_look(run, step, tick))
		return false;
	tick->outcome = GRADUAL_TOP_LEVEL;
	tick->command = command;
	tick->settings = step->settings;
	return false;
}

/* Run a short command in this transaction, with a table locked first: NULL = the step's. */
static bool
run_on(GradualRun *run, GradualStep *step, char *table, const char *lock_mode,
	   const char *command, GradualTick *tick)
{
	GradualIdentity identity;
	GradualStep locking = *step;

	locking.lock_mode = pstrdup(lock_mode);
	locking.lock_modes = NIL;
	if (table != NULL)
		locking.lock_tables = list_make1(table);
	if (!gradual_manners_lock(run, list_make1(&locking), tick))
		return false;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	gradual_toplevel_run(command, false, CurrentMemoryContext);
	gradual_identity_leave(&identity);
	tick->user_code = true;
	tick->outcome = GRADUAL_AGAIN;
	return false;
}

static bool
run_here(GradualRun *run, GradualStep *step, const char *lock_mode,
		 const char *command, GradualTick *tick)
{
	return run_on(run, step, NULL, lock_mode, command, tick);
}

static bool
drop(GradualRun *run, GradualStep *step, Oid index, GradualTick *tick)
{
	char	   *name = gradual_ident_qualified(index);

	/* There is no concurrent form for an index on a partitioned table. */
	if (run->drops_at_once || get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		return run_on(run, step, gradual_ident_qualified(IndexGetRelation(index, false)),
					  "ACCESS EXCLUSIVE", psprintf("DROP INDEX %s", name), tick);
	return ask(run, step, psprintf(DROP_CONCURRENTLY "%s", name), tick);
}

bool
gradual_index_refused_drop(GradualRun *run, const GradualTick *tick, const ErrorData *error)
{
	if (run->drops_at_once || tick->outcome != GRADUAL_TOP_LEVEL ||
		error->sqlerrcode != ERRCODE_FEATURE_NOT_SUPPORTED ||
		strncmp(tick->command, DROP_CONCURRENTLY, strlen(DROP_CONCURRENTLY)) != 0)
		return false;
	run->drops_at_once = true;
	return true;
}

static bool
is_recorded(GradualStep *step, Oid index)
{
	return gradual_texts_have(step->undo,
							  psprintf(DROP_PREFIX "%s", gradual_ident_qualified(index)));
}

/* As ATTACH PARTITION decides it: storage parameters, say, do not count. */
static bool
can_attach(Relation partition, Oid index, Oid parent_index)
{
	Relation	whole = table_open(IndexGetRelation(parent_index, false), AccessShareLock);
	Relation	part = index_open(index, AccessShareLock);
	Relation	parent = index_open(parent_index, AccessShareLock);
	AttrMap    *columns = build_attrmap_by_name(RelationGetDescr(partition),
												RelationGetDescr(whole), false);
	bool		result = CompareIndexInfo(BuildIndexInfo(part), BuildIndexInfo(parent),
										  part->rd_indcollation, parent->rd_indcollation,
										  part->rd_opfamily, parent->rd_opfamily, columns);

	index_close(parent, AccessShareLock);
	index_close(part, AccessShareLock);
	table_close(whole, AccessShareLock);
	return result;
}

/*
 * An index of the partition that can be attached to parent_index, or that a
 * broken build of ours left: not attached to anything.
 */
static Oid
find_candidate(GradualStep *step, Oid parent_index, Oid partition)
{
	Relation	table = table_open(partition, AccessShareLock);
	List	   *indexes = RelationGetIndexList(table);
	bool		for_constraint = OidIsValid(get_index_constraint(parent_index));
	Oid			result = InvalidOid;
	ListCell   *lc;

	foreach(lc, indexes)
	{
		Oid			index = lfirst_oid(lc);

		if (get_rel_relispartition(index) || !can_attach(table, index, parent_index))
			continue;
		if (for_constraint && !OidIsValid(get_index_constraint(index)) &&
			!is_recorded(step, index))
			continue;
		if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX ||
			is_valid(index) || is_recorded(step, index))
		{
			result = index;
			break;
		}
	}
	table_close(table, AccessShareLock);
	return result;
}

/* The partitions that have an index attached to parent_index, in the order of their OIDs. */
static List *
attached_partitions(Oid parent_index)
{
	List	   *partitions = NIL;
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent_index, NoLock))
		partitions = lappend_oid(partitions, IndexGetRelation(lfirst_oid(lc), true));
	list_sort(partitions, list_oid_cmp);
	return partitions;
}

/* What the empty shell of an index on partitions takes: of a constraint, or plain. */
static const char *
shell_lock(const char *create)
{
	return strncmp(create, SHELL_PREFIX, strlen(SHELL_PREFIX)) == 0 ?
		"ACCESS EXCLUSIVE" : "SHARE";
}

/* The step outlives the tick. */
static void
remember_undo(GradualRun *run, GradualStep *step, const char *command)
{
	MemoryContext caller;

	if (command == NULL || gradual_texts_have(step->undo, command))
		return;
	caller = MemoryContextSwitchTo(run->plan_context);
	step->undo = lappend(step->undo, pstrdup(command));
	MemoryContextSwitchTo(caller);
	gradual_ledger_store_undo(run->id, step);
}

static bool build_on_partitions(GradualRun *run, GradualStep *step, Oid parent_index,
								GradualTick *tick);

/* One partition without an attached index: the next thing to do for it. */
static bool
build_on_partition(GradualRun *run, GradualStep *step, Oid parent_index,
				   Oid partition, GradualTick *tick)
{
	Oid			candidate = find_candidate(step, parent_index, partition);
	Oid			constraint = get_index_constraint(parent_index);
	bool		partitioned = get_rel_relkind(partition) == RELKIND_PARTITIONED_TABLE;
	char	   *table = gradual_ident_qualified(partition);
	char	   *name;
	char	   *qualified;
	char	   *create;

	if (OidIsValid(candidate) && partitioned && !is_valid(candidate) &&
		!build_on_partitions(run, step, candidate, tick))
		return false;
	if (OidIsValid(candidate) && is_valid(candidate) && OidIsValid(constraint) &&
		!OidIsValid(get_index_constraint(candidate)))
	{
		const char *index = quote_identifier(get_rel_name(candidate));

		return run_on(run, step, table, "ACCESS EXCLUSIVE",
					  psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, index,
							   gradual_index_text_using(constraint, index)), tick);
	}
	if (OidIsValid(candidate) && (partitioned || is_valid(candidate)))
		return run_here(run, step, "ACCESS SHARE",
						psprintf("ALTER INDEX %s ATTACH PARTITION %s",
								 gradual_ident_qualified(parent_index),
								 gradual_ident_qualified(candidate)), tick);
	if (OidIsValid(candidate))
		return drop(run, step, candidate, tick);

	name = gradual_index_text_name(parent_index, partition);
	create = psprintf("CREATE %sINDEX %s%s ON %s%s%s",
					  gradual_index_is_unique(parent_index) ? "UNIQUE " : "",
					  partitioned ? "" : "CONCURRENTLY ",
					  quote_identifier(name),
					  partitioned ? "ONLY " : "",
					  table,
					  gradual_index_text_tail(parent_index));
	if (partitioned && OidIsValid(constraint))
		create = psprintf(SHELL_PREFIX "%s ADD CONSTRAINT %s %s", table,
						  quote_identifier(name), gradual_index_text_constraint(constraint));
	qualified = quote_qualified_identifier(get_namespace_name(get_rel_namespace(partition)),
										   name);
	remember_undo(run, step, psprintf(DROP_PREFIX "%s", qualified));
	if (partitioned)
		return run_on(run, step, table, shell_lock(create), create, tick);
	return ask(run, step, create, tick);
}

/*
 * Go on with the first partition that lacks an index; true when none does.  Both
 * lists are in the order of OIDs, and walked once: there may be thousands.
 */
static bool
build_on_partitions(GradualRun *run, GradualStep *step, Oid parent_index,
					GradualTick *tick)
{
	List	   *partitions =
	find_inheritance_children(IndexGetRelation(parent_index, false),
							  AccessShareLock);
	List	   *attached = attached_partitions(parent_index);
	ListCell   *next = list_head(attached);
	ListCell   *lc;

	foreach(lc, partitions)
	{
		Oid			partition = lfirst_oid(lc);

		while (next != NULL && lfirst_oid(next) < partition)
			next = lnext(attached, next);
		if (next != NULL && lfirst_oid(next) == partition)
			continue;
		return build_on_partition(run, step, parent_index, partition, tick);
	}
	return true;
}

/* While a published table has no replica identity its UPDATE and DELETE fail. */
static bool
move_identity(GradualRun *run, GradualStep *step, Oid from, Oid to, GradualTick *tick)
{
	char	   *table;

	if (!get_index_isreplident(from) || !OidIsValid(to))
		return true;
	table = gradual_ident_qualified(IndexGetRelation(from, false));
	return run_on(run, step, table, "ACCESS EXCLUSIVE",
				  psprintf("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", table,
						   quote_identifier(get_rel_name(to))), tick);
}

/* Of an undo that was broken off before the whole was gone */
static bool
drop_copies(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		Oid			copy = gradual_index_text_copy(lfirst(lc));

		if (OidIsValid(copy))
			return move_identity(run, step, copy, gradual_index_text_original(lfirst(lc)), tick) &&
				drop(run, step, copy, tick);
	}
	return true;
}

/* Once the whole is gone: the copies take the places of those that went with it. */
static bool
name_copies(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		Oid			copy = gradual_index_text_copy(command);

		if (OidIsValid(copy))
			return run_on(run, step, gradual_ident_qualified(IndexGetRelation(copy, false)),
						  "ACCESS EXCLUSIVE", command, tick);
	}
	return true;
}

bool
gradual_index_build(GradualRun *run, GradualStep *step, const char *create,
					GradualTick *tick)
{
	Oid			index = gradual_ident_find(step->index);

	tick->step = step->step;
	tick->activity = psprintf("building index %s", step->index);
	if (!OidIsValid(index))
	{
		if (!name_copies(run, step, tick))
			return false;		/* of an undo that was broken off */
		/* ON ONLY: the parent of partitions, an empty shell, built here */
		if (strstr(create, "CONCURRENTLY") == NULL)
			return run_here(run, step, shell_lock(create), create, tick);
		return ask(run, step, pstrdup(create), tick);
	}
	if (is_valid(index))
		return drop_copies(run, step, tick);
	if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
	{
		if (!build_on_partitions(run, step, index, tick))
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("index %s is not valid", step->index),
				 errdetail("All its partitions have an attached index, and one of those is invalid."),
				 errhint("REINDEX the invalid one, then start the migration again.")));
	}
	return drop(run, step, index, tick);
}

static bool
drop_named(GradualRun *run, GradualStep *step, const char *index, GradualTick *tick)
{
	Oid			relid = gradual_ident_find(index);
	GradualStep whole = *step;
	Oid			constraint;

	/* a build takes one partition at a time, a drop all of them */
	whole.kind = GRADUAL_STEP_DROP_INDEX;
	tick->step = step->step;
	tick->activity = psprintf("dropping index %s", index);
	if (!OidIsValid(relid))
		return true;

	/* It goes with its constraint. */
	constraint = get_index_constraint(relid);
	if (OidIsValid(constraint))
	{
		char	   *table = gradual_ident_qualified(IndexGetRelation(relid, false));

		return run_on(run, &whole, table, "ACCESS EXCLUSIVE",
					  psprintf("ALTER TABLE %s DROP CONSTRAINT %s", table,
							   quote_identifier(get_constraint_name(constraint))), tick);
	}
	return drop(run, &whole, relid, tick);
}

/* What an undo that was broken off has built on partitions, and not attached. */
static bool
drop_unattached(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		const char *index = command + strlen(DROP_PREFIX);
		Oid			relid;

		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			continue;
		relid = gradual_ident_find(index);
		if (is_index(relid) && !get_rel_relispartition(relid) &&
			!drop_named(run, step, index, tick))
			return false;
	}
	return true;
}

bool
gradual_index_drop_whole(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	return drop_named(run, step, step->index, tick) && drop_unattached(run, step, tick);
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

	if (OidIsValid(copy) && !is_valid(copy))
		return drop(run, step, copy, tick);
	if (!OidIsValid(copy))
	{
		require_unreferred(step, index);
		remember_undo(run, step, gradual_index_text_place(table, index, qualified, name));
		return ask(run, step, psprintf("CREATE %sINDEX CONCURRENTLY %s ON %s%s",
									   gradual_index_is_unique(index) ? "UNIQUE " : "", name,
									   table, gradual_index_text_tail_placed(index)), tick);
	}
	if (comment != NULL && GetComment(copy, RelationRelationId, 0) == NULL)
		return run_here(run, step, "ACCESS SHARE",
						psprintf("COMMENT ON INDEX %s IS %s", qualified, quote_literal_cstr(comment)), tick);
	return move_identity(run, step, index, copy, tick);
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

		if (index == parent || !is_valid(index) || is_recorded(step, index) ||
			(came_with_partition(index, parent) &&
			 !list_member_oid(had, get_partition_parent(index, false))))
			continue;
		had = lappend_oid(had, index);
		if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		{
			require_unreferred(step, index);
			remember_undo(run, step, gradual_index_text_shell(index));
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
			return run_on(run, step, table, "SHARE", command, tick);
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
		const char *index = command + strlen(DROP_PREFIX);

		if (gradual_index_text_brings_back(command))
			continue;
		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			elog(ERROR, "unexpected undo of an index build: %s", command);
		if (!is_index(gradual_ident_find(index)))
			continue;			/* gone, or somebody else's relation */
		if (!drop_named(run, step, index, tick))
			return false;
	}
	return name_copies(run, step, tick) && make_shells(run, step, tick);
}

List *
gradual_index_undo_after(const GradualStep *step)
{
	List	   *commands = NIL;
	ListCell   *lc;

	for_each_from(lc, step->undo, 1)
	{
		const char *command = lfirst(lc);

		if (strncmp(command, DROP_PREFIX, strlen(DROP_PREFIX)) != 0)
			commands = lappend(commands, lfirst(lc));
	}
	return commands;
}
