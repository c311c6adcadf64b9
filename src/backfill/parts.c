/*
 * parts.c
 *	  The key source's way to keep rows on their pages.
 *
 * Rows that follow one another by key lie on the same page, if the table is in
 * the order of its key.  Changed together they all leave it, and each gets new
 * entries in all indexes.  So a window of keys is read twelve times, and each
 * time every twelfth key is done: the first of a page move away, and what they
 * leave, once the transaction is over, takes the next ones.
 *
 * Which part a key is in follows from the key alone, so that (window, part, key)
 * is all that the cursor needs to know: each key is in exactly one part, also one
 * that comes while the window is at work, and no row is met twice.
 *
 * Only for a key of one integer, since consecutive numbers fall evenly upon the
 * parts, and not for volatile expressions, which may count on the order.
 *
 * If we crash here nothing has happened: only reads.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "nodes/bitmapset.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "backfill/parts.h"

/* Of fewer pages the indexes are small, too */
#define MIN_LEAF_PAGES 512

/* pg_stats.correlation: how far the table is in the order of its key */
#define MIN_CORRELATION 0.9

static bool
is_in_order(Relation rel, AttrNumber column)
{
	HeapTuple	statistic = SearchSysCache3(STATRELATTINH,
											ObjectIdGetDatum(RelationGetRelid(rel)),
											Int16GetDatum(column), BoolGetDatum(false));
	AttStatsSlot slot;
	bool		in_order = false;

	if (!HeapTupleIsValid(statistic))
		return false;
	if (get_attstatsslot(&slot, statistic, STATISTIC_KIND_CORRELATION, InvalidOid,
						 ATTSTATSSLOT_NUMBERS))
	{
		in_order = slot.nnumbers == 1 && slot.numbers[0] >= MIN_CORRELATION;
		free_attstatsslot(&slot);
	}
	ReleaseSysCache(statistic);
	return in_order;
}

/* May new versions of its rows do without index entries? */
static bool
stays_out_of_indexes(Query *query, Relation rel)
{
	TupleConstr *constraints = RelationGetDescr(rel)->constr;

	if (constraints != NULL && constraints->has_generated_stored)
		return false;
	return !bms_overlap(gradual_apply_changed(query, rel),
						RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_HOT_BLOCKING));
}

bool
gradual_parts_pay(GradualApply *apply, const GradualLeaf *leaf, Relation rel,
				  const GradualKeyColumns *key)
{
	Query	   *query = gradual_apply_query(apply);
	Oid			type = key->types[0];
	AttrNumber	column = key->numbers[0];

	return query->commandType == CMD_UPDATE && key->count == 1 &&
		(type == INT2OID || type == INT4OID || type == INT8OID) &&
		leaf->pages >= MIN_LEAF_PAGES && is_in_order(rel, column) &&
		stays_out_of_indexes(query, rel) &&
		!contain_volatile_functions((Node *) query);
}

char *
gradual_parts_condition(const GradualKeyColumns *key, const char *alias, const char *part)
{
	return psprintf("pg_catalog.abs(%s%s%s::pg_catalog.int8 OPERATOR(pg_catalog.%%) %d)"
					" OPERATOR(pg_catalog.=) %s",
					alias ? alias : "", alias ? "." : "", key->names[0], GRADUAL_PARTS, part);
}
