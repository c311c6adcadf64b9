/*
 * window.h
 *	  A small group of pages that is visited again and again until no candidate
 *	  is left in it, and the choice of the rows that one visit changes.
 *
 * Its pages are those of a comb: 'stride' apart, as window.c says why.
 */
#ifndef GRADUAL_WINDOW_H
#define GRADUAL_WINDOW_H

#include "backfill/page.h"

#define GRADUAL_WINDOW_PAGES 64

typedef struct GradualWindowPage
{
	bool		done;			/* a visit found no candidate */
	bool		seen;			/* its rows are counted */
	bool		bitten;			/* rows were moved off it, and the room that
								 * they left is not used up yet */
	bool		let_go;			/* they had entries in the leaves of other
								 * pages of the window: not marked yet */
	uint16		free;			/* at the last visit */
	uint8		offered[MaxHeapTuplesPerPage / 8 + 1];	/* picked before */
} GradualWindowPage;

typedef struct GradualWindow
{
	BlockNumber low;
	int			stride;			/* from a page to the next */
	int			npages;
	int			left;			/* pages that are not done */
	int			next;			/* where the pass goes on */
	int			budget;			/* see choose() in window.c */
	bool		let_go;			/* a page of it has */
	bool		visited;		/* its pass is over in this transaction */
	bool		used;			/* rows of it are in this transaction */
	bool		counted;		/* its rows are in the stretch's */
	struct GradualStretch *stretch; /* that it is a part of */

	/* Statistics: taken over when it is retired */
	int64		scanned;
	int64		held;
	int64		refused;

	/* Growth: what the last batch picked here */
	int64		picked;
	int64		picked_length;
	int64		written;		/* the same rows, found again */
	int64		written_length;

	/* Own transactions here */
	GradualXids *xids;

	GradualWindowPage pages[GRADUAL_WINDOW_PAGES];
} GradualWindow;

/* What the visits of one batch share. */
typedef struct GradualVisit
{
	Relation	rel;
	Snapshot	snapshot;
	GradualPageTest test;
	bool		bites;			/* rows have to fit into their page */
	bool		large_bites;	/* fewer visits are worth more index entries */
	bool		exact;			/* an offered row that stays has refused */
	int			growth;			/* expected, of one row */
	int			limit;			/* rows */
	BlockNumber count_from;		/* visible rows of these pages are counted;
								 * InvalidBlockNumber = of none */
	GradualTids *tids;

	/* Results, summed up */
	bool		short_of_budget;	/* another visit would get further */
	int			pages_done;
	TransactionId holder;		/* of a row left alone */
	ItemPointerData refused;	/* a row that stayed; invalid = none */
} GradualVisit;

/* In the current memory context. */
extern GradualWindow *gradual_window_make(BlockNumber low, int stride, int npages);
extern void gradual_window_free(GradualWindow *window);

/* A transaction begins; or has changed rows of it, as xid. */
extern void gradual_window_begin(GradualWindow *window);
extern void gradual_window_written(GradualWindow *window, TransactionId xid);

/* Visit its next page that is not done; false = the pass is over. */
extern bool gradual_window_visit(GradualWindow *window, GradualVisit *visit);

/* Its page in this block; NULL = that is none of its pages. */
extern GradualWindowPage *gradual_window_page(GradualWindow *window, BlockNumber block);

/* How much longer a row became, from the last pass; false = not known. */
extern bool gradual_window_growth(const GradualWindow *window, double *growth);

/* It is done: let others find the free space of its pages. */
extern void gradual_window_publish(const GradualWindow *window, Relation rel);

#endif							/* GRADUAL_WINDOW_H */
