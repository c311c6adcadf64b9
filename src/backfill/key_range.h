/*
 * key_range.h
 *	  Where in a leaf a range of keys may begin.
 */
#ifndef GRADUAL_KEY_RANGE_H
#define GRADUAL_KEY_RANGE_H

#include "backfill/walk.h"

/*
 * The key source's begin_range(): the position of a range that leaves such a
 * share of the keys that are to be done in a leaf, by a sample of its pages, to
 * the range before; NULL if the sample has no row there.  In the current memory
 * context and the backfill's transaction, with an active snapshot.  Takes the
 * source to that leaf, which fixes the bound there.
 */
extern GradualPosition *gradual_key_range_begin(GradualRowSource *source, int leaf_number,
												double share);

#endif							/* GRADUAL_KEY_RANGE_H */
