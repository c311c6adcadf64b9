/*
 * divide.c
 *	  What is left of a backfill, divided into ranges for several workers.
 *
 * Invariants: the ranges cover what was left of the sweep or pass, each block or
 * key of it is in one of them, since one ends with the very key above which the
 * next begins, and the sums over all cursors of a step do not change when it is
 * divided or joined.  More than that the heap source does not rely on: a table
 * that is rewritten meanwhile keeps no row in its range, and the sweep after the
 * join finds those that were missed.
 *
 * How much is in a range is measured in pages, by key too: there it is a guess
 * that only decides how well the work is shared.
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

static bool
is_by_key(const GradualPosition *position)
{
	return strcmp(position->source, "key") == 0;
}

/* Its first sweep, or its first pass between two windows */
static bool
can_be_divided(const GradualRowSource *source)
{
	const GradualPosition *position = source->position;

	if (position->done || position->range)
		return false;
	if (is_by_key(position))
		return position->pass == 1 && position->window == NIL && !position->returned;
	return strcmp(position->source, "heap") == 0 && position->sweep == 1;
}

static const GradualLeaf *
leaf_of(List *leaves, const Place *place)
{
	return list_nth(leaves, place->leaf_number);
}

/* Of a key it is not known which page it is on, only how much was done before. */
static Place
start_of(const GradualRowSource *source)
{
	const GradualPosition *position = source->position;
	List	   *leaves = source->info->leaves;
	Place		place = {position->at, position->block, 0};

	place.skipped = gradual_leaves_pages_before(leaves, place.leaf_number);
	if (is_by_key(position) && place.leaf_number < list_length(leaves))
		place.block = Min(Max(source->pages_done - place.skipped, 0), leaf_of(leaves, &place)->pages);
	return place;
}

static int64
pages_from(const GradualRowSource *source, const Place *start)
{
	return gradual_leaves_pages(source->info->leaves) - start->skipped - start->block;
}

bool
gradual_divide_pays(const GradualRowSource *source)
{
	Place		start;

	if (!can_be_divided(source))
		return false;
	start = start_of(source);
	return pages_from(source, &start) >= 2 * MIN_RANGE_PAGES;
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
begin_in_leaf(GradualPosition *range, const GradualLeaf *leaf, int number, BlockNumber block)
{
	Relation	rel;
	bool		is_same = range->leaf != NULL && range->at == number;

	/* rows are counted ahead of the block up to which all is done */
	range->counted = Max(block, is_same ? range->counted : 0);
	range->at = number;
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

/* How a range begins at a place, or NULL if none can; the first one goes on as it was. */
static GradualPosition *
begin_range(GradualRowSource *source, const GradualPosition *position, const Place *start,
			const Place *place)
{
	const GradualLeaf *leaf = leaf_of(source->info->leaves, place);
	bool		is_same = place->leaf_number == start->leaf_number;
	BlockNumber done = is_same ? start->block : 0;
	GradualPosition *range;

	if (source->routine->begin_range != NULL)
		return source->routine->begin_range(source, place->leaf_number,
											(double) (place->block - done) / Max(leaf->pages - done, 1));
	range = palloc(sizeof(GradualPosition));
	*range = *position;
	begin_in_leaf(range, leaf, place->leaf_number, place->block);
	return range;
}

/* The range before the one that begins at 'next', NULL = the last one */
static void
create_range(const GradualCursor *whole, GradualPosition *range, const GradualPosition *next,
			 int number, const Place *from, const Place *to)
{
	GradualCursor cursor = *whole;

	range->range = true;
	range->missed = NIL;		/* the whole keeps what it has missed */
	range->candidates = range->changed = range->held = range->refused = 0;
	range->skipped = from->skipped + from->block;
	if (next != NULL)
	{
		range->stop_leaf = next->at + 1;
		range->stop_block = next->block;
		range->stop = next->lower;
		if (range->stop != NIL && range->leaf != NULL && range->at == next->at)
			range->bound = range->stop;
	}

	cursor.range = number;
	cursor.processed = cursor.scanned = cursor.total = cursor.pages_done = 0;
	cursor.rate = 0;
	cursor.pages_total = (to->skipped + to->block) - (from->skipped + from->block);
	cursor.position = gradual_position_encode(range);
	gradual_cursor_create(&cursor);
}

static void
create_ranges(const GradualCursor *whole, GradualRowSource *source, Place start, int64 size)
{
	const GradualPosition *position = gradual_position_decode(whole->position);
	List	   *leaves = source->info->leaves;
	GradualPosition *range = gradual_position_decode(whole->position);
	Place		from = start;
	Place		to = start;
	int			number = 1;

	while (range != NULL)
	{
		GradualPosition *next = NULL;

		do
		{
			to = advance(leaves, to, size);
			if (to.leaf_number < list_length(leaves))
				next = begin_range(source, position, &start, &to);
		} while (next == NULL && to.leaf_number < list_length(leaves));
		create_range(whole, range, next, number++, &from, &to);
		range = next;
		from = to;
	}
}

bool
gradual_divide(GradualCursor *whole, GradualRowSource *source, int workers)
{
	List	   *leaves = source->info->leaves;
	Place		start = start_of(source);
	int64		left = pages_from(source, &start);
	int			count = Min(Min(workers * RANGES_A_WORKER, MAX_RANGES), left / MIN_RANGE_PAGES);
	int64		size = (left + count - 1) / count;

	/* whole windows, so that no two workers go for the same pages */
	size = (size + GRADUAL_WINDOW_PAGES - 1) / GRADUAL_WINDOW_PAGES * GRADUAL_WINDOW_PAGES;
	whole->position = gradual_position_encode(source->position);
	create_ranges(whole, source, start, size);
	whole->pages_done = Min(whole->pages_done, gradual_leaves_pages(leaves) - left);
	whole->pages_total = whole->pages_done;
	whole->rate = 0;
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
	position->distrusted |= range->distrusted;
	position->missed = list_concat(position->missed, range->missed);
}

static void
begin_sweep(GradualPosition *position)
{
	position->busy_sweeps += position->changed > 0 ? 1 : 0;
	position->sweep++;
	position->block = position->file = position->counted = position->end = 0;
	position->candidates = position->changed = position->held = position->refused = 0;
	position->at = 0;
	position->missed = NIL;
}

/*
 * Behind the last leaf; all keys are done, but for those that a chase looks for, and
 * those of leaves that were missed or are new.
 */
static void
end_pass(GradualPosition *position, const GradualStep *step)
{
	position->lower = position->bound = position->from = NIL;
	position->part = position->parts = 0;
	position->at = step->chase ? 0 : PG_INT32_MAX;
	if (!step->chase)
		return;
	position->pass++;
	position->missed = NIL;
}

bool
gradual_divide_join(int32 migration, const GradualStep *step, int64 fence)
{
	GradualCursor *whole = gradual_cursor_load(migration, step->step, 0);
	GradualPosition *position = gradual_position_decode(whole->position);
	ListCell   *lc;

	foreach(lc, gradual_cursor_ranges(migration, step->step))
		add_range(whole, position, lfirst(lc));
	gradual_cursor_remove_ranges(migration, step->step);

	position->leaf = NULL;
	if (is_by_key(position))
		end_pass(position, step);
	else
		begin_sweep(position);
	whole->position = gradual_position_encode(position);
	if (fence >= 0)
		whole->incarnation = fence;
	return gradual_cursor_save(whole);
}
