/*
 * mark.c
 *	  Which files a table consists of at the moment when a column comes.
 *
 * Proof ATTRIBUTES tells a row that is not done by its short tuple: it was
 * written before the column came.  A rewrite of the table (VACUUM FULL, CLUSTER,
 * a restore) makes all tuples long, done or not.  So the files are noted in the
 * transaction that adds the column, and in any other file a row is a candidate
 * when the column is what it was then: NULL, or a default, which may depend on the
 * time, and which the rewrite makes the catalog forget.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "backfill/leaf.h"
#include "backfill/mark.h"
#include "backfill/position.h"
#include "base/ident.h"
#include "ledger/cursor.h"
#include "ledger/migration.h"

/* NULL: the leaf has no such column, or it has no default of that kind. */
static char *
preset_of(Relation rel, const char *column)
{
	AttrNumber	number = get_attnum(RelationGetRelid(rel), column);
	TupleDesc	desc = RelationGetDescr(rel);
	Oid			output;
	bool		is_varlena;
	bool		isnull;
	Datum		value;

	if (number <= 0)
		return NULL;
	value = getmissingattr(desc, number, &isnull);
	if (isnull)
		return NULL;
	getTypeOutputInfo(TupleDescAttr(desc, number - 1)->atttypid, &output, &is_varlena);
	return OidOutputFunctionCall(output, value);
}

void
gradual_marks_set(GradualPosition *position, List *leaves, const char *column)
{
	ListCell   *lc;

	foreach(lc, leaves)
	{
		Relation	rel = gradual_leaf_open(lfirst(lc));

		position->marks = lappend(position->marks, gradual_leaf_mark(rel));
		if (position->preset == NULL)
			position->preset = preset_of(rel, column);
		relation_close(rel, NoLock);
	}
}

void
gradual_marks_store(const GradualMigration *migration, const GradualStep *step)
{
	Oid			table = gradual_ident_find(step->target);
	GradualPosition position = {.source = ""};
	GradualCursor cursor = {.migration = migration->id,.step = step->step};
	List	   *leaves;

	if (!OidIsValid(table) ||
		get_attnum(table, step->proof_column) == InvalidAttrNumber ||
		gradual_cursor_load(migration->id, step->step, 0) != NULL)
		return;
	leaves = gradual_leaves(table, true, RowExclusiveLock);
	gradual_marks_set(&position, leaves, step->proof_column);
	cursor.incarnation = migration->incarnation;
	cursor.total = (int64) gradual_leaves_rows(leaves);
	cursor.pages_total = gradual_leaves_pages(leaves);
	cursor.position = gradual_position_encode(&position);
	gradual_cursor_create(&cursor);
}
