/*
 * heap.c
 *	  The heap source: every row of a table in physical order, in windows; or
 *	  those alone that an index finds, from a list (the index source).
 *
 * Invariant: everything below (position->at, position->block) is done in this
 * sweep, but for rows counted as held or refused.
 *
 * If we crash here, the sweep goes on at the saved position.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/transam.h"
#include "access/xact.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "utils/array.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/clock.h"
#include "backfill/dead_entries.h"
#include "backfill/heap.h"
#include "backfill/report.h"

/* So many windows may have rows in one transaction; the others rest. */
#define WINDOWS_A_BATCH (GRADUAL_HEAP_WINDOWS / 2)

/* A transaction reads so many pages at most, and looks at the clock so often. */
#define PAGES_A_BATCH 2000
#define PAGES_A_LOOK 16

/* How often a sweep follows the end of a growing table */
#define MAX_EXTENSIONS 3

/* Without a measurement: what a row becomes longer */
#define FIRST_GROWTH 24

#define MAX_SAMPLES 5

/* A position this far from the saved one is worth a write of its own */
#define PAGES_A_SAVE 1000
#define MS_A_SAVE 1000

/* What one call of next() shares with its helpers */
typedef struct HeapBatch
{
	GradualHeap *heap;
	GradualSourceBatch *out;
	GradualVisit visit;
	double		start;
	double		budget_ms;
	int			pages;
	int			windows_used;
	bool		retired;
} HeapBatch;

static void heap_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out);
static void heap_applied(GradualRowSource *base, uint64 changed);
static void heap_suspects(GradualRowSource *base, GradualSuspects *suspects);
static bool heap_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid);

static const GradualSourceRoutine heap_routine = {
	heap_next, heap_applied, NULL, heap_suspects, heap_leave_out, NULL
};

GradualRowSource *
gradual_heap_open(const GradualSourceInfo *info, GradualPosition *position)
{
	GradualHeap *heap = palloc0(sizeof(GradualHeap));

	heap->base.routine = &heap_routine;
	heap->base.info = info;
	heap->base.position = position;
	heap->growth = -1;
	heap->xids = palloc0(sizeof(GradualXids));
	ItemPointerSetInvalid(&heap->judging);
	heap->saved_block = position->block;
	heap->by_index = strcmp(position->source, "index") == 0;
	heap->base.left = -1;
	gradual_sweep_open(heap);
	if (!heap->by_index)
		heap->base.pages_done = gradual_rotation_pages(heap);
	return &heap->base;
}

static void
add_sample(HeapBatch *batch)
{
	GradualHeap *heap = batch->heap;
	GradualVisit *visit = &batch->visit;
	char	   *key;
	MemoryContext old;

	if (!ItemPointerIsValid(&visit->refused))
		return;
	if (list_length(heap->samples) < MAX_SAMPLES)
	{
		key = gradual_report_row(heap->leaf, &visit->refused);
		old = MemoryContextSwitchTo(heap->base.info->context);
		heap->samples = lappend(heap->samples, pstrdup(key));
		MemoryContextSwitchTo(old);
	}
	ItemPointerSetInvalid(&visit->refused);
}

static bool
time_is_over(HeapBatch *batch)
{
	if (batch->pages % PAGES_A_LOOK != 0)
		return false;
	if (batch->pages >= PAGES_A_BATCH)
		return true;
	return gradual_clock_ms() - batch->start >= Max((int) batch->budget_ms, 1);
}

/* One pass over a window, or what is left of it; false = the batch is full */
static bool
visit_window(HeapBatch *batch, GradualWindow *window)
{
	GradualVisit *visit = &batch->visit;
	bool		was_used = window->used;

	if (window->next == 0 && visit->bites)
		gradual_dead_entries_mark(window, visit->rel, visit->snapshot);
	visit->count_from = gradual_rotation_count_from(batch->heap);
	while (gradual_window_visit(window, visit))
	{
		CHECK_FOR_INTERRUPTS();
		batch->pages++;
		add_sample(batch);
		if (visit->tids->count >= visit->limit || time_is_over(batch))
			return false;
	}
	if (window->used && !was_used)
		batch->windows_used++;
	batch->retired |= gradual_rotation_end_pass(batch->heap, window, visit->rel);
	return batch->windows_used < WINDOWS_A_BATCH;
}

