/*
 * refute.h
 *	  Does an UPDATE's SET make its own WHERE untrue?
 */
#ifndef GRADUAL_REFUTE_H
#define GRADUAL_REFUTE_H

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"

/*
 * The first conjunct of quals that cannot be true of a row which the SET list
 * has just changed; NULL if none can be shown to be so.  Only conjuncts over
 * the columns of range table entry varno alone count.  targets is a list of
 * TargetEntry, resno the column's number; generated columns must be expanded in
 * both; not_null as in gradual_not_null_prove().
 */
extern Node *gradual_refute_where(Node *quals, List *targets, Index varno,
								  Oid relid, Bitmapset *not_null);

/*
 * Is quals true of every row in which some column of targets is NULL?  Then the
 * statement leaves no NULL behind if it assigns none.
 */
extern bool gradual_refute_spares_no_null(Node *quals, List *targets, Index varno,
										  Oid relid);

#endif							/* GRADUAL_REFUTE_H */
