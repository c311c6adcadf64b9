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
#include "access/table.h"
#include "catalog/index.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/ident.h"
#include "run/index.h"
#include "run/index_text.h"
#include "run/index_work.h"

/* How the shell of a constraint on partitions is made. */
#define SHELL_PREFIX "ALTER TABLE ONLY "

void
gradual_index_require_free(GradualStep *step)
{
	Oid			relid = gradual_ident_find(step->index);

	if (OidIsValid(relid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation %s already exists", step->index),
				 gradual_index_is_index(relid) ?
				 errhint("DROP INDEX CONCURRENTLY %s; then start the migration again.",
						 step->index) :
				 errhint("Drop or rename that relation, then start the migration again.")));
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
			!gradual_index_is_recorded(step, index))
			continue;
		if (get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX ||
			gradual_index_is_valid(index) || gradual_index_is_recorded(step, index))
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

	if (OidIsValid(candidate) && partitioned && !gradual_index_is_valid(candidate) &&
		!build_on_partitions(run, step, candidate, tick))
		return false;
	if (OidIsValid(candidate) && gradual_index_is_valid(candidate) && OidIsValid(constraint) &&
		!OidIsValid(get_index_constraint(candidate)))
	{
		const char *index = quote_identifier(get_rel_name(candidate));

		return gradual_index_run_on(run, step, table, "ACCESS EXCLUSIVE",
									psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s", table, index,
											 gradual_index_text_using(constraint, index)), tick);
	}
	if (OidIsValid(candidate) && (partitioned || gradual_index_is_valid(candidate)))
		return gradual_index_run_here(run, step, "ACCESS SHARE",
									  psprintf("ALTER INDEX %s ATTACH PARTITION %s",
											   gradual_ident_qualified(parent_index),
											   gradual_ident_qualified(candidate)), tick);
	if (OidIsValid(candidate))
		return gradual_index_drop(run, step, candidate, tick);

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
	gradual_index_record(run, step, qualified);
	if (partitioned)
		return gradual_index_run_on(run, step, table, shell_lock(create), create, tick);
	return gradual_index_ask(run, step, create, tick);
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

/* Of an undo that was broken off before the whole was gone */
static bool
drop_copies(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		Oid			copy = gradual_index_text_copy(lfirst(lc));

		if (OidIsValid(copy))
			return gradual_index_move_identity(run, step, copy, gradual_index_text_original(lfirst(lc)), tick) &&
				gradual_index_drop(run, step, copy, tick);
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
		if (!gradual_index_name_copies(run, step, tick))
			return false;		/* of an undo that was broken off */
		/* ON ONLY: the parent of partitions, an empty shell, built here */
		if (strstr(create, "CONCURRENTLY") == NULL)
			return gradual_index_run_here(run, step, shell_lock(create), create, tick);
		return gradual_index_ask(run, step, pstrdup(create), tick);
	}
	if (gradual_index_is_valid(index))
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
	return gradual_index_drop(run, step, index, tick);
}
