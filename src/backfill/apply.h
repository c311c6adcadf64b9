/*
 * apply.h
 *	  The statement of a batch: one cached plan of the user's own statement on
 *	  one leaf, with the batch's rows as parameters.
 */
#ifndef GRADUAL_APPLY_H
#define GRADUAL_APPLY_H

#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "tcop/dest.h"

#include "backfill/leaf.h"
#include "backfill/rewrite.h"
#include "backfill/unset.h"

typedef struct GradualApply GradualApply;

/* What a source wants of its statement. */
typedef struct GradualApplyShape
{
	const char *condition;		/* SQL over $1.., alias-qualified; NULL = none */
	int			ntypes;
	const Oid  *types;			/* of $1.. */
	const char *walks;			/* of the step */
	bool		generic;		/* one plan for all batches; else as the
								 * planner chooses */
	List	   *unset;			/* of GradualUnset *: only what is unset gets
								 * a value; NIL = all that it sets */
} GradualApplyShape;

/*
 * Prepare the statement 'sql' for a leaf.  Lives in the current memory context,
 * and the plan is dropped with it.  Needs an active snapshot and a search_path
 * as the statement was written for.  Raises PostgreSQL's errors of analysis,
 * and 0A000 if a rule turns it into something else.
 */
extern GradualApply *gradual_apply_make(const char *sql, const GradualLeaf *leaf,
										const GradualApplyShape *shape, TimestampTz now);

/* The statement as written, but for now(). */
extern GradualApply *gradual_apply_make_direct(const char *sql, TimestampTz now);

/*
 * The addresses of the rows of a leaf that meet its WHERE; for an UPDATE or
 * DELETE of one table.
 */
extern GradualApply *gradual_apply_make_select(const char *sql, const GradualLeaf *leaf,
											   TimestampTz now);

/* Send up to 'limit' of them to a receiver, as the active snapshot sees them. */
extern void gradual_apply_select(GradualApply *select, int limit, DestReceiver *receiver);

/*
 * Run it for one batch, in a snapshot of its own; returns the number of rows
 * changed.  idle_triggers: the BEFORE UPDATE triggers of the leaf would change
 * nothing (idle.h), so they are passed over.  Raises what the statement raises.
 */
extern uint64 gradual_apply_run(GradualApply *apply, const Datum *values, bool idle_triggers);

/* The analysed and rewritten statement, a fresh copy; and values for its plan. */
extern Query *gradual_apply_query(GradualApply *apply);
extern ParamListInfo gradual_apply_parameters(GradualApply *apply, const Datum *values);

/* Does a statement read nothing but its target? */
extern bool gradual_apply_is_alone(const Query *query);

/*
 * The columns of rel that it sets, and all generated ones: numbers minus
 * FirstLowInvalidHeapAttributeNumber.
 */
extern Bitmapset *gradual_apply_changed(const Query *query, Relation rel);

/* How many of the parameters are the batch's own: $1 to this one. */
extern int	gradual_apply_own_parameters(const GradualApply *apply);

#endif							/* GRADUAL_APPLY_H */
