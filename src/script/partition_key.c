/*
 * partition_key.c
 *	  What the partition keys of real tables below a table forbid.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "base/texts.h"
#include "script/below.h"
#include "script/bridge.h"
#include "script/partition_key.h"

/* Of Oid: the partitions that have partitions themselves, at whatever depth, still with it. */
static List *
partitioned_below(GradualRehearsal *rehearsal, Oid table)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, gradual_below_children(rehearsal, table))
	{
		Oid			child = lfirst_oid(lc);

		if (get_rel_relkind(child) == RELKIND_PARTITIONED_TABLE)
			found = list_concat(lappend_oid(found, child), partitioned_below(rehearsal, child));
	}
	return found;
}

static List *
tables_below(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	return OidIsValid(relation->oid) && relation->relkind == RELKIND_PARTITIONED_TABLE ?
		partitioned_below(rehearsal, relation->oid) : NIL;
}

static bool
is_in_key(Oid table, const char *column)
{
	AttrNumber	number = get_attnum(table, column);
	bool		in_expression;
	Relation	rel;
	bool		result;

	if (number <= 0)
		return false;
	rel = relation_open(table, NoLock);
	result = has_partition_attrs(rel, bms_make_singleton(number - FirstLowInvalidHeapAttributeNumber),
								 &in_expression);
	relation_close(rel, NoLock);
	return result;
}

void
gradual_partition_key_keep(GradualRehearsal *rehearsal, const GradualRelation *relation,
						   const char *column, bool drop)
{
	ListCell   *lc;

	foreach(lc, tables_below(rehearsal, relation))
	{
		if (!is_in_key(lfirst_oid(lc), gradual_bridge_original(relation->table, column)))
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 drop ?
				 errmsg("cannot drop column \"%s\" because it is part of the partition key of relation \"%s\"",
						column, gradual_below_relation(rehearsal, lfirst_oid(lc))->name) :
				 errmsg("cannot alter column \"%s\" because it is part of the partition key of relation \"%s\"",
						column, gradual_below_relation(rehearsal, lfirst_oid(lc))->name)));
	}
}

/* A column of the table's partition key that is none of these; NULL if all are, or for an expression. */
static char *
find_missing(Oid table, List *columns)
{
	Relation	rel = relation_open(table, NoLock);
	PartitionKey key = RelationGetPartitionKey(rel);
	char	   *missing = NULL;

	for (int i = 0; i < get_partition_natts(key) && missing == NULL; i++)
	{
		AttrNumber	number = get_partition_col_attnum(key, i);
		char	   *name = number == InvalidAttrNumber ? NULL : get_attname(table, number, false);

		if (name != NULL && !gradual_texts_have(columns, name))
			missing = name;
	}
	relation_close(rel, NoLock);
	return missing;
}

void
gradual_partition_key_cover(GradualRehearsal *rehearsal, const GradualRelation *relation,
							List *columns, bool primary)
{
	List	   *names = gradual_bridge_originals(relation->table, columns);
	ListCell   *lc;

	foreach(lc, tables_below(rehearsal, relation))
	{
		char	   *missing = find_missing(lfirst_oid(lc), names);

		if (missing != NULL)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("unique constraint on partitioned table must include all partitioning columns"),
					 errdetail("%s constraint on table \"%s\" lacks column \"%s\" which is part of the partition key.",
							   primary ? "PRIMARY KEY" : "UNIQUE",
							   gradual_below_relation(rehearsal, lfirst_oid(lc))->name, missing)));
	}
}
