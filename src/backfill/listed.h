/*
 * listed.h
 *	  The rows of a statement as an index finds them: their addresses, listed at
 *	  the start of a sweep.
 */
#ifndef GRADUAL_LISTED_H
#define GRADUAL_LISTED_H

#include "storage/itemptr.h"

#include "backfill/source.h"

typedef struct GradualListed GradualListed;

/*
 * Would the planner find the rows of the step's statement by an index, in all
 * leaves together for much less than reading them?  *rows: how many it expects.
 * Needs an active snapshot.
 */
extern bool gradual_listed_suits(const GradualSourceInfo *info, double *rows);

/*
 * List them, as the active snapshot sees them, in the current memory context.
 * NULL if the planner does not suggest it any more, or was wrong: there are
 * many more rows than it expected.
 */
extern GradualListed *gradual_listed_read(const GradualSourceInfo *info);
extern void gradual_listed_free(GradualListed *listed);

/* So many were found; and are still to be looked at. */
extern int	gradual_listed_count(const GradualListed *listed);
extern int	gradual_listed_left(const GradualListed *listed);

/* The number of the leaf that the next row belongs to; -1 = there is none. */
extern int	gradual_listed_leaf(const GradualListed *listed);

/* The rows of that leaf that are left, by address; and step over so many. */
extern const ItemPointerData *gradual_listed_tids(const GradualListed *listed, int *count);
extern void gradual_listed_advance(GradualListed *listed, int count);

#endif							/* GRADUAL_LISTED_H */
