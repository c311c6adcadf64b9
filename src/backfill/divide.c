/*
 * divide.c
 *	  A sweep of the heap source, divided into ranges for several workers.
 *
 * Invariants: the ranges cover what was left of the sweep, each block of it is in
 * one of them, and the sums over all cursors of a step do not change when it is
 * divided or joined.  More than that nobody has to rely on: a table that is
 * rewritten meanwhile keeps no row in its range, and the sweep after the join
 * finds those that were missed.
 *
 * If we crash here the step is divided, or joined, or it is not: each is one
 * transaction.
 */
#include "postgres.h"

#include "access/relation.h"
#include "utils/rel.h"

#include "backfill/divide.h"
#include "backfill/leaf.h"
#include "backfill/window.h"

/*
 * Small ranges, so that the last ones end at the same time, and a worker that
 * comes later finds one.  But each begins and ends with few windows to go round
 * in, so not too small.
 */
#define RANGES_A_WORKER 4
#define MIN_RANGE_PAGES (4 * GRADUAL_WINDOW_PAGES)
#define MAX_RANGES 256

/* A place in the leaves, taken as one sequence of blocks */
typedef struct Place
{
	int			leaf_number;
	BlockNumber block;
	int64		skipped;		/* pages of the leaves before */
} Place;

bool
gradual_divide_pays(const GradualPosition *position, List *leaves, int64 pages_done)
{
	return strcmp(position->source, "heap") == 0 && !position->range &&
		position->sweep == 1 && !position->done &&
		gradual_leaves_pages(leaves) - pages_done >= 2 * MIN_RANGE_PAGES;
}

static const GradualLeaf *
leaf_of(List *leaves, const Place *place)
{
	return list_nth(leaves, place->leaf_number);
}

static Place
start_of(const GradualPosition *position, List *leaves)
{
	Place		place = {gradual_leaf_position(leaves, position->leaf), position->block, 0};

	if (place.leaf_number < 0)
		place.leaf_number = list_length(leaves);
	for (int i = 0; i < place.leaf_number; i++)
		place.skipped += ((GradualLeaf *) list_nth(leaves, i))->pages;
	return place;
}

/* Further on by so many pages, or at the end of the last leaf */
static Place
advance(List *leaves, Place place, int64 pages)
{
	while (place.leaf_number < list_length(leaves))
	{
		int64		left = leaf_of(leaves, &place)->pages - place.block;

		if (pages < left)
		{
			place.block += pages;
			return place;
		}
		pages -= Max(left, 0);
		place.skipped += leaf_of(leaves, &place)->pages;
		place.block = 0;
		place.leaf_number++;
	}
	return place;
}

/*
 * The file and the end of a leaf that others work at as well: behind that end
 * are rows that were moved there.
 */
static void
begin_in_leaf(GradualPosition *range, const GradualLeaf *leaf, BlockNumber block)
{
	Relation	rel;
	bool		is_same = range->leaf != NULL && strcmp(range->leaf, leaf->qualified) == 0;

	/* rows are counted ahead of the block up to which all is done */
	range->counted = Max(block, is_same ? range->counted : 0);
	range->leaf = leaf->qualified;
	range->block = block;
	range->file = range->end = 0;
	if (block == 0)
		return;					/* what a range meets at its first page */
	rel = gradual_leaf_open(leaf);
	range->file = gradual_leaf_file(rel);
	range->end = leaf->pages;
	relation_close(rel, NoLock);
}

/* The range from a place to another; the first one goes on as the sweep was. */
static void
create_range(const GradualCursor *whole, const GradualPosition *position, List *leaves,
			 int number, Place from, Place to)
{
	GradualPosition range = *position;
	GradualCursor cursor = *whole;

	range.range = true;
	range.candidates = range.changed = range.held = range.refused = 0;
	range.skipped = from.skipped;
	if (number > 1)
		begin_in_leaf(&range, leaf_of(leaves, &from), from.block);
	if (to.leaf_number < list_length(leaves))
	{
		range.stop_leaf = leaf_of(leaves, &to)->qualified;
		range.stop_block = to.block;
	}
	range.skipped += from.block;

	cursor.range = number;
	cursor.processed = cursor.scanned = cursor.total = cursor.pages_done = 0;
	cursor.rate = 0;
	cursor.pages_total = (to.skipped + to.block) - (from.skipped + from.block);
	cursor.position = gradual_position_encode(&range);
	gradual_cursor_create(&cursor);
}

bool
gradual_divide(GradualCursor *whole, const GradualPosition *position, List *leaves,
			   int workers)
{
	Place		from = start_of(position, leaves);
	int64		left = gradual_leaves_pages(leaves) - from.skipped - from.block;
	int			count = Min(Min(workers * RANGES_A_WORKER, MAX_RANGES), left / MIN_RANGE_PAGES);
	int64		size = (left + count - 1) / count;

	/* whole windows, so that no two workers go for the same pages */
	size = (size + GRADUAL_WINDOW_PAGES - 1) / GRADUAL_WINDOW_PAGES * GRADUAL_WINDOW_PAGES;
	for (int number = 1; from.leaf_number < list_length(leaves); number++)
	{
		Place		to = advance(leaves, from, size);

		create_range(whole, position, leaves, number, from, to);
		from = to;
	}
	whole->pages_done = Min(whole->pages_done, gradual_leaves_pages(leaves) - left);
	whole->pages_total = whole->pages_done;
	whole->rate = 0;
	whole->position = gradual_position_encode(position);
	return gradual_cursor_save(whole);
}

/* What a range found, to what the sweep found before it was divided */
static void
add_range(GradualCursor *whole, GradualPosition *position, const GradualCursor *cursor)
{
	GradualPosition *range = gradual_position_decode(cursor->position);

	whole->processed += cursor->processed;
	whole->scanned += cursor->scanned;
	whole->pages_done += cursor->pages_total;
	whole->pages_total += cursor->pages_total;
	whole->batch_size = cursor->batch_size;
	position->changed += range->changed;
	if (range->marks == NIL)
		position->marks = NIL;	/* it did not trust them any more */
}

bool
gradual_divide_join(int32 migration, int step, int64 fence)
{
	GradualCursor *whole = gradual_cursor_load(migration, step, 0);
	GradualPosition *position = gradual_position_decode(whole->position);
	ListCell   *lc;

	foreach(lc, gradual_cursor_ranges(migration, step))
		add_range(whole, position, lfirst(lc));
	gradual_cursor_remove_ranges(migration, step);

	position->busy_sweeps += position->changed > 0 ? 1 : 0;
	position->sweep++;
	position->leaf = NULL;
	position->block = position->file = position->counted = position->end = 0;
	position->candidates = position->changed = position->held = position->refused = 0;
	whole->position = gradual_position_encode(position);
	if (fence >= 0)
		whole->incarnation = fence;
	return gradual_cursor_save(whole);
}