/* A table that grew while it was swept is followed for a while. */
static bool
extend(HeapBatch *batch)
{
	GradualHeap *heap = batch->heap;
	BlockNumber blocks = RelationGetNumberOfBlocks(batch->visit.rel);

	if (heap->leaf_number == heap->stop_number)
		return false;			/* the rest belongs to another range */
	if (blocks <= heap->end || heap->extensions++ >= MAX_EXTENSIONS)
		return false;
	heap->end = blocks;
	return true;
}

static void
begin_visit(HeapBatch *batch, Relation rel, int rows)
{
	GradualHeap *heap = batch->heap;
	GradualVisit *visit = &batch->visit;
	bool		plain = gradual_stall_is_plain(&heap->stall, rel);

	visit->rel = rel;
	visit->snapshot = GetActiveSnapshot();
	visit->limit = rows;
	visit->tids = palloc0(sizeof(GradualTids));
	visit->growth = heap->growth < 0 ? FIRST_GROWTH : (int) (heap->growth + 0.5);
	ItemPointerSetInvalid(&visit->refused);
	gradual_heap_target_begin(heap->target, rel, visit);
	visit->bites = heap->bites = visit->bites && !plain;
	visit->test.judging = &heap->judging;
	visit->test.batch_xids = heap->xids;
	gradual_rotation_begin(heap, rel);
}

/*
 * Of the rows at these addresses those on one page: the candidates among them go
 * to *rows.  Returns how many addresses were looked at.
 */
static int
read_rows_at(GradualVisit *visit, const ItemPointerData *tids, int count,
			 GradualPageRows *rows)
{
	BlockNumber block = ItemPointerGetBlockNumber(&tids[0]);
	uint8		wanted[GRADUAL_OFFSET_BYTES] = {0};
	int			looked = 0;

	while (looked < count && ItemPointerGetBlockNumber(&tids[looked]) == block)
	{
		OffsetNumber offset = ItemPointerGetOffsetNumber(&tids[looked]);

		wanted[offset / 8] |= 1 << (offset % 8);
		looked++;
	}
	rows->count = rows->held = 0;
	if (block >= RelationGetNumberOfBlocks(visit->rel))
		return looked;			/* truncated meanwhile */
	visit->test.wanted = wanted;
	gradual_page_read(visit->rel, block, visit->snapshot, &visit->test, rows);
	visit->test.wanted = NULL;
	return looked;
}

/* Pick from the rows at these addresses; returns how many were looked at */
static int
pick_rows_at(HeapBatch *batch, const ItemPointerData *tids, int count, GradualPageRows *rows)
{
	GradualVisit *visit = &batch->visit;
	int			room = visit->limit - visit->tids->count;
	int			looked = read_rows_at(visit, tids, Min(count, room), rows);

	CHECK_FOR_INTERRUPTS();
	for (int i = 0; i < rows->count; i++)
	{
		ItemPointerData tid;

		ItemPointerSet(&tid, ItemPointerGetBlockNumber(&tids[0]), rows->offsets[i]);
		gradual_tids_add(visit->tids, &tid);
	}
	return looked;
}

/* Those of the suspects that still are candidates; they need not fit. */
static void
pick_suspects(HeapBatch *batch, GradualSuspects *suspects)
{
	GradualPageRows rows;

	if (suspects->leaf.oid != batch->heap->leaf->oid)
		suspects->next = suspects->count;
	while (suspects->next < suspects->count &&
		   batch->visit.tids->count < batch->visit.limit)
		suspects->next += pick_rows_at(batch, &suspects->tids[suspects->next],
									   suspects->count - suspects->next, &rows);
}

