/*
 * rotation.c
 *	  The heap source's windows: a few at a time, visited in turn.
 *
 * While the transaction that changed rows of one window becomes old enough for
 * its dead versions to be pruned, others are visited.  Windows are retired in
 * order, and the saved position is the start of the first stretch that has one
 * left: others of it may be done already, and are then merely read again after
 * a restart.
 *
 * A window is not a run of pages but has one in so many of a stretch.  In an
 * index in the order of the table, rows of neighbouring pages lie in the same
 * leaf, and it has room for a tenth more.  When a page needs more than that to
 * go, its rows may all go at once if those around it stay until the old entries
 * can be removed.  And only then does the server find these: it looks first at
 * the pages to which most of a leaf's duplicates point, and gives up at the first
 * from which nothing can go.  Of a run of pages these are the new pages, full of
 * the neighbours' rows; of one page in so many it is the old one.  Measured, rows
 * of 290 bytes and a new value of 100: primary key x1.10, in runs x2.00; rows of
 * 70 bytes and a value of 14: x1.04, in runs x1.46.
 */
#include "postgres.h"

#include "access/transam.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/memutils.h"

#include "backfill/heap.h"

/*
 * A stretch is dealt out to so many windows at most, so that of the pages of one
 * leaf one is in a window.  Its 32 MB still are in memory when it ends, and are
 * soon read again after a crash.
 */
#define MAX_STRIDE 64

/* Fewer pages than this make too small transactions: half of a window. */
#define MIN_PAGES (GRADUAL_WINDOW_PAGES / 2)

/*
 * Of pages with fewer rows one that moves, or two, are more than a leaf takes of
 * those of one page in so many; to make room in between, the server removes from
 * it the entries of six pages at most, and wants a twenty-fourth of a leaf.  So
 * these pages go in order, and dead_entries.c makes the room.  Measured, primary
 * key: 5 rows a page x1.00, dealt out x1.99; 10 or 13 rows x1.00, dealt out x1.98
 * and x1.77; 17 rows x1.00 either way.  Of more rows that leave their page, it
 * costs a fifth more of the processor's time (27 rows, a value of 100).
 */
#define FEW_ROWS 15

void
gradual_rotation_forget(GradualHeap *heap)
{
	for (int i = 0; i < heap->nwindows; i++)
		gradual_window_free(heap->windows[i]);
	heap->nwindows = 0;
	heap->stretch = NULL;		/* goes with the leaf's memory */
	heap->turn = 0;
}

int64
gradual_rotation_pages(const GradualHeap *heap)
{
	const GradualPosition *position = heap->base.position;
	List	   *leaves = heap->base.info->leaves;

	if (position->sweep > 1 || position->done)
		return gradual_leaves_pages(leaves);
	return gradual_leaves_pages_before(leaves, heap->leaf_number) + position->block -
		position->skipped;
}

static bool
has_few_rows(const GradualLeaf *leaf)
{
	return leaf->pages > 0 && leaf->rows / leaf->pages < FEW_ROWS;
}

static int
most_windows(const GradualHeap *heap)
{
	return heap->base.position->range || has_few_rows(heap->leaf) ?
		GRADUAL_MOST_WINDOWS : GRADUAL_HEAP_WINDOWS;
}

/*
 * Where no old version can be removed all rows leave their pages, and what
 * neighbours cost is one leaf in memory instead of many.
 */
static bool
goes_in_order(const GradualHeap *heap)
{
	return heap->stall.plain || has_few_rows(heap->leaf);
}

static GradualStretch *
begin_stretch(GradualHeap *heap, Relation rel)
{
	GradualStretch *stretch = palloc0(sizeof(GradualStretch));
	int			most = goes_in_order(heap) ? 1 : MAX_STRIDE;

	stretch->low = heap->next_block;
	stretch->npages = Min(most * GRADUAL_WINDOW_PAGES, heap->end - heap->next_block);
	stretch->windows = Min(Max(stretch->npages / MIN_PAGES, 1), most);
	heap->next_block += stretch->npages;

	/* pages are read out of order, which no kernel foresees */
	for (int i = 0; stretch->windows > 1 && i < stretch->npages; i++)
		(void) PrefetchBuffer(rel, MAIN_FORKNUM, stretch->low + i);
	return stretch;
}

static int
common_divisor(int a, int b)
{
	return b == 0 ? a : common_divisor(b, a % b);
}

/*
 * Where the next window begins.  Not at the page after the one before, whose
 * rows are in the same leaves: about a third of all windows further, by a step
 * that comes to each of them once.
 */
static int
next_offset(const GradualStretch *stretch)
{
	int			step = Max(stretch->windows * 3 / 8, 1);

	while (common_divisor(step, stretch->windows) != 1)
		step++;
	return stretch->given * step % stretch->windows;
}

static GradualWindow *
deal_out(GradualHeap *heap)
{
	GradualStretch *stretch = heap->stretch;
	int			offset = next_offset(stretch);
	GradualWindow *window;

	window = gradual_window_make(stretch->low + offset, stretch->windows,
								 (stretch->npages - offset + stretch->windows - 1) / stretch->windows);
	window->stretch = stretch;
	if (++stretch->given == stretch->windows)
		heap->stretch = NULL;
	return window;
}

bool
gradual_rotation_is_over(const GradualHeap *heap)
{
	return heap->nwindows == 0 && heap->stretch == NULL && heap->next_block >= heap->end;
}

