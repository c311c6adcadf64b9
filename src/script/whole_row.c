/*
 * whole_row.c
 *	  Constraints and indexes over whole rows of a table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_index.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "script/catalog.h"
#include "script/lookup.h"
#include "script/whole_row.h"

static bool
has_whole_row(Node *expression)
{
	Bitmapset  *columns = NULL;

	pull_varattnos(expression, 1, &columns);
	return bms_is_member(0 - FirstLowInvalidHeapAttributeNumber, columns);
}

/* As it is stored: a function in it, read for the planner, could come to single columns. */
static bool
is_over_row(int cache, HeapTuple tuple, AttrNumber column)
{
	bool		isnull;
	Datum		expression = SysCacheGetAttr(cache, tuple, column, &isnull);

	return !isnull && has_whole_row(stringToNode(TextDatumGetCString(expression)));
}

static bool
is_check_over_row(HeapTuple constraint)
{
	return ((Form_pg_constraint) GETSTRUCT(constraint))->contype == CONSTRAINT_CHECK &&
		is_over_row(CONSTROID, constraint, Anum_pg_constraint_conbin);
}

static bool
is_index_over_row(Oid oid)
{
	HeapTuple	index = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(oid));
	bool		is;

	if (!HeapTupleIsValid(index))
		return false;
	is = is_over_row(INDEXRELID, index, Anum_pg_index_indexprs) ||
		is_over_row(INDEXRELID, index, Anum_pg_index_indpred);
	ReleaseSysCache(index);
	return is;
}

static void
refuse(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *what,
	   const char *drop)
{
	gradual_script_refuse(rehearsal->statement, rehearsal->statement->tag,
						  psprintf("%s of table %s is over whole rows: a copy of the table, on which the script is tried, cannot have it, and with a column of ours the rows would not be the same.",
								   what, gradual_lookup_qualified(relation)),
						  psprintf("%s; and make it anew over the columns that it is about.", drop));
}

void
gradual_whole_row_refuse(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	Relation	table = relation_open(relation->oid, NoLock);
	List	   *indexes = RelationGetIndexList(table);
	ListCell   *lc;

	relation_close(table, NoLock);
	foreach(lc, gradual_catalog_constraints(relation->oid))
	{
		const char *name = quote_identifier(NameStr(((Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc)))->conname));

		if (is_check_over_row(lfirst(lc)))
			refuse(rehearsal, relation, psprintf("Constraint %s", name),
				   psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
							gradual_lookup_qualified(relation), name));
	}
	foreach(lc, indexes)
	{
		char	   *schema = get_namespace_name(get_rel_namespace(lfirst_oid(lc)));
		char	   *name = get_rel_name(lfirst_oid(lc));

		if (is_index_over_row(lfirst_oid(lc)))
			refuse(rehearsal, relation, psprintf("Index %s", quote_identifier(name)),
				   psprintf("DROP INDEX CONCURRENTLY %s", quote_qualified_identifier(schema, name)));
	}
}
