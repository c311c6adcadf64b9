/*
 * rotation.c
 *	  The heap source's windows: a few at a time, visited in turn.
 *
 * While the transaction that changed rows of one window becomes old enough for
 * its dead versions to be pruned, others are visited.  Windows are retired in
 * order, and the saved position is the start of the first that is left: those
 * behind it may be done already, and are then merely read again after a
 * restart.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "backfill/heap.h"

void
gradual_rotation_forget(GradualHeap *heap)
{
	for (int i = 0; i < heap->nwindows; i++)
		gradual_window_free(heap->windows[i]);
	heap->nwindows = 0;
	heap->turn = 0;
}

void
gradual_rotation_begin(GradualHeap *heap)
{
	for (int i = 0; i < heap->nwindows; i++)
		gradual_window_begin(heap->windows[i]);
}

int64
gradual_rotation_pages(const GradualHeap *heap)
{
	const GradualPosition *position = heap->base.position;
	List	   *leaves = heap->base.info->leaves;
	int64		pages = 0;

	if (position->sweep > 1 || position->done)
		return gradual_leaves_pages(leaves);
	for (int i = 0; i < heap->leaf_number; i++)
		pages += ((GradualLeaf *) list_nth(leaves, i))->pages;
	return pages + position->block - position->skipped;
}

static int
most_windows(const GradualHeap *heap)
{
	return heap->base.position->range ? GRADUAL_RANGE_WINDOWS : GRADUAL_HEAP_WINDOWS;
}

static bool
add_window(GradualHeap *heap)
{
	MemoryContext old;
	int			npages;

	if (heap->nwindows == most_windows(heap) || heap->next_block >= heap->end)
		return false;
	npages = Min(GRADUAL_WINDOW_PAGES, heap->end - heap->next_block);
	old = MemoryContextSwitchTo(heap->leaf_context);
	heap->windows[heap->nwindows++] = gradual_window_make(heap->next_block, npages);
	MemoryContextSwitchTo(old);
	heap->next_block += npages;
	return true;
}

GradualWindow *
gradual_rotation_pick(GradualHeap *heap)
{
	for (int i = 0; i < heap->nwindows; i++)
	{
		int			number = (heap->turn + i) % heap->nwindows;
		GradualWindow *window = heap->windows[number];

		/* one whose last page was the last of a batch has yet to end its pass */
		if (!window->visited && (window->left > 0 || window->next > 0))
		{
			heap->turn = number;
			return window;
		}
	}
	if (!add_window(heap))
		return NULL;
	heap->turn = heap->nwindows - 1;
	return heap->windows[heap->turn];
}

/*
 * Rows are counted in the first pass over a window of the first sweep; those
 * behind the end that the table had were moved there, and counted before.
 */
bool
gradual_rotation_counts(const GradualHeap *heap, const GradualWindow *window)
{
	const GradualPosition *position = heap->base.position;

	return position->sweep == 1 && window->low >= position->counted &&
		window->low < position->end;
}

static void
count_rows(GradualHeap *heap, const GradualWindow *window)
{
	if (!gradual_rotation_counts(heap, window))
		return;
	heap->base.scanned += window->scanned;
	heap->base.position->counted = window->low + window->npages;
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

/* Take finished windows off the front; the position moves up. */
static bool
retire_windows(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;
	int			retired = 0;

	while (retired < heap->nwindows && heap->windows[retired]->left == 0 &&
		   !heap->windows[retired]->used)
	{
		GradualWindow *window = heap->windows[retired++];

		position->held += window->held;
		position->refused += window->refused;
		gradual_window_free(window);
	}
	heap->nwindows -= retired;
	for (int i = 0; i < heap->nwindows; i++)
		heap->windows[i] = heap->windows[i + retired];
	heap->turn = Max(heap->turn - retired, 0);
	position->block = heap->nwindows > 0 ? heap->windows[0]->low : heap->next_block;
	heap->base.pages_done = Max(heap->base.pages_done, gradual_rotation_pages(heap));
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
