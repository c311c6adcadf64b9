/*
 * key_index.c
 *	  The unique key by which the rows of a table can be walked once each.
 *
 * The cursor of a key source is the key of the last row.  So equal keys, NULLs,
 * rows that the index leaves out, and a key that the statement itself changes
 * would all lose rows or visit them twice: such indexes are passed over.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_am.h"
#include "catalog/pg_index.h"
#include "commands/defrem.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "script/key_index.h"

static bool is_usable(Relation rel, Relation index, Bitmapset *avoid);
static bool is_usable_column(Relation rel, Relation index, int position,
							 Bitmapset *avoid);

Oid
gradual_change_find_key(Relation rel, Bitmapset *avoid)
{
	List	   *indexes = RelationGetIndexList(rel);
	ListCell   *cell;
	Oid			best = InvalidOid;
	int			best_columns = INDEX_MAX_KEYS + 1;

	foreach(cell, indexes)
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);
		int			columns = IndexRelationGetNumberOfKeyAttributes(index);

		if (index->rd_index->indisprimary)
			columns = 0;
		if (columns < best_columns && is_usable(rel, index, avoid))
		{
			best = RelationGetRelid(index);
			best_columns = columns;
		}
		index_close(index, AccessShareLock);
	}
	list_free(indexes);
	return best;
}

List *
gradual_change_find_keys(Relation rel, Bitmapset *avoid)
{
	List	   *names = NIL;
	ListCell   *cell;

	foreach(cell, RelationGetIndexList(rel))
	{
		Relation	index = index_open(lfirst_oid(cell), AccessShareLock);

		if (is_usable(rel, index, avoid))
			names = lappend(names, pstrdup(RelationGetRelationName(index)));
		index_close(index, AccessShareLock);
	}
	return names;
}

static bool
is_usable(Relation rel, Relation index, Bitmapset *avoid)
{
	Form_pg_index form = index->rd_index;
	int			position;

	if (index->rd_rel->relam != BTREE_AM_OID ||
		!form->indisunique || !form->indimmediate ||
		!form->indisvalid || !form->indisready ||
		!heap_attisnull(index->rd_indextuple, Anum_pg_index_indpred, NULL))
		return false;

	for (position = 0; position < form->indnkeyatts; position++)
		if (!is_usable_column(rel, index, position, avoid))
			return false;
	return true;
}

static bool
is_usable_column(Relation rel, Relation index, int position, Bitmapset *avoid)
{
	AttrNumber	number = index->rd_index->indkey.values[position];
	Form_pg_attribute column;
	Oid			opclass;

	/* an expression, or a system column */
	if (number <= 0)
		return false;

	column = TupleDescAttr(RelationGetDescr(rel), number - 1);
	if (!gradual_compat_is_not_null(RelationGetDescr(rel), number - 1) ||
		bms_is_member(number - FirstLowInvalidHeapAttributeNumber, avoid))
		return false;

	/* ORDER BY must be able to use it, forwards or backwards */
	opclass = GetDefaultOpClass(column->atttypid, BTREE_AM_OID);
	return OidIsValid(opclass) &&
		index->rd_opfamily[position] == get_opclass_family(opclass) &&
		index->rd_indcollation[position] == column->attcollation &&
		(index->rd_indoption[position] & INDOPTION_DESC) ==
		(index->rd_indoption[0] & INDOPTION_DESC);
}
