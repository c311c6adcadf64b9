/*
 * evaluate.h
 *	  The value of a compiled expression for one row.
 */
#ifndef GRADUAL_EVALUATE_H
#define GRADUAL_EVALUATE_H

#include "executor/tuptable.h"

#include "sync/compile.h"

typedef struct GradualSyncEvaluation
{
	/* Info */
	GradualSyncExpression *where;	/* NULL = any row */
	GradualSyncExpression *expression;
	TupleTableSlot *slot;
	List	   *settings;		/* of GradualSyncSetting *, for both */

	/* Result */
	bool		satisfied;		/* the WHERE */
	ErrorData  *error;			/* that was caught; or NULL */
	Datum		value;
	bool		isnull;
} GradualSyncEvaluation;

/*
 * Evaluate the expression, if the row in the slot satisfies the WHERE.  Returns
 * false, and no value, if it does not, or if one of the two raises.  Those that
 * may raise run in a subtransaction.  The value, and all that the evaluation
 * allocates, lies in the current memory context.
 */
extern bool gradual_sync_evaluate(GradualSyncEvaluation *evaluation);

#endif							/* GRADUAL_EVALUATE_H */
