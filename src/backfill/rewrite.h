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

/* The only statement of a text: an UPDATE or a DELETE. */
extern RawStmt *gradual_rewrite_parse(const char *sql);

/* Its table as written, and the name by which its columns are qualified. */
extern RangeVar *gradual_rewrite_target(RawStmt *raw);
extern const char *gradual_rewrite_alias(RawStmt *raw);

/*
 * Let the statement work on one leaf only: its table becomes the leaf, under
 * the old name or alias, and schema.table.column becomes table.column.
 */
extern void gradual_rewrite_to_leaf(RawStmt *raw, const GradualLeaf *leaf);

/* AND a condition, given as SQL text, to its WHERE. */
extern void gradual_rewrite_add_condition(RawStmt *raw, const char *condition);

/*
 * Turn now(), CURRENT_TIMESTAMP, CURRENT_DATE, .. of pg_catalog into parameters
 * from number 'first' on: in all batches they mean the same moment, as in one
 * statement.
 */
extern void gradual_rewrite_freeze(RawStmt *raw, GradualFrozen *frozen, int first,
								   TimestampTz now);

#endif							/* GRADUAL_REWRITE_H */
