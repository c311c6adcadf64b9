/*
 * not_null.h
 *	  Which expressions can be proved never to be NULL.
 */
#ifndef GRADUAL_NOT_NULL_H
#define GRADUAL_NOT_NULL_H

#include "nodes/bitmapset.h"
#include "nodes/nodes.h"
#include "utils/relcache.h"

/*
 * Is expr never NULL, given that the columns in not_null (numbers minus
 * FirstLowInvalidHeapAttributeNumber) of range table entry varno are not?
 * False means no more than 'not proved'.  Composite values are never proved:
 * ROW(NULL) IS NULL.
 */
extern bool gradual_not_null_prove(Node *expr, Index varno, Bitmapset *not_null);

/* The columns of a relation that are NOT NULL for every row. */
extern Bitmapset *gradual_not_null_columns(Relation rel);

#endif							/* GRADUAL_NOT_NULL_H */
