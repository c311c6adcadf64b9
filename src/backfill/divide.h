/*
 * divide.h
 *	  The first sweep of the heap source, or pass of the key source, divided into
 *	  ranges for several workers.
 *
 * A range is a stretch of the leaves, one after another, from a block or a key of
 * one to a block or a key of another, with a cursor of its own: whoever has
 * claimed it goes through it to its end as if there were nothing else.  When all
 * ranges are done they are joined: their numbers go to the cursor of the step,
 * and one worker goes on from there.
 *
 * The heap source goes on with a sweep over everything.  So whatever is decided
 * about the whole is decided in that sweep: rows that moved from one range to
 * another, that refuse, or that others hold.
 *
 * The key source is done then, but for the chase.  Each key is in exactly one
 * range, also one that comes later; a row whose key the application changes is
 * met as by one worker: where its key has not been reached yet.
 */
#ifndef GRADUAL_DIVIDE_H
#define GRADUAL_DIVIDE_H

#include "backfill/source.h"
#include "ledger/cursor.h"

/* May what is left of the sweep or pass be divided?  Cheap. */
extern bool gradual_divide_pays(const GradualRowSource *source);

/*
 * Divide what the source has left for so many workers: creates the cursors of the
 * ranges, and saves 'whole', which keeps what was done so far.  In a transaction
 * that has done nothing else, with an active snapshot; the source can only be
 * closed then.  Returns false if fenced off: the caller must abort.
 */
extern bool gradual_divide(GradualCursor *whole, GradualRowSource *source, int workers);

/*
 * All ranges of a step are done: join them, and begin the next sweep or pass, if
 * there is one.  fence: the migration's incarnation, or -1 to take the cursor's.
 * Returns false if fenced off: the caller must abort.
 */
extern bool gradual_divide_join(int32 migration, const GradualStep *step, int64 fence);

#endif							/* GRADUAL_DIVIDE_H */