/* So many rows of the list were looked at */
static void
count_listed(GradualHeap *heap, int rows)
{
	GradualPosition *position = heap->base.position;
	int64		pages = gradual_leaves_pages(heap->base.info->leaves);

	gradual_listed_advance(heap->listed, rows);
	if (position->sweep > 1)
		return;
	heap->base.scanned += rows;
	heap->base.left = gradual_listed_left(heap->listed);
	heap->base.pages_done = pages -
		pages * heap->base.left / gradual_listed_count(heap->listed);
}

/* From the list, as far as it is of this leaf */
static void
pick_listed(HeapBatch *batch)
{
	GradualHeap *heap = batch->heap;
	GradualVisit *visit = &batch->visit;
	GradualPageRows rows;
	const ItemPointerData *tids;
	int			count;

	while (visit->tids->count < visit->limit &&
		   gradual_listed_leaf(heap->listed) == heap->leaf_number)
	{
		tids = gradual_listed_tids(heap->listed, &count);
		heap->base.position->block = ItemPointerGetBlockNumber(&tids[0]);
		count_listed(heap, pick_rows_at(batch, tids, count, &rows));
		heap->base.position->held += rows.held;
		if (rows.held > 0)
			visit->holder = rows.holder;
		batch->pages++;
		if (time_is_over(batch))
			break;
	}
}

static void
pick_from_windows(HeapBatch *batch)
{
	GradualWindow *window;

	while ((window = gradual_rotation_pick(batch->heap, batch->visit.rel)) != NULL &&
		   visit_window(batch, window))
		 /* the next window */ ;
}

/* The rows picked, as the parameter of the statement */
static void
put_rows(HeapBatch *batch)
{
	GradualSourceBatch *out = batch->out;
	GradualTids *tids = batch->visit.tids;
	Datum	   *elements = palloc(sizeof(Datum) * tids->count);
	Datum	   *values = palloc(sizeof(Datum));

	for (int i = 0; i < tids->count; i++)
		elements[i] = PointerGetDatum(&tids->tids[i]);
	values[0] = PointerGetDatum(construct_array(elements, tids->count, TIDOID,
												sizeof(ItemPointerData), false,
												TYPALIGN_SHORT));
	out->outcome = GRADUAL_SOURCE_ROWS;
	out->apply = gradual_heap_target_apply(batch->heap->target);
	out->values = values;
	out->idle_triggers = gradual_heap_target_idle(batch->heap->target, batch->visit.rel);
	out->rows = tids->count;
	batch->heap->picked = tids;
	batch->heap->base.position->candidates += tids->count;
}

/* Nothing was picked: end of the leaf, some pages further, or stuck? */
static void
put_nothing(HeapBatch *batch)
{
	GradualHeap *heap = batch->heap;
	bool		moved = batch->visit.pages_done > 0 || batch->retired;

	batch->out->outcome = GRADUAL_SOURCE_PASSED;
	if (heap->by_index)
		return;
	if (gradual_rotation_is_over(heap))
	{
		if (!extend(batch))
			gradual_sweep_end_leaf(heap, batch->out);
	}
	else if (moved || batch->visit.short_of_budget || gradual_rotation_pick(heap, batch->visit.rel) != NULL)
		gradual_stall_over(&heap->stall);
	else
		gradual_stall_wait(&heap->stall, heap->base.info->foreground,
						   heap->leaf->qualified, batch->out);
}

/* Is it worth a write of its own that the position moved? */
static void
ask_for_save(GradualHeap *heap, GradualSourceBatch *out)
{
	double		now = gradual_clock_ms();

	if (out->outcome != GRADUAL_SOURCE_ROWS && !out->save &&
		heap->base.position->block < heap->saved_block + PAGES_A_SAVE &&
		(heap->base.position->block == heap->saved_block ||
		 now - heap->saved_at < MS_A_SAVE))
		return;
	out->save = true;
	heap->saved_block = heap->base.position->block;
	heap->saved_at = now;
}

/*
 * A rewrite of the table voids the list; and without its marks a row that is
 * done cannot be told from one that only has the same WHERE.
 */
