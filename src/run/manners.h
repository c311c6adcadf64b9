/*
 * manners.h
 *	  How a step takes its table locks without making the application wait
 *	  (DESIGN section 8): look first, wait outside the queue, queue briefly.
 */
#ifndef GRADUAL_MANNERS_H
#define GRADUAL_MANNERS_H

#include "run/run.h"

/*
 * Lock what the steps name, in their lock modes, within the migration's
 * lock_wait; in the tick's transaction, before any user code.
 *
 * Returns false, with the tick's outcome WAIT and the blocker in its activity,
 * if another transaction is in the way: nothing was locked and nobody waits for
 * us.  Raises 55P03 when the wait in the queue was in vain (the worker tries
 * again later), or when lock_patience is over; in the foreground at once.
 * Raises 42P01, naming it, if a table is gone.  The tick's step is then the one
 * that needs the lock.
 */
extern bool gradual_manners_lock(GradualRun *run, List *steps, GradualTick *tick);

/* Only look: for commands that take their locks themselves (CONCURRENTLY). */
extern bool gradual_manners_look(GradualRun *run, GradualStep *step, GradualTick *tick);

/* An attempt ended in a lock timeout or deadlock: how long to stay away, in ms. */
extern double gradual_manners_backoff(GradualRun *run);

/* Is the migration's patience over? */
extern bool gradual_manners_patience_over(GradualRun *run);

/* The step got what it waited for. */
extern void gradual_manners_reset(GradualRun *run);

#endif							/* GRADUAL_MANNERS_H */
