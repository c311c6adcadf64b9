/*
 * cursor.h
 *	  The cursors of backfills.  All rules of ledger.h hold.
 */
#ifndef GRADUAL_CURSOR_H
#define GRADUAL_CURSOR_H

#include "storage/itemptr.h"

/*
 * The state of one backfill, written with every batch.  'position' is the text
 * of the source: opaque here.  processed, scanned: totals of the step.
 */
typedef struct GradualCursor
{
	int32		migration;
	int			step;
	int64		incarnation;
	int64		processed;		/* rows changed */
	int64		scanned;
	int64		total;			/* estimate */
	int64		pages_done;		/* of pages_total: what progress weighs by */
	int64		pages_total;
	double		rate;			/* rows/s */
	int			batch_size;		/* rows of the last batch */
	char	   *position;
	ItemPointerData tid;		/* of the version last written: it is found by
								 * it */
} GradualCursor;

/* NULL if the step has none yet. */
extern GradualCursor *gradual_cursor_load(int32 migration, int step);

/* Insert it and set cursor->tid; raises 55000 if fenced off. */
extern void gradual_cursor_create(GradualCursor *cursor);

/*
 * Write the cursor in the transaction of its batch: by the ctid of the version
 * last written, else by key, always with cursor->incarnation in the WHERE.
 * Sets cursor->tid.  Returns false if fenced off: the caller must abort.
 */
extern bool gradual_cursor_save(GradualCursor *cursor);
extern void gradual_cursor_remove(int32 migration, int step);

#endif							/* GRADUAL_CURSOR_H */
