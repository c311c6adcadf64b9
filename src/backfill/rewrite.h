/*
 * rewrite.h
 *	  From the user's statement to the statement of a batch, as a raw parse tree.
 */
#ifndef GRADUAL_REWRITE_H
#define GRADUAL_REWRITE_H

#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "datatype/timestamp.h"

#include "backfill/leaf.h"

/* What now() and its kin mean: one parameter for each form that occurs. */
typedef struct GradualFrozen
{
	int			count;
	int			first;			/* number of the first parameter */
	TimestampTz now;
	Oid			types[16];
	Datum		values[16];
	int32		typmods[16];
} GradualFrozen;

/* The only statement of a text: an UPDATE, a DELETE or an INSERT .. SELECT. */
extern RawStmt *gradual_rewrite_parse(const char *sql);

/*
 * The table whose rows are visited, as written, and the name by which its
 * columns are qualified: the statement's own, or for an INSERT the one in the
 * FROM of its SELECT that is called 'walks'.
 */
extern RangeVar *gradual_rewrite_walked(RawStmt *raw, const char *walks);
extern const char *gradual_rewrite_alias(RawStmt *raw, const char *walks);

/*
 * Let the statement work on one leaf only: that table becomes the leaf, under
 * the old name or alias, and schema.table.column becomes table.column.
 */
extern void gradual_rewrite_to_leaf(RawStmt *raw, const char *walks, const GradualLeaf *leaf);

/* AND a condition to its WHERE, or to that of its SELECT: a raw tree, or SQL text. */
extern void gradual_rewrite_and_where(RawStmt *raw, Node *added);
extern void gradual_rewrite_add_condition(RawStmt *raw, const char *condition);

/*
 * Turn an UPDATE or DELETE of one table into SELECT ctid FROM it, with the same
 * WHERE.
 */
extern void gradual_rewrite_to_select(RawStmt *raw);

/*
 * Turn now(), CURRENT_TIMESTAMP, CURRENT_DATE, .. of pg_catalog into parameters
 * from number 'first' on: in all batches they mean the same moment, as in one
 * statement.
 */
extern void gradual_rewrite_freeze(RawStmt *raw, GradualFrozen *frozen, int first,
								   TimestampTz now);

#endif							/* GRADUAL_REWRITE_H */
