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

/*
 * The same until the step's index is gone, and what an undo of the step has built on
 * partitions before it was broken off.
 */
extern bool gradual_index_drop_whole(GradualRun *run, GradualStep *step, GradualTick *tick);

/*
 * Has a DROP INDEX CONCURRENTLY failed because an event trigger wrote something
 * before it could begin?  From then on this run drops indexes in a transaction.
 */
extern bool gradual_index_refused_drop(GradualRun *run, const GradualTick *tick,
									   const ErrorData *error);

/* Undo of a build: until nothing that the step recorded in its undo is left. */
extern bool gradual_index_undo_build(GradualRun *run, GradualStep *step, GradualTick *tick);

/*
 * What follows the CREATE INDEX in the undo of DROP INDEX, but for what the
 * build on partitions recorded there.
 */
extern List *gradual_index_undo_after(const GradualStep *step);

/* Raises 42P07 if a relation has the name already: what is there later is ours. */
extern void gradual_index_require_free(GradualStep *step);

#endif							/* GRADUAL_INDEX_H */
