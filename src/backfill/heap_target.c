/*
 * heap_target.c
 *	  The statement and the candidate test on one leaf.
 *
 * Attribute numbers are those of the leaf: a partition may count its columns
 * in another way than the table that the statement names.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "base/compat.h"
#include "base/errors.h"
#include "backfill/cost.h"
#include "backfill/heap_target.h"
#include "backfill/idle.h"
#include "backfill/quarantine.h"

struct GradualHeapTarget
{
	GradualApply *apply;
	Query	   *query;			/* what it was analysed to */
	int32		migration;
	GradualFilter *filter;
	AttrNumber	marker;			/* 0 = none, or not to be trusted here */
	bool		unmarked;
	bool		key_conflict;
	bool		bites;
	bool		large_bites;
	GradualTids *quarantined;	/* rows that are left out; NULL = none */
};

static GradualApply *
make_apply(const GradualSourceInfo *info, const GradualLeaf *leaf)
{
	Oid			types[1] = {get_array_type(TIDOID)};
	GradualApplyShape shape = {.ntypes = 1,.types = types,.generic = true};

	shape.condition = psprintf("%s.ctid OPERATOR(pg_catalog.=) ANY ($1)", info->alias);
	return gradual_apply_make(info->sql, leaf, &shape, info->now);
}

static void
set_heap_facts(GradualHeapTarget *target, Relation rel)
{
	Query	   *query = target->query;
	Bitmapset  *changed;

	if (query->commandType == CMD_DELETE)
	{
		target->key_conflict = true;
		return;
	}
	changed = gradual_apply_changed(query, rel);
	target->key_conflict =
		bms_overlap(changed, RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_KEY));
	target->bites =
		!bms_overlap(changed, RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_HOT_BLOCKING));
	target->large_bites = list_length(RelationGetIndexList(rel)) <= 1;
}

static bool
is_marked(Relation rel, List *marks)
{
	char	   *mark = gradual_leaf_mark(rel);
	ListCell   *lc;

	foreach(lc, marks)
	{
		if (strcmp(lfirst(lc), mark) == 0)
			return true;
	}
	return false;
}

static AttrNumber
proof_column(const GradualSourceInfo *info, const GradualLeaf *leaf)
{
	AttrNumber	column = get_attnum(leaf->oid, info->step->proof_column);

	if (column <= 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("column \"%s\" of table %s does not exist",
						info->step->proof_column, leaf->qualified),
				 errdetail("The statement that fills it runs in batches."),
				 errhint("SELECT gradual.rollback('%s');", info->migration->name)));
	return column;
}

GradualHeapTarget *
gradual_heap_target_make(const GradualSourceInfo *info, const GradualLeaf *leaf,
						 Relation rel, const GradualPosition *position)
{
	GradualHeapTarget *target = palloc0(sizeof(GradualHeapTarget));
	AttrNumber	column = 0;

	target->apply = make_apply(info, leaf);
	target->query = gradual_apply_query(target->apply);
	target->migration = info->migration->id;
	if (info->step->proof == GRADUAL_PROOF_ATTRIBUTES)
	{
		column = proof_column(info, leaf);
		if (is_marked(rel, position->marks))
			target->marker = column;
	}
	target->filter = gradual_filter_make(target->apply, rel, target->marker);
	if (column > 0 && target->marker == 0)
	{
		target->unmarked = true;

		/*
		 * The trigger takes a row of a rewritten file for a filled one: where
		 * the application changes what one of several hidden columns is made
		 * from, it sets that one alone.  Ours may set all of them once more.
		 */
		if (info->step->quiet)
			gradual_filter_add_unset_test(target->filter, rel, target->query);
		else
			gradual_filter_add_preset_test(target->filter, rel, column, position->preset);
	}
	set_heap_facts(target, rel);
	if (info->migration->quarantine)
		target->quarantined = gradual_quarantine_places(info->migration->id, info->step->step,
														leaf, rel);
	return target;
}

/* Addresses all over the leaf, as a batch might have them */
static Datum
typical_rows(const GradualLeaf *leaf)
{
	ItemPointerData *tids = palloc(sizeof(ItemPointerData) * GRADUAL_COST_ROWS);
	Datum	   *elements = palloc(sizeof(Datum) * GRADUAL_COST_ROWS);

	for (int i = 0; i < GRADUAL_COST_ROWS; i++)
	{
		ItemPointerSet(&tids[i], leaf->pages * i / GRADUAL_COST_ROWS, i % 16 + 1);
		elements[i] = PointerGetDatum(&tids[i]);
	}
	return PointerGetDatum(construct_array(elements, GRADUAL_COST_ROWS, TIDOID,
										   sizeof(ItemPointerData), false, TYPALIGN_SHORT));
}

void
gradual_heap_target_check_leaf(const GradualSourceInfo *info, const GradualLeaf *leaf)
{
	if (check_enable_rls(leaf->oid, InvalidOid, true) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("row security of table %s hides rows from the migration's owner",
						leaf->qualified),
				 errhint("ALTER ROLE .. BYPASSRLS for the owner of the migration, or let the table's owner define it.")));
	if (info->step->proof == GRADUAL_PROOF_ATTRIBUTES)
		(void) proof_column(info, leaf);
}

void
gradual_heap_target_check(const GradualSourceInfo *info, const GradualLeaf *leaf)
{
	Datum		values[1];

	gradual_heap_target_check_leaf(info, leaf);
	if (!info->migration->allow_blocking)
	{
		values[0] = typical_rows(leaf);
		gradual_cost_check(make_apply(info, leaf), leaf, values);
	}
}

GradualApply *
gradual_heap_target_apply(GradualHeapTarget *target)
{
	return target->apply;
}

bool
gradual_heap_target_idle(GradualHeapTarget *target, Relation rel)
{
	return gradual_idle_triggers(rel, target->query, target->migration);
}

bool
gradual_heap_target_unmarked(GradualHeapTarget *target)
{
	return target->unmarked;
}

bool
gradual_heap_target_exact(GradualHeapTarget *target)
{
	return target->filter->exact;
}

void
gradual_heap_target_begin(GradualHeapTarget *target, Relation rel, GradualVisit *visit)
{
	visit->test.marker = target->marker;
	visit->test.key_conflict = target->key_conflict;
	visit->test.quarantined = target->quarantined;
	visit->test.filter = gradual_filter_begin(target->filter, rel, target->apply);
	visit->bites = target->bites;
	visit->large_bites = target->large_bites;
	visit->exact = target->filter->exact;
}

void
gradual_heap_target_end(GradualVisit *visit)
{
	gradual_filter_end(visit->test.filter);
}
