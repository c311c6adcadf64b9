/*
 * heap_target.h
 *	  One leaf as the heap source sees it: its statement, what makes a row of it
 *	  a candidate, and whether its rows can stay on their pages.
 */
#ifndef GRADUAL_HEAP_TARGET_H
#define GRADUAL_HEAP_TARGET_H

#include "backfill/source.h"
#include "backfill/window.h"

typedef struct GradualHeapTarget GradualHeapTarget;

/*
 * In the current memory context.  With proof ATTRIBUTES the rows of files that
 * the position has marks of (gradual_leaf_mark) tell whether they are done; in any
 * other a candidate is a row in which one of the columns is as it came.
 */
extern GradualHeapTarget *gradual_heap_target_make(const GradualSourceInfo *info,
												   const GradualLeaf *leaf, Relation rel,
												   const GradualPosition *position);

/*
 * Raise what the leaf lacks or hides, before anything is planned: the planner
 * would raise it in words of its own.
 */
extern void gradual_heap_target_check_leaf(const GradualSourceInfo *info,
										   const GradualLeaf *leaf);

/* The same, and what else is wrong with the statement on this leaf, now. */
extern void gradual_heap_target_check(const GradualSourceInfo *info, const GradualLeaf *leaf);

extern GradualApply *gradual_heap_target_apply(GradualHeapTarget *target);

/* Have its triggers nothing to do for what the statement writes (idle.h)? */
extern bool gradual_heap_target_idle(GradualHeapTarget *target, Relation rel);

/* Are its rows told by another proof than the step's, since it was rewritten? */
extern bool gradual_heap_target_unmarked(GradualHeapTarget *target);

/* Does the statement change every row that passes the test? */
extern bool gradual_heap_target_exact(GradualHeapTarget *target);

/* Fill in test, bites and exact for the visits of one batch; and give back what they took. */
extern void gradual_heap_target_begin(GradualHeapTarget *target, Relation rel, GradualVisit *visit);
extern void gradual_heap_target_end(GradualVisit *visit);

#endif							/* GRADUAL_HEAP_TARGET_H */