static bool
list_holds(GradualHeap *heap)
{
	if (gradual_heap_target_unmarked(heap->target))
		gradual_sweep_leave_index(heap);
	return heap->by_index && heap->listed != NULL;
}

static void
heap_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out)
{
	GradualHeap *heap = (GradualHeap *) base;
	HeapBatch	batch = {.heap = heap,.out = out,.budget_ms = budget_ms};
	Relation	rel;

	heap->picked = NULL;
	if (base->position->done)
	{
		out->outcome = GRADUAL_SOURCE_END;
		return;
	}
	if (gradual_sweep_awaits(heap, out))
		return;
	if (heap->by_index && !gradual_sweep_list(heap, out))
		return;
	rel = gradual_sweep_leaf(heap, out);
	if (rel == NULL)
	{
		if (!base->reopen)
			gradual_sweep_end(heap, out);
		out->outcome = GRADUAL_SOURCE_PASSED;
		return;
	}

	if (heap->by_index && !list_holds(heap))
	{
		relation_close(rel, NoLock);
		out->outcome = GRADUAL_SOURCE_PASSED;
		out->save = true;
		return;
	}
	batch.start = gradual_clock_ms();
	begin_visit(&batch, rel, rows);
	if (base->suspects != NULL)
		pick_suspects(&batch, base->suspects);
	else if (heap->by_index)
		pick_listed(&batch);
	else
		pick_from_windows(&batch);
	gradual_heap_target_end(&batch.visit);
	if (TransactionIdIsValid(batch.visit.holder))
		heap->holder = batch.visit.holder;

	if (batch.visit.tids->count > 0)
	{
		gradual_stall_over(&heap->stall);
		put_rows(&batch);
	}
	else
		put_nothing(&batch);
	ask_for_save(heap, out);
	relation_close(rel, NoLock);
}

/*
 * Fewer rows of the list were changed than picked.  Those that others have
 * changed lie elsewhere now; one that still is a candidate where it was has
 * refused.
 */
static void
count_refused(GradualHeap *heap)
{
	HeapBatch	batch = {.heap = heap};
	GradualVisit *visit = &batch.visit;
	const GradualTids *picked = heap->picked;
	Relation	rel = gradual_leaf_open(heap->leaf);
	GradualPageRows rows;

	PushActiveSnapshot(GetTransactionSnapshot());
	begin_visit(&batch, rel, picked->count);
	for (int done = 0; done < picked->count;)
	{
		ItemPointerData *first = &picked->tids[done];

		done += read_rows_at(visit, first, picked->count - done, &rows);
		heap->base.position->refused += rows.count;
		if (rows.count > 0)
			ItemPointerSet(&visit->refused, ItemPointerGetBlockNumber(first), rows.offsets[0]);
		add_sample(&batch);
	}
	gradual_heap_target_end(visit);
	PopActiveSnapshot();
	relation_close(rel, NoLock);
}

static void
heap_applied(GradualRowSource *base, uint64 changed)
{
	GradualHeap *heap = (GradualHeap *) base;
	TransactionId xid = GetCurrentTransactionIdIfAny();

	if (heap->by_index && changed < heap->picked->count &&
		gradual_heap_target_exact(heap->target))
		count_refused(heap);

	base->position->changed += changed;
	gradual_xids_add(heap->xids, xid, GRADUAL_BATCH_XIDS);
	for (int i = 0; i < heap->nwindows; i++)
		gradual_window_written(heap->windows[i], xid);
}

/* If none were picked yet, it was a WHERE that raised. */
static void
heap_suspects(GradualRowSource *base, GradualSuspects *suspects)
{
	GradualHeap *heap = (GradualHeap *) base;

	if (heap->picked != NULL)
		gradual_suspects_set(suspects, heap->leaf, heap->picked->tids,
							 heap->picked->count, NULL);
	else if (ItemPointerIsValid(&heap->judging))
		gradual_suspects_set(suspects, heap->leaf, &heap->judging, 1, NULL);
}

/* Its note keeps it from being a candidate, once the leaf is opened again. */
static bool
heap_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid)
{
	*tid = row->tids[0];
	return true;
}
