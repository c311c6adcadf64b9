/*
 * mark.c
 *	  Which files a table consists of at the moment when a column comes.
 *
 * Proof ATTRIBUTES tells a row that is not done by its short tuple: it was
 * written before the column came.  A rewrite of the table (VACUUM FULL, CLUSTER,
 * a restore) makes all tuples long, done or not.  So the files are noted in the
 * transaction that adds the column, and in any other file a row is a candidate
 * while one of the columns is as it came: NULL, or with a default the value that
 * this gave to the rows that were there.  The catalog forgets that value with the
 * rewrite, so it is noted too.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "fmgr.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "backfill/known.h"
#include "backfill/mark.h"
#include "backfill/position.h"
#include "base/compat.h"
#include "base/ident.h"
#include "ledger/cursor.h"
#include "ledger/migration.h"

/* What no file is marked with */
#define NO_FILE "none"

/*
 * A file that came after the column, by another step of the transaction that adds
 * it, has long rows only.
 */
List *
gradual_marks(List *leaves)
{
	List	   *marks = NIL;
	ListCell   *lc;

	foreach(lc, leaves)
	{
		Relation	rel = gradual_leaf_open(lfirst(lc));

		marks = lappend(marks, gradual_compat_has_new_file(rel) ? NO_FILE : gradual_leaf_mark(rel));
		relation_close(rel, NoLock);
	}
	return marks;
}

List *
gradual_presets(List *leaves)
{
	List	   *presets = NIL;
	Relation	rel;

	if (leaves == NIL)
		return NIL;
	rel = gradual_leaf_open(linitial(leaves));
	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), i);
		Oid			output;
		bool		is_varlena;
		bool		is_null;
		Datum		value;

		if (attribute->attisdropped || !attribute->atthasmissing)
			continue;
		value = getmissingattr(RelationGetDescr(rel), attribute->attnum, &is_null);
		if (is_null)
			continue;
		getTypeOutputInfo(attribute->atttypid, &output, &is_varlena);
		presets = lappend(presets, pstrdup(NameStr(attribute->attname)));
		presets = lappend(presets, OidOutputFunctionCall(output, value));
	}
	relation_close(rel, NoLock);
	return presets;
}

static void
create_cursor(const GradualMigration *migration, const GradualStep *step,
			  const GradualPosition *position, int64 rows, int64 pages)
{
	GradualCursor cursor = {.migration = migration->id,.step = step->step};

	cursor.incarnation = migration->incarnation;
	cursor.total = rows;
	cursor.pages_total = pages;
	cursor.position = gradual_position_encode(position);
	cursor.facts = gradual_position_encode_facts(position);
	gradual_cursor_create(&cursor);
}

void
gradual_marks_store(const GradualMigration *migration, const GradualStep *step)
{
	Oid			table = gradual_ident_find(step->target);
	GradualPosition position = {.source = ""};
	const GradualLeaf *stranger;
	List	   *leaves;

	if (!OidIsValid(table) ||
		get_attnum(table, step->proof_column) == InvalidAttrNumber ||
		gradual_cursor_load(migration->id, step->step, 0) != NULL)
		return;
	leaves = gradual_leaves(table, true, RowExclusiveLock);
	position.marks = gradual_marks(leaves);
	(void) gradual_known_leaves(leaves, &position.known, true, &stranger);
	position.presets = gradual_presets(leaves);
	create_cursor(migration, step, &position, (int64) gradual_leaves_rows(leaves),
				  gradual_leaves_pages(leaves));
}

void
gradual_marks_keep(const GradualMigration *migration, const GradualStep *step)
{
	GradualCursor *cursor = gradual_cursor_load(migration->id, step->step, 0);
	char	   *facts = gradual_cursor_facts(migration->id, step->step);
	GradualPosition kept = {.source = ""};
	GradualPosition *position;

	gradual_cursor_remove(migration->id, step->step);
	if (cursor == NULL || cursor->position == NULL || step->proof != GRADUAL_PROOF_ATTRIBUTES)
		return;
	position = gradual_position_decode(cursor->position);
	gradual_position_decode_facts(&kept, facts);
	if (position->distrusted || (kept.marks == NIL && position->sweep > 0))
		kept.marks = list_make1(NO_FILE);
	create_cursor(migration, step, &kept, cursor->total, cursor->pages_total);
}
