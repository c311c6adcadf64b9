/*
 * throttled.h
 *	  Holding the next batch back while there is a reason to wait.
 */
#ifndef GRADUAL_THROTTLED_H
#define GRADUAL_THROTTLED_H

#include "run/run.h"

/* How often the reasons are asked for, in ms. */
#define GRADUAL_THROTTLE_ASK_MS 1000

/*
 * The reason why the next batch has to wait, in words, or NULL.  Outside any
 * transaction: each signal is read in one of its own, so nothing is held while
 * the worker waits.  A signal that cannot be read is a reason too, but lets one
 * batch a minute through.  NULL as well when the migration is no longer ours:
 * the next tick finds that out.  The text is in the caller's memory context.
 */
extern char *gradual_throttled(GradualRun *run);

#endif							/* GRADUAL_THROTTLED_H */
