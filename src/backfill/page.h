/*
 * page.h
 *	  Reading one heap page: which of its rows are candidates.
 */
#ifndef GRADUAL_PAGE_H
#define GRADUAL_PAGE_H

#include "access/htup_details.h"
#include "utils/relcache.h"
#include "utils/snapshot.h"

#include "backfill/filter.h"
#include "backfill/tids.h"
#include "backfill/xids.h"

/* What makes a row a candidate. */
typedef struct GradualPageTest
{
	AttrNumber	marker;			/* a row version with this attribute is done;
								 * 0 = there is no such marker */
	GradualFilterRun *filter;
	bool		key_conflict;	/* the statement conflicts with FOR KEY SHARE */
	bool		count;			/* visible rows are counted */
	bool		press;			/* prune it even if the server thinks that it
								 * has room enough */
	TransactionId last_xid;		/* our last transaction in this window */
	const GradualXids *own_xids;	/* all of them, for rows that stay
									 * candidates */
	const GradualXids *batch_xids;	/* of our last batches anywhere: what they
									 * moved was counted before */
	ItemPointer judging;		/* shows the row that the filter works on */
	const uint8 *wanted;		/* a bit for each offset to look at; NULL =
								 * all */
	const GradualTids *quarantined; /* rows that are none, sorted; NULL =
									 * there are none */
} GradualPageTest;

#define GRADUAL_OFFSET_BYTES (MaxHeapTuplesPerPage / 8 + 1)

/* The candidates of a page, in the order of their offsets, and its room. */
typedef struct GradualPageRows
{
	int			count;
	OffsetNumber offsets[MaxHeapTuplesPerPage];
	uint16		lengths[MaxHeapTuplesPerPage];	/* as stored, aligned */

	int			items;			/* row versions on the page */
	int			visible;		/* if counted */
	int			held;			/* candidates that another transaction holds */
	TransactionId holder;		/* one of those */
	int			refused;		/* candidates that we wrote ourselves: they
								 * came back as they were */
	OffsetNumber refused_offset;	/* one of those */
	Size		free;
	bool		prunable;		/* dead versions that could not be removed yet */
	int			written;		/* rows of our last transaction here */
	Size		written_length; /* sum of their lengths */
} GradualPageRows;

/*
 * Prune the page if that helps, then read it.  The relation is open; the
 * snapshot is the active one.
 */
extern void gradual_page_read(Relation rel, BlockNumber block, Snapshot snapshot,
							  const GradualPageTest *test, GradualPageRows *rows);

/* One of the running transactions that hold a row of a table that is locked; invalid = none. */
extern TransactionId gradual_page_row_holder(Relation rel, const ItemPointerData *tid);

#endif							/* GRADUAL_PAGE_H */
