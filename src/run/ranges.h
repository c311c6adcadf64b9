/*
 * ranges.h
 *	  Which cursor of a backfill a run works at: that of the step, or that of one
 *	  of its ranges while several workers share it.
 */
#ifndef GRADUAL_RANGES_H
#define GRADUAL_RANGES_H

#include "run/run.h"

/*
 * Choose before the backfill is opened, in its transaction: sets run->range, and
 * claims it.  False if there is nothing to open in this tick, which then says
 * what to do: others are still at work, there is no range left for a helper, or
 * all are done and were joined.  Raises 55000 if the migration was taken over.
 */
extern bool gradual_ranges_choose(GradualRun *run, const GradualStep *step, GradualTick *tick);

/*
 * Once a tick, before its transaction: is the range still ours?  User code can
 * drop our lock on it.  Else the backfill is to be closed.
 */
extern bool gradual_ranges_held(GradualRun *run);

/* Done with the range, or not to be used any more.  Needs no transaction. */
extern void gradual_ranges_release(GradualRun *run);

#endif							/* GRADUAL_RANGES_H */