static bool
add_window(GradualHeap *heap, Relation rel)
{
	MemoryContext old;

	if (heap->nwindows == most_windows(heap) ||
		(heap->stretch == NULL && heap->next_block >= heap->end))
		return false;
	old = MemoryContextSwitchTo(heap->leaf_context);
	if (heap->stretch == NULL)
		heap->stretch = begin_stretch(heap, rel);
	heap->windows[heap->nwindows++] = deal_out(heap);
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * Does it rest until what its last pass did has become old enough?  Alone, the
 * next transaction but one finds it so.  Beside other workers it may take one of
 * theirs longer, and to read all its pages for nothing costs more than this.  And
 * where few rows are on a page a visit that comes too early does harm: more rows
 * leave, before the entries of those that have left can go.  Beside 300
 * transactions a second, rows of 1.5 kB: table x1.01 instead of x1.06, primary key
 * x1.07 instead of x1.41.
 */
static bool
waits_for_horizon(const GradualHeap *heap, const GradualWindow *window)
{
	return heap->base.position->range || window->let_go ||
		(heap->bites && has_few_rows(heap->leaf));
}

/* To know the horizon costs a look at all sessions. */
void
gradual_rotation_begin(GradualHeap *heap, Relation rel)
{
	bool		waits = false;

	for (int i = 0; i < heap->nwindows; i++)
	{
		gradual_window_begin(heap->windows[i]);
		waits |= waits_for_horizon(heap, heap->windows[i]);
	}
	if (waits)
		heap->horizon = GetOldestNonRemovableTransactionId(rel);
}

static bool
is_ripe(const GradualHeap *heap, const GradualWindow *window)
{
	return !waits_for_horizon(heap, window) || heap->stall.plain || window->next > 0 ||
		window->xids->count == 0 ||
		TransactionIdPrecedes(gradual_xids_last(window->xids), heap->horizon);
}

GradualWindow *
gradual_rotation_pick(GradualHeap *heap, Relation rel)
{
	for (int i = 0; i < heap->nwindows; i++)
	{
		int			number = (heap->turn + i) % heap->nwindows;
		GradualWindow *window = heap->windows[number];

		/* one whose last page was the last of a batch has yet to end its pass */
		if (!window->visited && (window->left > 0 || window->next > 0) &&
			is_ripe(heap, window))
		{
			heap->turn = number;
			return window;
		}
	}
	if (!add_window(heap, rel))
		return NULL;
	heap->turn = heap->nwindows - 1;
	return heap->windows[heap->turn];
}

/*
 * Rows are counted in the first pass over a window of the first sweep; those
 * behind the end that the table had were moved there, and counted before.
 */
BlockNumber
gradual_rotation_count_from(const GradualHeap *heap)
{
	const GradualPosition *position = heap->base.position;

	return position->sweep == 1 && position->counted < position->end ?
		position->counted : InvalidBlockNumber;
}

/* Windows are dealt out, and visited first, in order. */
static void
count_rows(GradualHeap *heap, GradualWindow *window)
{
	GradualPosition *position = heap->base.position;
	GradualStretch *stretch = window->stretch;

	if (window->counted)
		return;
	window->counted = true;
	stretch->scanned += window->scanned;
	if (++stretch->counted < stretch->windows || position->sweep > 1)
		return;
	heap->base.scanned += stretch->scanned;
	position->counted = Max(position->counted, stretch->low + stretch->npages);
}

static void
learn_growth(GradualHeap *heap, const GradualWindow *window)
{
	double		growth;

	if (!gradual_window_growth(window, &growth))
		return;
	growth = Max(growth, 0);
	heap->growth = heap->growth < 0 ? growth : 0.8 * heap->growth + 0.2 * growth;
}

/* A window is done; with the last one of its stretch what they have counted counts. */
static void
retire(GradualHeap *heap, GradualWindow *window)
{
	GradualPosition *position = heap->base.position;
	GradualStretch *stretch = window->stretch;

	stretch->held += window->held;
	stretch->refused += window->refused;
	stretch->pages_retired += window->npages;
	if (++stretch->retired == stretch->windows)
	{
		position->held += stretch->held;
		position->refused += stretch->refused;
		pfree(stretch);
	}
	gradual_window_free(window);
}

/* Take finished windows off the front; the position moves up. */
static bool
retire_windows(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;
	GradualStretch *first;
	int			retired = 0;

	while (retired < heap->nwindows && heap->windows[retired]->left == 0 &&
		   !heap->windows[retired]->used)
		retire(heap, heap->windows[retired++]);
	heap->nwindows -= retired;
	for (int i = 0; i < heap->nwindows; i++)
		heap->windows[i] = heap->windows[i + retired];
	heap->turn = Max(heap->turn - retired, 0);

	first = heap->nwindows > 0 ? heap->windows[0]->stretch : heap->stretch;
	position->block = first ? first->low : heap->next_block;
	heap->base.pages_done = Max(heap->base.pages_done, gradual_rotation_pages(heap) +
								(first && position->sweep == 1 ? first->pages_retired : 0));
	return retired > 0;
}

bool
gradual_rotation_end_pass(GradualHeap *heap, GradualWindow *window, Relation rel)
{
	count_rows(heap, window);
	learn_growth(heap, window);
	if (window->left == 0)
		gradual_window_publish(window, rel);
	heap->turn = heap->nwindows > 0 ? (heap->turn + 1) % heap->nwindows : 0;
	return retire_windows(heap);
}
