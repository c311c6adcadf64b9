/*
 * window.c
 *	  Windows of pages and bites.
 *
 * A row that fits into the free space of its own page costs no index entry and
 * little WAL.  So of each page those rows are taken that fit; when none does, a
 * few are let go elsewhere (a bite).  After the commit the dead versions can be
 * pruned, and the next visit finds their space.
 *
 * Rows that leave their page get new index entries.  A B-tree leaf has room for
 * some: when more than a tenth of the rows of neighbouring pages move in one
 * transaction, leaves split, and an index in heap order doubles.  The budget
 * holds that back, over pages, so that of wide rows every second or third page
 * is bitten, and dead_entries.c makes room for the next.  Where the pages of a
 * window are not neighbours (rotation.c) the rows between them count, too: a page
 * is bitten once, as deep as it needs.
 *
 * Invariant: a page is done when a visit finds no candidate on it but rows that
 * others hold, and rows that were offered to the statement and stayed.  That a
 * row was picked does not count.
 */
#include "postgres.h"

#include "access/transam.h"
#include "storage/freespace.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "backfill/window.h"

/* One row in so many may leave its page in one transaction. */
#define ROWS_PER_MOVE 10

/* A B-tree leaf has about so many entries, if its keys are short */
#define LEAF_ROWS 300

/* Less free space than this is not worth an entry in the map. */
#define MIN_PUBLISHED 200

GradualWindow *
gradual_window_make(BlockNumber low, int stride, int npages)
{
	GradualWindow *window = palloc0(sizeof(GradualWindow));

	window->low = low;
	window->stride = stride;
	window->npages = npages;
	window->left = npages;
	window->budget = ROWS_PER_MOVE;
	window->xids = palloc0(sizeof(GradualXids));
	return window;
}

void
gradual_window_free(GradualWindow *window)
{
	gradual_xids_free(window->xids);
	pfree(window);
}

static BlockNumber
block_of(const GradualWindow *window, const GradualWindowPage *page)
{
	return window->low + (page - window->pages) * window->stride;
}

GradualWindowPage *
gradual_window_page(GradualWindow *window, BlockNumber block)
{
	BlockNumber last = window->low + (window->npages - 1) * window->stride;

	if (block < window->low || block > last || (block - window->low) % window->stride != 0)
		return NULL;
	return &window->pages[(block - window->low) / window->stride];
}

void
gradual_window_begin(GradualWindow *window)
{
	window->visited = false;
	window->used = false;
}

void
gradual_window_written(GradualWindow *window, TransactionId xid)
{
	if (window->used)
		gradual_xids_add(window->xids, xid, PG_INT32_MAX);
}

/* --- the choice of rows --- */

static bool
was_offered(const GradualWindowPage *page, OffsetNumber offset)
{
	return (page->offered[offset / 8] & (1 << (offset % 8))) != 0;
}

static void
offer(GradualWindow *window, GradualWindowPage *page, GradualVisit *visit,
	  const GradualPageRows *rows, int row)
{
	OffsetNumber offset = rows->offsets[row];
	ItemPointerData tid;

	if (!window->used)
	{
		window->used = true;
		window->picked = window->picked_length = 0;
	}
	window->picked++;
	window->picked_length += rows->lengths[row];
	page->offered[offset / 8] |= 1 << (offset % 8);
	ItemPointerSet(&tid, block_of(window, page), offset);
	gradual_tids_add(visit->tids, &tid);
}

/*
 * How many rows to let go, so that the page need not be bitten twice: what they
 * leave takes the growth of those that stay, and in the end one whole row, since
 * the last one, too, is written beside its old version.
 *
 * Twice as many need half the visits.  Where the entries of one index are all
 * that it costs, that is a sixth of the processor's time (measured, 27 rows a
 * page); with three indexes it costs more than it saves, and three times as many
 * never pay.
 */
static int
bite_size(const GradualPageRows *rows, const GradualVisit *visit)
{
	int			growth = visit->growth + sizeof(ItemIdData);
	int64		length = 0;
	int64		needed;
	int			bite;

	for (int i = 0; i < rows->count; i++)
		length += rows->lengths[i];
	length /= rows->count;
	needed = rows->count * growth + length - (int64) rows->free;
	bite = needed <= 0 ? 1 : (int) ((needed + length + growth - 1) / (length + growth));
	return visit->large_bites && 8 * bite <= rows->count ? 2 * bite : bite;
}

