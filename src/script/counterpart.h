/*
 * counterpart.h
 *	  An expression over one table, over the columns of another one that go by the
 *	  same names.
 */
#ifndef GRADUAL_COUNTERPART_H
#define GRADUAL_COUNTERPART_H

#include "nodes/primnodes.h"
#include "utils/relcache.h"

/*
 * 'node', which is over columns of 'from' as varno, over those of 'to' as 1.
 * NULL if it has not all of them, or with another type.
 */
extern Node *gradual_counterpart(Node *node, Index varno, Relation from, Relation to);

#endif							/* GRADUAL_COUNTERPART_H */
