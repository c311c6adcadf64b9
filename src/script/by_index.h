/*
 * by_index.h
 *	  Are the rows of a WHERE few, and does an index find them?  What the planner
 *	  thinks of it, at define for the plan and again when the step begins.
 */
#ifndef GRADUAL_BY_INDEX_H
#define GRADUAL_BY_INDEX_H

#include "nodes/nodes.h"
#include "utils/relcache.h"

#include "script/schema.h"

/* No more rows than this are listed at once: their addresses take 6 MB. */
#define GRADUAL_BY_INDEX_ROWS 1000000

/*
 * Does a plan of that cost, for so many rows, save most of what it takes to
 * read a table of so many pages and rows from end to end?
 */
extern bool gradual_by_index_pays(double cost, double rows, double pages, double all_rows);

/*
 * How many rows of the real table are expected to meet 'quals', which are over
 * varno, the clone; -1 if no index finds them cheaply, if the real table has
 * not all those columns as the clone has them, or if there is no such table.
 * Needs an active snapshot.
 */
extern double gradual_by_index_rows(const GradualTable *table, Relation clone, Node *quals,
									Index varno);

#endif							/* GRADUAL_BY_INDEX_H */
