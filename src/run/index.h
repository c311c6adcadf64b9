/*
 * index.h
 *	  Indexes, built and dropped concurrently, with leftovers repaired.
 */
#ifndef GRADUAL_INDEX_H
#define GRADUAL_INDEX_H

#include "run/run.h"

/*
 * Look at the catalog and do, or ask for, the next thing that brings the
 * step's index about: the tick is TOP_LEVEL with a command, AGAIN after a
 * command inside the transaction, or WAIT.  Returns true when the index is
 * there and valid.  The name must have been free when the step began.
 */
extern bool gradual_index_build(GradualRun *run, GradualStep *step, const char *create,
								GradualTick *tick);

/* Raises 42P07 if a relation has the name already: what is there later is ours. */
extern void gradual_index_require_free(GradualStep *step);

#endif							/* GRADUAL_INDEX_H */
