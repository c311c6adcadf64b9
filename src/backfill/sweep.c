/*
 * sweep.c
 *	  The heap source's way over leaves and sweeps.
 *
 * Rows move behind the cursor, and rows that others held are left alone.  So a
 * sweep that saw candidates is followed by another, until one sees none; what
 * makes that safe is that a candidate proves by itself that it was not
 * processed yet (the step's proof).
 *
 * A sweep that changed nothing is the last one: the rows it saw refuse, or
 * wait for somebody else's transaction.  But a sweep has many snapshots, and a
 * row that the application moved behind it in the meantime was in none of them;
 * so the end needs a look at the whole table in one.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/transam.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

#include "base/clock.h"
#include "base/ident.h"
#include "backfill/heap.h"
#include "backfill/mark.h"
#include "backfill/report.h"

/* Sweeps that may change rows before we stop asking */
#define MAX_SWEEPS 5

#define AWAIT_MS 100

/* --- opening --- */

/* How far: over all leaves, or to where the range ends */
static void
set_end(GradualHeap *heap)
{
	const GradualPosition *position = heap->base.position;

	heap->stop_number = gradual_leaves_stop(heap->base.info->leaves, position->stop_leaf,
											position->stop_block > 0, &heap->nleaves);
}

static bool
is_absent(const GradualHeap *heap, int number)
{
	return !OidIsValid(((GradualLeaf *) list_nth(heap->base.info->leaves, number))->oid);
}

/* Past leaves that are not there; false behind the last one */
static bool
find_leaf(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;

	while (heap->leaf_number < heap->nleaves && is_absent(heap, heap->leaf_number))
	{
		MemoryContext old = MemoryContextSwitchTo(heap->base.info->context);

		position->missed = lappend(position->missed, psprintf("%d", heap->leaf_number));
		MemoryContextSwitchTo(old);
		heap->leaf_number++;
	}
	return heap->leaf_number < heap->nleaves;
}

/* Has the sweep missed a leaf that is there by now? */
static bool
one_is_back(const GradualHeap *heap)
{
	ListCell   *lc;

	foreach(lc, heap->base.position->missed)
	{
		if (!is_absent(heap, atoi(lfirst(lc))))
			return true;
	}
	return false;
}

void
gradual_sweep_open(GradualHeap *heap)
{
	const GradualSourceInfo *info = heap->base.info;
	GradualPosition *position = heap->base.position;

	if (position->sweep == 0)
	{
		position->sweep = 1;
		if (info->step->proof == GRADUAL_PROOF_ATTRIBUTES && position->marks == NIL)
		{
			position->marks = gradual_marks(info->leaves);
			position->presets = gradual_presets(info->leaves);
		}
	}
	heap->leaf_number = position->at;
	set_end(heap);

	/* the statement must fit now, not at the first batch */
	if (!position->done && find_leaf(heap))
		gradual_heap_target_check(info, list_nth(info->leaves, heap->leaf_number));
}

static void
close_leaf(GradualHeap *heap)
{
	gradual_rotation_forget(heap);
	heap->target = NULL;
	if (heap->leaf_context)
		MemoryContextDelete(heap->leaf_context);
	heap->leaf_context = NULL;
}

/* At the beginning of the leaf; texts of the position outlive the batch */
static void
begin_leaf(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;
	const GradualLeaf *leaf = list_nth(heap->base.info->leaves, heap->leaf_number);

	position->at = heap->leaf_number;
	position->leaf = MemoryContextStrdup(heap->base.info->context, leaf->qualified);
	position->block = 0;
	position->file = 0;
}

/* Rows have other addresses, or another sweep begins. */
static void
drop_list(GradualHeap *heap)
{
	gradual_listed_free(heap->listed);
	heap->listed = NULL;
}

