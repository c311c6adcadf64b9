/*
 * page.c
 *	  The candidates of one heap page.
 *
 * The buffer's content lock is held only while tuple headers are looked at;
 * users' code (the statement's WHERE) and look-ups of transactions run with the
 * pin alone.  That is enough, as in any sequential scan: a version that our
 * snapshot sees cannot be removed, and nothing on a page moves while it is
 * pinned.
 *
 * Lock order: one page at a time; no lock is held on return.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/multixact.h"
#include "access/transam.h"
#include "access/xact.h"
#include "storage/bufmgr.h"
#include "storage/procarray.h"
#include "utils/rel.h"

#include "backfill/page.h"

/* What the locked part leaves to the unlocked one. */
typedef struct SeenRow
{
	OffsetNumber offset;
	uint16		infomask;
	TransactionId xmin;
	TransactionId xmax;
} SeenRow;

static bool
runs_elsewhere(TransactionId xid)
{
	return !TransactionIdIsCurrentTransactionId(xid) && TransactionIdIsInProgress(xid);
}

/* The running member of a multixact that would make us wait, if there is one */
static TransactionId
multi_holder(const SeenRow *row, bool key_conflict)
{
	MultiXactMember *members;
	TransactionId holder = InvalidTransactionId;
	int			count;

	count = GetMultiXactIdMembers(row->xmax, &members, false,
								  HEAP_XMAX_IS_LOCKED_ONLY(row->infomask));
	for (int i = 0; i < count; i++)
	{
		if (!key_conflict && members[i].status == MultiXactStatusForKeyShare)
			continue;
		if (runs_elsewhere(members[i].xid))
			holder = members[i].xid;
	}
	if (count > 0)
		pfree(members);
	return holder;
}

/* The running transaction for which our change of the row would have to wait */
static TransactionId
row_holder(const SeenRow *row, bool key_conflict)
{
	if (row->infomask & HEAP_XMAX_INVALID)
		return InvalidTransactionId;
	if (row->infomask & HEAP_XMAX_IS_MULTI)
		return multi_holder(row, key_conflict);
	if (!key_conflict && HEAP_XMAX_IS_LOCKED_ONLY(row->infomask) &&
		HEAP_XMAX_IS_KEYSHR_LOCKED(row->infomask))
		return InvalidTransactionId;
	return runs_elsewhere(row->xmax) ? row->xmax : InvalidTransactionId;
}

TransactionId
gradual_page_row_holder(Relation rel, const ItemPointerData *tid)
{
	HeapTupleData tuple = {.t_self = *tid};
	SeenRow		seen;
	TransactionId holder;
	Buffer		buffer;

	if (!heap_fetch(rel, SnapshotAny, &tuple, &buffer, false))
		return InvalidTransactionId;
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	seen.infomask = tuple.t_data->t_infomask;
	seen.xmax = HeapTupleHeaderGetRawXmax(tuple.t_data);
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
	ReleaseBuffer(buffer);

	/*
	 * one that holds it against every change, rather than against that of its
	 * key
	 */
	holder = row_holder(&seen, false);
	return TransactionIdIsValid(holder) ? holder : row_holder(&seen, true);
}

static void
init_tuple(HeapTuple tuple, Relation rel, Page page, BlockNumber block, OffsetNumber offset)
{
	ItemId		item = PageGetItemId(page, offset);

	tuple->t_data = (HeapTupleHeader) PageGetItem(page, item);
	tuple->t_len = ItemIdGetLength(item);
	tuple->t_tableOid = RelationGetRelid(rel);
	ItemPointerSet(&tuple->t_self, block, offset);
}

