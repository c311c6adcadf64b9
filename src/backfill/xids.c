/*
 * xids.c
 *	  Our own transactions, in their order.
 */
#include "postgres.h"

#include "access/transam.h"
#include "utils/memutils.h"

#include "backfill/xids.h"

static void
grow(GradualXids *xids)
{
	xids->max = Max(xids->max * 2, 32);
	xids->xids = xids->xids == NULL ?
		MemoryContextAlloc(GetMemoryChunkContext(xids), xids->max * sizeof(TransactionId)) :
		repalloc(xids->xids, xids->max * sizeof(TransactionId));
}

void
gradual_xids_add(GradualXids *xids, TransactionId xid, int most)
{
	if (!TransactionIdIsValid(xid) || gradual_xids_last(xids) == xid)
		return;
	if (xids->count == most)
	{
		xids->count /= 2;
		memmove(xids->xids, xids->xids + most - xids->count,
				sizeof(TransactionId) * xids->count);
	}
	if (xids->count == xids->max)
		grow(xids);
	xids->xids[xids->count++] = xid;
}

TransactionId
gradual_xids_last(const GradualXids *xids)
{
	return xids == NULL || xids->count == 0 ? InvalidTransactionId :
		xids->xids[xids->count - 1];
}

bool
gradual_xids_contain(const GradualXids *xids, TransactionId xid)
{
	int			low = 0;
	int			high = xids == NULL ? 0 : xids->count;

	/* asked for each row that is still to be changed: nearly all are older */
	if (high > 0 && TransactionIdPrecedes(xid, xids->xids[0]))
		return false;
	while (low < high)
	{
		int			middle = (low + high) / 2;

		if (TransactionIdEquals(xids->xids[middle], xid))
			return true;
		if (TransactionIdPrecedes(xids->xids[middle], xid))
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}

void
gradual_xids_free(GradualXids *xids)
{
	if (xids->xids)
		pfree(xids->xids);
	pfree(xids);
}