/* Prepare the leaf at hand from position->block on, or from 0 if it is another file */
static void
open_leaf(GradualHeap *heap, Relation rel, GradualSourceBatch *out)
{
	GradualPosition *position = heap->base.position;
	const GradualSourceInfo *info = heap->base.info;
	bool		begins = position->file == 0;
	MemoryContext old;

	if (position->file != 0 && position->file != gradual_leaf_file(rel))
	{
		begins = true;
		drop_list(heap);
		if (!position->range)
			position->block = 0;
		out->event = psprintf(position->range ?
							  "%s was rewritten; rows that left their range are looked for afterwards" :
							  "%s was rewritten; starting at its first page again",
							  heap->leaf->qualified);
		out->save = true;
	}
	position->file = gradual_leaf_file(rel);
	heap->leaf_context = AllocSetContextCreate(info->context, "gradual leaf",
											   ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(heap->leaf_context);
	heap->target = gradual_heap_target_make(info, heap->leaf, rel, position);
	MemoryContextSwitchTo(old);
	heap->next_block = position->block;
	heap->end = RelationGetNumberOfBlocks(rel);
	if (gradual_heap_target_unmarked(heap->target) && begins && position->sweep == 1 &&
		heap->end > 0)
		out->event = psprintf("%s %s; filling what is unset in its rows", heap->leaf->qualified,
							  heap->leaf_number < list_length(position->marks) ?
							  "was rewritten" : "came after the column");
	heap->extensions = 0;
	if (begins)
	{
		position->end = heap->end;
		position->counted = position->block;
	}
	else if (position->block < position->end)
		heap->end = Min(heap->end, position->end);
	if (heap->leaf_number == heap->stop_number)
		heap->end = Min(heap->end, position->stop_block);
}

static void
first_leaf(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;

	close_leaf(heap);
	drop_list(heap);
	heap->leaf_number = 0;
	position->at = 0;
	position->file = 0;
	position->block = 0;
	position->leaf = NULL;
	heap->saved_block = 0;
}

static void
begin_sweep(GradualHeap *heap)
{
	GradualPosition *position = heap->base.position;

	first_leaf(heap);
	position->sweep++;
	position->missed = NIL;
	position->candidates = position->changed = position->held = position->refused = 0;
	list_free_deep(heap->samples);
	heap->samples = NIL;
}

/* --- rows that an index finds --- */

void
gradual_sweep_leave_index(GradualHeap *heap)
{
	heap->by_index = false;
	heap->base.left = -1;
	heap->base.position->source = MemoryContextStrdup(heap->base.info->context, "heap");
	first_leaf(heap);
}

static void
read_list(GradualHeap *heap, GradualSourceBatch *out)
{
	MemoryContext old;

	out->outcome = GRADUAL_SOURCE_PASSED;
	out->save = true;
	if (!gradual_leaves_stand(heap->base.info->leaves))
	{
		heap->base.reopen = true;
		return;
	}
	old = MemoryContextSwitchTo(heap->base.info->context);
	heap->listed = gradual_listed_read(heap->base.info);
	MemoryContextSwitchTo(old);
	if (heap->listed != NULL)
	{
		heap->base.left = heap->base.position->sweep > 1 ? 0 :
			gradual_listed_count(heap->listed);
		return;
	}
	out->event = psprintf("an index does not find the rows of %s cheaply any more; reading the whole table",
						  heap->base.info->step->target);
	gradual_sweep_leave_index(heap);
}

bool
gradual_sweep_list(GradualHeap *heap, GradualSourceBatch *out)
{
	const GradualSourceInfo *info = heap->base.info;
	int			leaf;

	if (heap->listed == NULL)
	{
		read_list(heap, out);
		return false;
	}
	leaf = heap->base.suspects == NULL ? gradual_listed_leaf(heap->listed) :
		gradual_leaf_number(info->leaves, heap->base.suspects->leaf.oid);
	heap->leaf_number = leaf < 0 ? list_length(info->leaves) : leaf;
	return true;
}

/*
 * Does the sync trigger fire on the leaf?  Without it what the application
 * writes looks filled, and is not.
 */
static bool
sync_fires(GradualHeap *heap, Relation rel)
{
	char	   *name = gradual_ident_sync_trigger(heap->base.info->migration->id);
	TriggerDesc *triggers = rel->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (strcmp(trigger->tgname, name) == 0)
			return trigger->tgenabled == TRIGGER_FIRES_ALWAYS ||
				trigger->tgenabled == TRIGGER_FIRES_ON_ORIGIN;
	}
	return false;
}

