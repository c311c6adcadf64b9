/*
 * index_undo.h
 *	  The undo of an index build.
 */
#ifndef GRADUAL_INDEX_UNDO_H
#define GRADUAL_INDEX_UNDO_H

#include "run/run.h"

/*
 * As gradual_index_build, until the step's index is gone, and what an undo of the step has built on
 * partitions before it was broken off.
 */
extern bool gradual_index_drop_whole(GradualRun *run, GradualStep *step, GradualTick *tick);

/* Undo of a build: until nothing that the step recorded in its undo is left. */
extern bool gradual_index_undo_build(GradualRun *run, GradualStep *step, GradualTick *tick);

/*
 * What follows the CREATE INDEX in the undo of DROP INDEX, but for what the
 * build on partitions recorded there.
 */
extern List *gradual_index_undo_after(const GradualStep *step);

#endif							/* GRADUAL_INDEX_UNDO_H */
