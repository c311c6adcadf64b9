/*
 * listed.c
 *	  The rows of a statement as an index finds them.
 *
 * One query a leaf, the statement's own WHERE, all under one snapshot.  Asked
 * once a sweep and not once a batch: each time it would meet the entries of all
 * rows that earlier batches have changed.  The list only says where to look:
 * whether a row still is a candidate is decided at its page.
 *
 * If we crash here the list is gone, and is read again: rows that are done do
 * not meet the WHERE any more, or say so themselves.
 */
#include "postgres.h"

#include "optimizer/optimizer.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"

#include "backfill/listed.h"
#include "backfill/tids.h"
#include "script/by_index.h"

/* The planner may be wrong by this factor, and is not held to fewer rows. */
#define MAX_ERROR 10
#define FREE_ROWS 10000

struct GradualListed
{
	MemoryContext context;
	int			limit;
	GradualTids *rows;			/* leaf after leaf */

	int			nleaves;
	int		   *ends;			/* of each leaf's, in rows */

	/* State */
	int			next;
	int			leaf;			/* of the next one */
};

/* Where a query's rows go */
typedef struct ListReceiver
{
	DestReceiver pub;
	GradualListed *listed;
} ListReceiver;

static bool
has_where(const GradualSourceInfo *info)
{
	RawStmt    *raw = gradual_rewrite_parse(info->sql);

	if (IsA(raw->stmt, UpdateStmt))
		return ((UpdateStmt *) raw->stmt)->whereClause != NULL;
	return IsA(raw->stmt, DeleteStmt) && ((DeleteStmt *) raw->stmt)->whereClause != NULL;
}

bool
gradual_listed_suits(const GradualSourceInfo *info, double *rows)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gradual choice",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	bool		suits = has_where(info);
	double		cost = 0;
	ListCell   *lc;

	*rows = 0;
	foreach(lc, info->leaves)
	{
		GradualApply *select;
		Query	   *query;
		Plan	   *plan;

		if (!suits)
			break;
		if (!OidIsValid(((GradualLeaf *) lfirst(lc))->oid))
			continue;
		select = gradual_apply_make_select(info->sql, lfirst(lc), info->now);
		query = gradual_apply_query(select);
		suits = gradual_apply_is_alone(query);
		plan = pg_plan_query(query, "", 0, gradual_apply_parameters(select, NULL))->planTree;
		cost += plan->total_cost;
		*rows += plan->plan_rows;
		MemoryContextReset(context);
	}
	suits = suits && gradual_by_index_pays(cost, *rows, gradual_leaves_pages(info->leaves),
										   gradual_leaves_rows(info->leaves));
	MemoryContextSwitchTo(old);
	MemoryContextDelete(context);
	return suits;
}

/* --- reading --- */

static bool
list_row(TupleTableSlot *slot, DestReceiver *self)
{
	GradualListed *listed = ((ListReceiver *) self)->listed;
	bool		isnull;
	Datum		tid = slot_getattr(slot, 1, &isnull);

	gradual_tids_add(listed->rows, (ItemPointer) DatumGetPointer(tid));
	return true;
}

static void
start_list(DestReceiver *self, int operation, TupleDesc desc)
{
}

static void
end_list(DestReceiver *self)
{
}

/* Returns false if there are too many */
static bool
read_leaf(GradualListed *listed, const GradualSourceInfo *info, const GradualLeaf *leaf)
{
	ListReceiver receiver = {{list_row, start_list, end_list, end_list, DestNone}, listed};
	int			begin = listed->rows->count;

	if (OidIsValid(leaf->oid))
		gradual_apply_select(gradual_apply_make_select(info->sql, leaf, info->now),
							 listed->limit - begin + 1, &receiver.pub);
	listed->ends[listed->nleaves++] = listed->rows->count;
	gradual_tids_sort(listed->rows, begin);
	return listed->rows->count <= listed->limit;
}

/* Go to the leaf of the next row */
static void
find_leaf(GradualListed *listed)
{
	while (listed->leaf < listed->nleaves && listed->ends[listed->leaf] <= listed->next)
		listed->leaf++;
}

static GradualListed *
make_list(const GradualSourceInfo *info, double expected)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gradual list",
												  ALLOCSET_DEFAULT_SIZES);
	GradualListed *listed = MemoryContextAllocZero(context, sizeof(GradualListed));

	listed->context = context;
	listed->rows = MemoryContextAllocZero(context, sizeof(GradualTids));
	listed->limit = (int) Min(Max(expected * MAX_ERROR, FREE_ROWS), GRADUAL_BY_INDEX_ROWS);
	listed->ends = MemoryContextAlloc(context,
									  sizeof(int) * (list_length(info->leaves) + 1));
	return listed;
}

GradualListed *
gradual_listed_read(const GradualSourceInfo *info)
{
	MemoryContext work;
	MemoryContext old;
	GradualListed *listed;
	bool		fits = true;
	double		expected;
	ListCell   *lc;

	if (!gradual_listed_suits(info, &expected))
		return NULL;
	listed = make_list(info, expected);
	work = AllocSetContextCreate(CurrentMemoryContext, "gradual listing",
								 ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(work);
	foreach(lc, info->leaves)
	{
		fits = read_leaf(listed, info, lfirst(lc));
		MemoryContextReset(work);	/* there may be thousands of leaves */
		if (!fits)
			break;
	}
	MemoryContextSwitchTo(old);
	MemoryContextDelete(work);
	find_leaf(listed);
	if (fits)
		return listed;
	gradual_listed_free(listed);
	return NULL;
}

void
gradual_listed_free(GradualListed *listed)
{
	if (listed != NULL)
		MemoryContextDelete(listed->context);
}

/* --- going through it --- */

int
gradual_listed_count(const GradualListed *listed)
{
	return listed->rows->count;
}

int
gradual_listed_left(const GradualListed *listed)
{
	return listed->rows->count - listed->next;
}

int
gradual_listed_leaf(const GradualListed *listed)
{
	return listed->next < listed->rows->count ? listed->leaf : -1;
}

const ItemPointerData *
gradual_listed_tids(const GradualListed *listed, int *count)
{
	*count = listed->next < listed->rows->count ? listed->ends[listed->leaf] - listed->next : 0;
	return listed->rows->tids + listed->next;
}

void
gradual_listed_advance(GradualListed *listed, int count)
{
	listed->next += count;
	find_leaf(listed);
}