/* Short tuples prove nothing any more: from the first page on, by another test. */
static void
distrust_marks(GradualHeap *heap, GradualSourceBatch *out)
{
	out->event = psprintf("the sync trigger of %s was disabled or dropped; filling what is unset in its rows",
						  heap->leaf->qualified);
	out->save = true;
	begin_sweep(heap);
	heap->base.position->distrusted = true;
}

/* The sweep that follows when all ranges are done uses the other test. */
static void
give_up_range(GradualHeap *heap, GradualSourceBatch *out)
{
	out->event = psprintf("the sync trigger of %s was disabled or dropped; what is unset in its rows is filled afterwards",
						  heap->leaf->qualified);
	close_leaf(heap);
	heap->base.position->distrusted = true;
}

Relation
gradual_sweep_leaf(GradualHeap *heap, GradualSourceBatch *out)
{
	const GradualSourceInfo *info = heap->base.info;
	GradualPosition *position = heap->base.position;
	Relation	rel;

	if (!find_leaf(heap))
		return NULL;
	heap->leaf = list_nth(info->leaves, heap->leaf_number);
	rel = gradual_leaf_try_open(heap->leaf);
	if (rel == NULL)
	{
		heap->base.reopen = true;
		return NULL;
	}
	if (position->marks != NIL && !position->distrusted && !sync_fires(heap, rel))
	{
		relation_close(rel, NoLock);
		if (position->range)
		{
			give_up_range(heap, out);
			return NULL;
		}
		distrust_marks(heap, out);
		return gradual_sweep_leaf(heap, out);
	}

	if (position->leaf == NULL || position->at != heap->leaf_number)
		begin_leaf(heap);
	if (heap->target && position->file != gradual_leaf_file(rel))
		close_leaf(heap);
	if (heap->target == NULL)
		open_leaf(heap, rel, out);
	return rel;
}

/* --- the end of leaves and sweeps --- */

static void
finish_source(GradualHeap *heap, GradualSourceBatch *out)
{
	heap->base.position->done = true;
	out->save = true;
}

static char *
join_samples(GradualHeap *heap)
{
	StringInfoData keys;
	ListCell   *lc;

	if (heap->samples == NIL)
		return NULL;
	initStringInfo(&keys);
	foreach(lc, heap->samples)
		appendStringInfo(&keys, "%s%s", keys.len > 0 ? ", " : "", (char *) lfirst(lc));
	return keys.data;
}

/* Holders may change: the time is that of the rows. */
static void
check_patience(GradualHeap *heap)
{
	const GradualSourceInfo *info = heap->base.info;
	int			patience = info->migration->lock_patience;
	char	   *holder = NULL;

	if (gradual_clock_ms() - heap->held_since < patience)
		return;
	if (TransactionIdIsValid(heap->holder) && TransactionIdIsInProgress(heap->holder))
		holder = gradual_report_transaction(heap->holder);
	gradual_report_held(info->step->target, heap->awaited_rows, holder, patience);
}

/* Rows that others hold are all that is left: wait for one of them to end. */
static void
await_holder(GradualHeap *heap)
{
	heap->awaiting = true;
	heap->awaited_rows = heap->base.position->held;
	if (heap->held_since == 0)
		heap->held_since = gradual_clock_ms();
	check_patience(heap);
}

/*
 * Where a tuple tells by its length that it is not done, whoever moves it fills
 * it; elsewhere it may have moved about.  Only reads, and waits for nobody.
 */
static bool
leaf_has_candidates(GradualHeap *heap, const GradualLeaf *leaf)
{
	Relation	rel = gradual_leaf_open(leaf);
	BlockNumber blocks = RelationGetNumberOfBlocks(rel);
	GradualVisit visit = {0};
	GradualPageRows rows;
	bool		found = false;

	gradual_heap_target_begin(gradual_heap_target_make(heap->base.info, leaf, rel,
													   heap->base.position),
							  rel, &visit);
	if (visit.test.marker > 0)
		blocks = 0;
	for (BlockNumber block = 0; block < blocks && !found; block++)
	{
		CHECK_FOR_INTERRUPTS();
		gradual_page_read(rel, block, GetActiveSnapshot(), &visit.test, &rows);
		found = rows.count > 0 || rows.held > 0;
	}
	gradual_heap_target_end(&visit);
	relation_close(rel, NoLock);
	return found;
}

