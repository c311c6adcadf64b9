/*
 * columns.h
 *	  Sets of columns, by name and by number, and generated columns.
 *
 * A clone, the real table and its partitions have the same columns under other
 * numbers, so names go from one to the other.  Sets of numbers are what
 * PostgreSQL uses for rights: numbers minus FirstLowInvalidHeapAttributeNumber.
 */
#ifndef GRADUAL_COLUMNS_H
#define GRADUAL_COLUMNS_H

#include "nodes/bitmapset.h"
#include "nodes/pg_list.h"
#include "utils/relcache.h"

/* The numbers in relid of the columns in names (char *); unknown ones are left out. */
extern Bitmapset *gradual_columns_numbers(Oid relid, List *names);

/*
 * The columns that change when those in assigned do: they, and the generated
 * columns that are computed from them.
 */
extern List *gradual_columns_written(Relation rel, List *assigned);

/*
 * A copy of an expression over range table entry varno, which is rel, with
 * every generated column replaced by its expression: before the row is stored,
 * a generated column has no value yet.  Sub-selects are left as they are.
 */
extern Node *gradual_columns_expand(Node *expr, Relation rel, Index varno);

#endif							/* GRADUAL_COLUMNS_H */
