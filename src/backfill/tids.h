/*
 * tids.h
 *	  Addresses of rows.
 */
#ifndef GRADUAL_TIDS_H
#define GRADUAL_TIDS_H

#include "storage/itemptr.h"

/* Made zeroed by palloc; the addresses are in the same memory. */
typedef struct GradualTids
{
	int			count;
	int			max;
	ItemPointerData *tids;
} GradualTids;

extern void gradual_tids_add(GradualTids *tids, const ItemPointerData *tid);

/* Put those from position 'from' on into the order of the heap. */
extern void gradual_tids_sort(GradualTids *tids, int from);

/* Is one of them there?  They are sorted; NULL = there are none. */
extern bool gradual_tids_contain(const GradualTids *tids, const ItemPointerData *tid);

#endif							/* GRADUAL_TIDS_H */
