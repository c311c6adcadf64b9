/*
 * suspects.h
 *	  The rows of a batch that raised an error: tried again, half of them at a
 *	  time, until the row that raises stands alone (DESIGN 5.6).
 *
 * They only say where to look first.  What is changed is decided by the source
 * each time, so that it does no harm if rows were changed or moved meanwhile.
 */
#ifndef GRADUAL_SUSPECTS_H
#define GRADUAL_SUSPECTS_H

#include "storage/itemptr.h"

#include "backfill/leaf.h"

typedef struct GradualSuspects
{
	/* Info */
	int			count;
	GradualLeaf leaf;
	ItemPointerData *tids;		/* where they are; NULL = next in key order */
	char	   *key;			/* of one that is alone, '(id)=(7)'; NULL =
								 * its tid tells */

	/* State */
	int			done;			/* so many are cleared, */
	int			next;			/* or were tried in this transaction */

	MemoryContext context;		/* of all of it */
} GradualSuspects;

/* Without any, in a child of 'parent'. */
extern GradualSuspects *gradual_suspects_make(MemoryContext parent);

/* NULL does no harm. */
extern void gradual_suspects_free(GradualSuspects *suspects);

/* Copy what the source knows, into their own memory. */
extern void gradual_suspects_set(GradualSuspects *suspects, const GradualLeaf *leaf,
								 const ItemPointerData *tids, int count, const char *key);

/* A transaction begins; returns how many rows it may try. */
extern int	gradual_suspects_begin(GradualSuspects *suspects);

/* It has committed: they are cleared.  Returns whether there are more. */
extern bool gradual_suspects_committed(GradualSuspects *suspects);

#endif							/* GRADUAL_SUSPECTS_H */
