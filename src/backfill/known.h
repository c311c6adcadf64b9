/*
 * known.h
 *	  The leaves that a backfill knows, and their numbers.
 *
 * A position names a leaf by its number in a list that only grows, so that it
 * stays right whatever becomes of the leaf: renamed, detached, attached again.
 */
#ifndef GRADUAL_KNOWN_H
#define GRADUAL_KNOWN_H

#include "backfill/leaf.h"

/*
 * 'leaves' in the order of the list, which holds one that is not there now without
 * OID, pages and rows.  *known (char *) is the list as the ledger keeps it, NIL at
 * first; it becomes what is to be kept.  learn: leaves that are new are added at its
 * end; else they are left out.
 *
 * *stranger: the list comes from another server or database, where OIDs mean
 * nothing here; and this leaf's name is not in it, while one that is in it is not
 * there.  NULL = there is none.  In the current memory context.
 */
extern List *gradual_known_leaves(List *leaves, List **known, bool learn,
								  const GradualLeaf **stranger);

/* How many there are in the list as the ledger keeps it, and how one is called there. */
extern int	gradual_known_count(List *known);
extern const char *gradual_known_name(List *known, int number);

#endif							/* GRADUAL_KNOWN_H */
