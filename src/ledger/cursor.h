/*
 * cursor.h
 *	  The cursors of backfills.  All rules of ledger.h hold.
 */
#ifndef GRADUAL_CURSOR_H
#define GRADUAL_CURSOR_H

#include "nodes/pg_list.h"
#include "storage/itemptr.h"

/*
 * The state of one backfill, written with every batch.  'position' is the text
 * of the source, as are its 'facts', which no batch writes: opaque here.
 *
 * While several workers share a backfill there is one for each of its ranges,
 * numbered from 1: what is to be done is in those, and range 0 holds what was
 * done before.  The numbers of all of them add up to those of the step.
 */
typedef struct GradualCursor
{
	int32		migration;
	int			step;
	int			range;			/* 0 = the whole step */
	int			worker_pid;		/* of a range: who claimed it last */
	int64		incarnation;	/* of range 0 that of the migration; a range
								 * counts its claims */
	bool		done;
	int64		processed;		/* rows changed */
	int64		scanned;
	int64		total;			/* estimate */
	int64		pages_done;		/* of pages_total: what progress weighs by */
	int64		pages_total;
	double		rate;			/* rows/s */
	int			batch_size;		/* rows of the last batch */
	char	   *position;
	const char *facts;			/* of range 0, to be created with; not loaded */
	ItemPointerData tid;		/* of the version last written: it is found by
								 * it */
} GradualCursor;

/* NULL if the step has none yet, or no such range. */
extern GradualCursor *gradual_cursor_load(int32 migration, int step, int range);

/* Those of its ranges, in order (GradualCursor *); NIL = it is not divided. */
extern List *gradual_cursor_ranges(int32 migration, int step);

/*
 * Those ranges of a migration that are not done but were claimed: who of them is
 * alive tell the locks.
 */
extern List *gradual_cursor_claimed(int32 migration);

/* Rows changed, over all ranges; 0 if there is no cursor. */
extern int64 gradual_cursor_processed(int32 migration, int step);

/* Insert it and set cursor->tid; raises 55000 if fenced off. */
extern void gradual_cursor_create(GradualCursor *cursor);

/* The facts of a step; NULL if it has none.  And new ones: raises 55000 if fenced off. */
extern char *gradual_cursor_facts(int32 migration, int step);
extern void gradual_cursor_set_facts(GradualCursor *cursor, const char *facts);

/*
 * Write the cursor in the transaction of its batch: by the ctid of the version
 * last written, else by key, always with cursor->incarnation in the WHERE.
 * Sets cursor->tid.  Returns false if fenced off: the caller must abort.
 */
extern bool gradual_cursor_save(GradualCursor *cursor);

/*
 * Take a range over: from now on nobody who claimed it before can save it.  pid:
 * who works at it.  fence: the migration's incarnation, or -1.  Waits for a batch
 * that the one before has not committed yet.  False if the range is done or
 * gone, or the caller fenced off.  The commit is synchronous, else a crash right
 * after it would not be counted.
 */
extern bool gradual_cursor_claim(int32 migration, int step, int range, int64 fence, int pid);

/* All of a step, or its ranges only. */
extern void gradual_cursor_remove(int32 migration, int step);
extern void gradual_cursor_remove_ranges(int32 migration, int step);

#endif							/* GRADUAL_CURSOR_H */
