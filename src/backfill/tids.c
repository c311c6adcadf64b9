/*
 * tids.c
 *	  Addresses of rows.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "backfill/tids.h"

void
gradual_tids_add(GradualTids *tids, const ItemPointerData *tid)
{
	if (tids->count == tids->max)
	{
		tids->max = Max(tids->max * 2, 512);
		tids->tids = tids->tids == NULL ?
			MemoryContextAlloc(GetMemoryChunkContext(tids),
							   tids->max * sizeof(ItemPointerData)) :
			repalloc(tids->tids, tids->max * sizeof(ItemPointerData));
	}
	ItemPointerCopy(tid, &tids->tids[tids->count]);
	tids->count++;
}

static int
compare(const void *a, const void *b)
{
	return ItemPointerCompare((ItemPointer) a, (ItemPointer) b);
}

void
gradual_tids_sort(GradualTids *tids, int from)
{
	if (tids->count > from)
		qsort(tids->tids + from, tids->count - from, sizeof(ItemPointerData), compare);
}

bool
gradual_tids_contain(const GradualTids *tids, const ItemPointerData *tid)
{
	return tids != NULL && tids->count > 0 &&
		bsearch(tid, tids->tids, tids->count, sizeof(ItemPointerData), compare) != NULL;
}
