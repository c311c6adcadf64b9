/*
 * cost.h
 *	  May a statement with joins or sub-selects run in batches at all, or would
 *	  each batch cost as much as the whole?
 */
#ifndef GRADUAL_COST_H
#define GRADUAL_COST_H

#include "backfill/apply.h"

/* A batch of about this many rows is what the gate plans. */
#define GRADUAL_COST_ROWS 300

/*
 * Plan the statement for one typical batch (values: its parameters).  Raises
 * 55000 with a hint if its target is not found by the batch's rows, or if
 * everything else would cost more than ten times that.  Costs nothing for a
 * statement that reads no other table.
 */
extern void gradual_cost_check(GradualApply *apply, const GradualLeaf *leaf,
							   const Datum *values);

#endif							/* GRADUAL_COST_H */
