/*
 * reads.h
 *	  Does a statement read its own target a second time?
 */
#ifndef GRADUAL_READS_H
#define GRADUAL_READS_H

#include "nodes/parsenodes.h"

#include "script/script.h"

/*
 * Why the other places where query names its target (beside the one that it
 * changes) forbid to run it in batches, in words; NULL if they do not.  written
 * holds the names of the columns that it changes, NIL = whole rows (DELETE).
 * Relations of one partition or inheritance tree count as one table, and so do
 * a table and its clone.
 */
extern char *gradual_reads_conflict(Query *query, const GradualTable *table,
									List *written);

#endif							/* GRADUAL_READS_H */
