/*
 * key_index.h
 *	  The unique key by which the rows of a table can be walked once each.
 */
#ifndef GRADUAL_KEY_INDEX_H
#define GRADUAL_KEY_INDEX_H

#include "nodes/bitmapset.h"
#include "utils/relcache.h"

/*
 * The index that a key source can walk: a valid, immediate, complete, unique
 * B-tree over plain NOT NULL columns, in the order that ORDER BY of the columns
 * (all ascending or all descending) gives.  None of its columns may be in
 * 'avoid' (numbers minus FirstLowInvalidHeapAttributeNumber).  The primary key
 * if it will do, else the one with the fewest columns; InvalidOid if there is
 * none.  The caller holds a lock on rel.
 */
extern Oid	gradual_change_find_key(Relation rel, Bitmapset *avoid);

/* The names of all that will do: char *, not quoted. */
extern List *gradual_change_find_keys(Relation rel, Bitmapset *avoid);

#endif							/* GRADUAL_KEY_INDEX_H */
