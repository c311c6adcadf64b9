/*
 * overtaken.h
 *	  A request that was overtaken by the work that it was to stop.
 */
#ifndef GRADUAL_OVERTAKEN_H
#define GRADUAL_OVERTAKEN_H

#include "run/run.h"

/*
 * At the start of a tick, with the migration and its steps just read: true if the
 * way that was asked for is closed by now, and the tick is used up.  A rollback
 * past the swap, or one that would lose changes of rows unasked, has failed then,
 * and nothing is undone; a start from before the swap goes on behind it.  Raises
 * if the migration is not the run's any more.
 */
extern bool gradual_overtaken(GradualRun *run, GradualTick *tick);

#endif							/* GRADUAL_OVERTAKEN_H */
