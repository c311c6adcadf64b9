/*
 * violators.h
 *	  SQL that returns how many rows violate something, and which the first few
 *	  are: (count bigint, samples text).  Pure.
 */
#ifndef GRADUAL_RECIPE_VIOLATORS_H
#define GRADUAL_RECIPE_VIOLATORS_H

#include "script/schema.h"

/* Rows of a table for which a condition, over its columns, holds. */
extern char *gradual_violators_where(const GradualTable *table, const char *condition);

/* Rows with NULL in a column. */
extern char *gradual_violators_null(const GradualTable *table, const char *column);

/*
 * A query for such a query: of the rows that would violate a constraint of the
 * table as it is when that is asked, each text after a prefix.  No row for an
 * exclusion constraint.
 */
extern char *gradual_violators_of_constraint(const GradualTable *table, const char *constraint,
											 const char *prefix);

#endif							/* GRADUAL_RECIPE_VIOLATORS_H */