static bool
has_candidates(GradualHeap *heap)
{
	ListCell   *lc;

	/* the list was such a look, and shows rows that have moved since */
	if (heap->by_index)
		return heap->base.info->step->proof != GRADUAL_PROOF_ATTRIBUTES &&
			gradual_listed_count(heap->listed) > 0;
	foreach(lc, heap->base.info->leaves)
	{
		MemoryContext context;
		MemoryContext old;
		bool		found;

		if (!OidIsValid(((GradualLeaf *) lfirst(lc))->oid))
			continue;
		context = AllocSetContextCreate(CurrentMemoryContext, "gradual look",
										ALLOCSET_DEFAULT_SIZES);
		old = MemoryContextSwitchTo(context);
		found = leaf_has_candidates(heap, lfirst(lc));
		MemoryContextSwitchTo(old);
		MemoryContextDelete(context);
		if (found)
			return true;
	}
	return false;
}

/* Done, again, or stuck? */
void
gradual_sweep_end(GradualHeap *heap, GradualSourceBatch *out)
{
	GradualPosition *position = heap->base.position;
	const GradualSourceInfo *info = heap->base.info;
	int64		left = position->held + position->refused;

	out->save = true;
	if (position->range)
		finish_source(heap, out);	/* what is left is looked for afterwards */
	else if (gradual_leaves_differ(info->leaves, info->root, info->with_children) ||
			 !gradual_leaves_stand(info->leaves))
		heap->base.reopen = true;	/* the sweep goes on with what is new */
	else if (one_is_back(heap))
		begin_sweep(heap);
	else if (position->candidates == 0 && left == 0)
	{
		if (!has_candidates(heap))
			finish_source(heap, out);
		else if (++position->busy_sweeps >= MAX_SWEEPS)
		{
			out->event = psprintf("after %d sweeps rows of %s still match; none was where the last one looked",
								  MAX_SWEEPS, info->step->target);
			finish_source(heap, out);
		}
		else
			begin_sweep(heap);
	}
	else if (position->changed > 0)
	{
		heap->held_since = 0;
		if (++position->busy_sweeps >= MAX_SWEEPS && position->held == 0)
		{
			out->event = psprintf("after %d sweeps rows of %s still match; the last one changed " INT64_FORMAT,
								  MAX_SWEEPS, info->step->target, position->changed);
			finish_source(heap, out);
		}
		else
			begin_sweep(heap);
	}
	else if (position->held > 0)
	{
		await_holder(heap);
		begin_sweep(heap);
	}
	else if (position->refused > 0)
		gradual_report_refused(info->step->target, position->refused, join_samples(heap));
	else if (heap->target && !gradual_heap_target_exact(heap->target))
		finish_source(heap, out);	/* the rest does not match the whole WHERE */
	else if (++position->busy_sweeps >= MAX_SWEEPS)
		finish_source(heap, out);
	else
		begin_sweep(heap);		/* the application was faster each time */
}

void
gradual_sweep_end_leaf(GradualHeap *heap, GradualSourceBatch *out)
{
	if (heap->leaf_number + 1 >= heap->nleaves)
	{
		gradual_sweep_end(heap, out);
		return;
	}
	close_leaf(heap);
	heap->leaf_number++;
	begin_leaf(heap);
	heap->saved_block = 0;
	out->save = true;
}

bool
gradual_sweep_awaits(GradualHeap *heap, GradualSourceBatch *out)
{
	const GradualSourceInfo *info = heap->base.info;
	char	   *holder;

	if (!heap->awaiting)
		return false;
	heap->awaiting = TransactionIdIsValid(heap->holder) &&
		TransactionIdIsInProgress(heap->holder);
	if (!heap->awaiting)
		return false;
	check_patience(heap);
	holder = gradual_report_transaction(heap->holder);
	out->outcome = GRADUAL_SOURCE_WAIT;
	out->wait_ms = AWAIT_MS;
	out->activity = psprintf("waiting for " INT64_FORMAT " %s of %s held by %s",
							 heap->awaited_rows, heap->awaited_rows == 1 ? "row" : "rows",
							 info->step->target,
							 holder ? holder : "another transaction");
	return true;
}
