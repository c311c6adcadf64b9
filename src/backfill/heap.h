/*
 * heap.h
 *	  The state of the heap source, shared by its three files: heap.c (a batch),
 *	  rotation.c (its windows), sweep.c (leaves and sweeps).
 */
#ifndef GRADUAL_HEAP_H
#define GRADUAL_HEAP_H

#include "backfill/heap_target.h"
#include "backfill/listed.h"
#include "backfill/source.h"
#include "backfill/stall.h"
#include "backfill/window.h"

/* So many at a time; twice as many where one waits for the horizon (rotation.c). */
#define GRADUAL_HEAP_WINDOWS 4
#define GRADUAL_MOST_WINDOWS 8

/*
 * A row that we have moved to a page that is still to be read is counted only
 * once as long as its transaction is among so many of the last: those of some ten
 * million rows, in 256 kB.
 */
#define GRADUAL_BATCH_XIDS 65536

/*
 * A run of adjacent pages, dealt out to windows like cards: each gets pages that
 * are 'windows' apart.  Everything that is counted of it goes to the position
 * when the last of them is done.
 */
typedef struct GradualStretch
{
	BlockNumber low;
	int			npages;
	int			windows;		/* that it is dealt out to */
	int			given;			/* so far */
	int			counted;		/* of these have had their first pass */
	int			retired;
	int			pages_retired;

	int64		scanned;
	int64		held;
	int64		refused;
} GradualStretch;

typedef struct GradualHeap
{
	GradualRowSource base;

	/* The leaves of this sweep, or range */
	int			nleaves;
	int			stop_number;	/* of the leaf that it ends in; -1 = none */

	/* The leaf at hand */
	int			leaf_number;
	GradualLeaf *leaf;
	GradualHeapTarget *target;	/* its statement and tests; NULL = not open */
	MemoryContext leaf_context;
	BlockNumber next_block;		/* first of the stretch after the last */
	GradualStretch *stretch;	/* being dealt out; NULL = none */
	BlockNumber end;			/* of the table, as seen */
	int			extensions;

	/* Windows, by block */
	GradualWindow *windows[GRADUAL_MOST_WINDOWS];
	int			nwindows;
	int			turn;			/* the one to be visited next */
	bool		bites;			/* rows have to fit into their pages */
	TransactionId horizon;		/* what is older can be pruned */
	double		growth;			/* smoothed over windows; < 0 = not known */

	/* Rows that an index finds, instead of windows */
	bool		by_index;		/* position->source is 'index' */
	GradualListed *listed;		/* of this sweep; NULL = not read yet */

	/* The last transactions that changed rows */
	GradualXids *xids;

	/* Waiting */
	GradualStall stall;
	TransactionId holder;		/* of a row left alone; awaited after a sweep
								 * that got no further */
	bool		awaiting;
	int64		awaited_rows;
	double		held_since;		/* 0 = rows were changed since */

	/* Keys of rows that refused: char * */
	List	   *samples;

	/* Rows that may raise an error */
	GradualTids *picked;		/* of the batch at hand, in its memory context */
	ItemPointerData judging;	/* the row whose WHERE is evaluated; invalid =
								 * none */

	/* Saving */
	BlockNumber saved_block;
	double		saved_at;
} GradualHeap;

/* --- sweep.c --- */

/* Set up a sweep at the position; raises what is wrong with the statement. */
extern void gradual_sweep_open(GradualHeap *heap);

/*
 * The leaf that the position names, locked, its statement prepared; NULL =
 * behind the last, or the source has to be opened again first (base.reopen).  A
 * leaf that was rewritten meanwhile begins again.
 */
extern Relation gradual_sweep_leaf(GradualHeap *heap, GradualSourceBatch *out);

/* The leaf at hand, or the sweep, is read to its end: what next? */
extern void gradual_sweep_end_leaf(GradualHeap *heap, GradualSourceBatch *out);
extern void gradual_sweep_end(GradualHeap *heap, GradualSourceBatch *out);

/*
 * By index: see to it that the sweep has its list, and go to the leaf of its
 * next row.  Returns false if that was all there is to do in this batch: the
 * list was read, or the source went over to windows.
 */
extern bool gradual_sweep_list(GradualHeap *heap, GradualSourceBatch *out);

/* Begin the sweep again with windows. */
extern void gradual_sweep_leave_index(GradualHeap *heap);

/* Is the transaction still there that holds the rows left?  Then *out waits. */
extern bool gradual_sweep_awaits(GradualHeap *heap, GradualSourceBatch *out);

/* --- rotation.c --- */

/* A transaction begins; its snapshot is active. */
extern void gradual_rotation_begin(GradualHeap *heap, Relation rel);

/* The next window to visit in this transaction, or NULL. */
extern GradualWindow *gradual_rotation_pick(GradualHeap *heap, Relation rel);

/*
 * A pass over a window is over: learn from it, retire what is done and move the
 * position up.  Returns whether a window was retired.
 */
extern bool gradual_rotation_end_pass(GradualHeap *heap, GradualWindow *window, Relation rel);

/* Nothing is left to be visited before the end of the table, as known. */
extern bool gradual_rotation_is_over(const GradualHeap *heap);

/* Visible rows are counted from this page on; InvalidBlockNumber = nowhere. */
extern BlockNumber gradual_rotation_count_from(const GradualHeap *heap);

/* Pages done so far, for progress. */
extern int64 gradual_rotation_pages(const GradualHeap *heap);
extern void gradual_rotation_forget(GradualHeap *heap);

#endif							/* GRADUAL_HEAP_H */
