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
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/texts.h"
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
make_apply(const GradualSourceInfo *info, const GradualLeaf *leaf, List *unset)
{
	Oid			types[1] = {get_array_type(TIDOID)};
	GradualApplyShape shape = {.ntypes = 1,.types = types,.generic = true,.unset = unset};

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
	return gradual_texts_have(marks, gradual_leaf_mark(rel));
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
				 errhint("SELECT gradual.rollback(%s);",
						 quote_literal_cstr(info->migration->name))));
	return column;
}

/* What the column held in all rows when it came; NULL is NULL. */
static char *
preset_of(const char *column, const GradualPosition *position)
{
	for (int i = 0; i + 1 < list_length(position->presets); i += 2)
	{
		if (strcmp(list_nth(position->presets, i), column) == 0)
			return list_nth(position->presets, i + 1);
	}
	return NULL;
}

/* The columns that the statement fills, as gradual_unset_only() wants them. */
static List *
unset_columns(const Query *query, Relation rel, const GradualPosition *position)
{
	List	   *columns = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		GradualUnset *unset;
		Form_pg_attribute attribute;

		if (entry->resjunk)
			continue;
		attribute = TupleDescAttr(RelationGetDescr(rel), entry->resno - 1);
		unset = palloc0(sizeof(GradualUnset));
		unset->column = pstrdup(NameStr(attribute->attname));
		unset->type = getBaseType(attribute->atttypid);
		unset->preset = preset_of(unset->column, position);
		unset->steady = !contain_volatile_functions((Node *) entry->expr);
		columns = lappend(columns, unset);
	}
	return columns;
}

GradualHeapTarget *
gradual_heap_target_make(const GradualSourceInfo *info, const GradualLeaf *leaf,
						 Relation rel, const GradualPosition *position)
{
	GradualHeapTarget *target = palloc0(sizeof(GradualHeapTarget));
	AttrNumber	column = 0;

	target->apply = make_apply(info, leaf, NIL);
	target->query = gradual_apply_query(target->apply);
	target->migration = info->migration->id;
	if (info->step->proof == GRADUAL_PROOF_ATTRIBUTES)
	{
		column = proof_column(info, leaf);
		if (!position->distrusted && is_marked(rel, position->marks))
			target->marker = column;
	}
	target->unmarked = column > 0 && target->marker == 0;

	/*
	 * The trigger takes a row of a rewritten file for a filled one: what the
	 * application writes in one of several columns it leaves alone there. Of
	 * hidden columns ours may set all once more.
	 */
	if (target->unmarked && !gradual_step_fills_hidden(info->step))
	{
		target->apply = make_apply(info, leaf, unset_columns(target->query, rel, position));
		target->query = gradual_apply_query(target->apply);
	}
	target->filter = gradual_filter_make(target->apply, rel, target->marker);
	if (target->unmarked && gradual_step_fills_hidden(info->step))
		gradual_filter_add_unset_test(target->filter, rel, target->query);
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
	gradual_leaf_refuse_hidden(leaf);
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
		gradual_cost_check(make_apply(info, leaf, NIL), leaf, values);
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