/* Drop from rows what was offered before; what is left of it has stayed. */
static void
skip_offered(GradualWindow *window, GradualWindowPage *page, GradualVisit *visit,
			 GradualPageRows *rows)
{
	int			kept = 0;

	for (int i = 0; i < rows->count; i++)
	{
		if (was_offered(page, rows->offsets[i]))
		{
			if (visit->exact)
			{
				rows->refused++;
				rows->refused_offset = rows->offsets[i];
			}
			continue;
		}
		rows->offsets[kept] = rows->offsets[i];
		rows->lengths[kept] = rows->lengths[i];
		kept++;
	}
	rows->count = kept;
}

/* Pick the rows of one page */
static void
choose(GradualWindow *window, GradualWindowPage *page, GradualVisit *visit,
	   const GradualPageRows *rows)
{
	Size		free = rows->free;
	int			bite = page->bitten ? 0 : bite_size(rows, visit);
	int			moved = 0;
	int			picked = 0;

	for (int i = 0; i < rows->count && visit->tids->count < visit->limit; i++)
	{
		Size		needed = rows->lengths[i] + visit->growth + sizeof(ItemIdData);

		if (visit->bites && needed > free)
		{
			if (moved == bite)
				break;
			if (window->budget < ROWS_PER_MOVE)
			{
				visit->short_of_budget = true;
				break;
			}
			window->budget -= ROWS_PER_MOVE;
			moved++;
		}
		else if (visit->bites)
			free -= needed;
		offer(window, page, visit, rows, i);
		picked++;
	}
	if (moved > 0)
	{
		page->bitten = true;
		page->let_go = window->let_go = window->stride == 1;
	}
	else if (picked == 0 && !rows->prunable)
		page->bitten = false;
}

/* --- visits --- */

/* What a page says that is done, once. */
static void
finish_page(GradualWindow *window, GradualWindowPage *page, GradualVisit *visit,
			const GradualPageRows *rows)
{
	page->done = true;
	window->left--;
	window->held += rows->held;
	window->refused += rows->refused;
	visit->pages_done++;
	if (rows->held > 0)
		visit->holder = rows->holder;
	if (rows->refused > 0)
		ItemPointerSet(&visit->refused, block_of(window, page), rows->refused_offset);
}

/* The rows around a page, of which only its own are looked at, may move, too. */
static void
add_to_budget(GradualWindow *window, int items)
{
	int			most = Max(Max(2 * items, 2 * ROWS_PER_MOVE),
						   Min(items * window->stride, LEAF_ROWS));

	window->budget = Min(window->budget + items * window->stride, most);
}

static void
visit_page(GradualWindow *window, GradualWindowPage *page, GradualVisit *visit)
{
	GradualPageRows rows;
	GradualPageTest *test = &visit->test;
	BlockNumber block = block_of(window, page);

	test->count = block >= visit->count_from && !page->seen;
	test->press = page->seen;
	test->own_xids = window->xids;
	test->last_xid = gradual_xids_last(window->xids);
	gradual_page_read(visit->rel, block, visit->snapshot, test, &rows);
	window->scanned += rows.visible;

	page->seen = true;
	page->free = rows.free;
	window->written += rows.written;
	window->written_length += rows.written_length;
	add_to_budget(window, rows.items);

	skip_offered(window, page, visit, &rows);
	if (rows.count == 0)
		finish_page(window, page, visit, &rows);
	else
		choose(window, page, visit, &rows);
}

bool
gradual_window_visit(GradualWindow *window, GradualVisit *visit)
{
	if (window->next == 0)
		window->written = window->written_length = 0;
	while (window->next < window->npages)
	{
		GradualWindowPage *page = &window->pages[window->next++];

		if (!page->done)
		{
			visit_page(window, page, visit);
			return true;
		}
	}
	window->next = 0;
	window->visited = true;
	return false;
}

bool
gradual_window_growth(const GradualWindow *window, double *growth)
{
	if (window->written == 0 || window->picked == 0)
		return false;
	*growth = (double) window->written_length / window->written -
		(double) window->picked_length / window->picked;
	return true;
}

void
gradual_window_publish(const GradualWindow *window, Relation rel)
{
	for (int i = 0; i < window->npages; i++)
	{
		if (window->pages[i].free >= MIN_PUBLISHED)
			RecordPageWithFreeSpace(rel, block_of(window, &window->pages[i]),
									window->pages[i].free);
	}
	FreeSpaceMapVacuumRange(rel, window->low,
							window->low + (window->npages - 1) * window->stride + 1);
}
