/*
 * divide.h
 *	  A sweep of the heap source, divided into ranges for several workers.
 *
 * A range is a stretch of the blocks of all leaves, one after another, with a
 * cursor of its own: whoever has claimed it reads it to its end as if there were
 * nothing else.  When all ranges are done they are joined: their numbers go to
 * the cursor of the step, and one worker goes on from there with a sweep over
 * everything.  So whatever is decided about the whole is decided in that sweep:
 * rows that moved from one range to another, that refuse, or that others hold.
 */
#ifndef GRADUAL_DIVIDE_H
#define GRADUAL_DIVIDE_H

#include "backfill/position.h"
#include "ledger/cursor.h"

/* May what is left of the sweep be divided?  Cheap. */
extern bool gradual_divide_pays(const GradualPosition *position, List *leaves, int64 pages_done);

/*
 * Divide what is left behind 'position' for so many workers: creates the cursors
 * of the ranges, and saves 'whole', which keeps what was done so far.  In a
 * transaction that has done nothing else.  Returns false if fenced off: the
 * caller must abort.
 */
extern bool gradual_divide(GradualCursor *whole, const GradualPosition *position,
						   List *leaves, int workers);

/*
 * All ranges of a step are done: join them, and begin the next sweep.  fence: the
 * migration's incarnation, or -1 to take the cursor's.  Returns false if fenced
 * off: the caller must abort.
 */
extern bool gradual_divide_join(int32 migration, int step, int64 fence);

#endif							/* GRADUAL_DIVIDE_H */