/* With the content lock: does the row need a closer look?  Fills *seen. */
static bool
look_at(HeapTuple tuple, Snapshot snapshot, Buffer buffer, const GradualPageTest *test,
		GradualPageRows *rows, SeenRow *seen)
{
	HeapTupleHeader header = tuple->t_data;
	bool		done = test->marker > 0 && HeapTupleHeaderGetNatts(header) >= test->marker;

	seen->xmin = HeapTupleHeaderGetRawXmin(header);
	if (TransactionIdIsValid(test->last_xid) &&
		TransactionIdEquals(seen->xmin, test->last_xid))
	{
		rows->written++;
		rows->written_length += MAXALIGN(tuple->t_len);
	}
	if (done && !test->count)
		return false;
	if (!HeapTupleSatisfiesVisibility(tuple, snapshot, buffer))
		return false;
	if (test->count && !gradual_xids_contain(test->batch_xids, seen->xmin))
		rows->visible++;
	seen->offset = ItemPointerGetOffsetNumber(&tuple->t_self);
	seen->infomask = header->t_infomask;
	seen->xmax = HeapTupleHeaderGetRawXmax(header);
	return !done;
}

/* With the pin alone: is it a candidate, and may we have it now? */
static void
judge(HeapTuple tuple, const GradualPageTest *test, const SeenRow *seen, GradualPageRows *rows)
{
	TransactionId holder;
	bool		passes;

	if (gradual_tids_contain(test->quarantined, &tuple->t_self))
		return;
	if (test->judging)
		*test->judging = tuple->t_self;
	passes = gradual_filter_passes(test->filter, tuple);
	if (test->judging)
		ItemPointerSetInvalid(test->judging);
	if (!passes)
		return;
	if (gradual_xids_contain(test->own_xids, seen->xmin))
	{
		rows->refused++;
		rows->refused_offset = seen->offset;
		return;
	}
	holder = row_holder(seen, test->key_conflict);
	if (TransactionIdIsValid(holder))
	{
		rows->held++;
		rows->holder = holder;
		return;
	}
	rows->offsets[rows->count] = seen->offset;
	rows->lengths[rows->count] = MAXALIGN(tuple->t_len);
	rows->count++;
}

/*
 * The server prunes a page when it is nearly full, or marked so by an update
 * that did not fit.  A page of wide rows can be neither, and still have no room
 * for the next row: mark it.
 */
static void
press_page(Buffer buffer)
{
	Page		page = BufferGetPage(buffer);

	/* a look without the lock, as the server itself takes one */
	if (!TransactionIdIsValid(((PageHeader) page)->pd_prune_xid) || PageIsFull(page))
		return;
	LockBuffer(buffer, BUFFER_LOCK_EXCLUSIVE);
	PageSetFull(page);
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);
}

void
gradual_page_read(Relation rel, BlockNumber block, Snapshot snapshot,
				  const GradualPageTest *test, GradualPageRows *rows)
{
	Buffer		buffer = ReadBuffer(rel, block);
	SeenRow		seen[MaxHeapTuplesPerPage];
	HeapTupleData tuple;
	Page		page;
	OffsetNumber last;
	int			nseen = 0;

	memset(rows, 0, offsetof(GradualPageRows, offsets));
	memset(&rows->items, 0, sizeof(*rows) - offsetof(GradualPageRows, items));

	if (test->press)
		press_page(buffer);
	heap_page_prune_opt(rel, buffer);
	LockBuffer(buffer, BUFFER_LOCK_SHARE);
	page = BufferGetPage(buffer);
	last = PageGetMaxOffsetNumber(page);
	for (OffsetNumber offset = FirstOffsetNumber; offset <= last; offset++)
	{
		if (test->wanted && (test->wanted[offset / 8] & (1 << (offset % 8))) == 0)
			continue;
		if (!ItemIdIsNormal(PageGetItemId(page, offset)))
			continue;
		rows->items++;
		init_tuple(&tuple, rel, page, block, offset);
		if (look_at(&tuple, snapshot, buffer, test, rows, &seen[nseen]))
			nseen++;
	}
	rows->free = PageGetHeapFreeSpace(page);
	rows->prunable = TransactionIdIsValid(((PageHeader) page)->pd_prune_xid);
	LockBuffer(buffer, BUFFER_LOCK_UNLOCK);

	for (int i = 0; i < nseen; i++)
	{
		init_tuple(&tuple, rel, page, block, seen[i].offset);
		judge(&tuple, test, &seen[i], rows);
	}
	ReleaseBuffer(buffer);
}
