/*
 * new_column.c
 *	  What only the real table tells of a column that the script adds: clones have
 *	  no parents, children or dropped columns.
 *
 * If we crash here nothing is left: it reads the catalogs only.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/new_column.h"
#include "script/part.h"

static bool
is_identity(const ColumnDef *definition)
{
	ListCell   *lc;

	foreach(lc, definition->constraints)
	{
		if (((Constraint *) lfirst(lc))->contype == CONSTR_IDENTITY)
			return true;
	}
	return false;
}

/* A clone has no parents and no children. */
static void
check_family(GradualRehearsal *rehearsal, const GradualRelation *relation,
			 const AlterTableStmt *alter, const ColumnDef *definition)
{
	if (!OidIsValid(relation->oid))
		return;
	if (get_rel_relispartition(relation->oid) &&
		!gradual_part_has_left(rehearsal, relation->oid,
							   get_partition_parent(relation->oid, true)))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot add column to a partition")));
	if (!alter->relation->inh && find_inheritance_children(relation->oid, NoLock) != NIL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("column must be added to child tables too")));
	if (is_identity(definition) && has_subclass(relation->oid) &&
		(relation->relkind != RELKIND_PARTITIONED_TABLE || !GRADUAL_HAS_PARTITIONED_IDENTITY))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot recursively add identity column to table that has child tables")));
}

/* Dropped ones, too. */
static int
count_columns(Oid table)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(table));
	int			columns;

	if (!HeapTupleIsValid(tuple))
		return 0;
	columns = ((Form_pg_class) GETSTRUCT(tuple))->relnatts;
	ReleaseSysCache(tuple);
	return columns;
}

/* A clone lacks the columns that were dropped, and those that the script gives it only for a while. */
static void
check_room(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	int			columns = 0;
	ListCell   *lc;

	if (!OidIsValid(relation->oid) || relation->table == NULL)
		return;
	foreach(lc, find_all_inheritors(relation->oid, NoLock, NULL))
		columns = Max(columns, count_columns(lfirst_oid(lc)));
	foreach(lc, relation->table->added)
		columns += ((GradualColumn *) lfirst(lc))->existed ? 0 : 1;
	if (columns >= MaxHeapAttributeNumber)
		ereport(ERROR,
				(errcode(ERRCODE_TOO_MANY_COLUMNS),
				 errmsg("tables can have at most %d columns", MaxHeapAttributeNumber)));
	if (columns + list_length(relation->table->bridges) >= MaxHeapAttributeNumber)
		gradual_script_refuse(rehearsal->statement, "ADD COLUMN",
							  psprintf("With those that have another name or type beside the old one until the swap, %s would have more than %d columns.",
									   relation->table->qualified, MaxHeapAttributeNumber),
							  "Put it into a migration of its own.");
}

void
gradual_new_column_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
						 const AlterTableStmt *alter, const ColumnDef *definition)
{
	check_family(rehearsal, relation, alter, definition);
	check_room(rehearsal, relation);
}
