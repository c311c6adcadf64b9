/*
 * failure.h
 *	  What becomes of an error of a tick.
 */
#ifndef GRADUAL_FAILURE_H
#define GRADUAL_FAILURE_H

#include "run/run.h"

/*
 * The tick's transaction has ended in an error: have fewer rows tried, or the
 * whole again, or end the migration's run.  Outside a transaction; uses some of
 * its own, and the current memory context.  Gets details added to the error.
 *
 * *rest_ms > 0: stay away so long, and *activity says why.  If the failure could
 * not even be recorded, returns the error of that, else NULL.  Does not raise.
 */
extern ErrorData *gradual_failure(GradualRun *run, GradualTick *tick, ErrorData *error,
								  double *rest_ms, char **activity);

/*
 * The row that raised the error of a tick, or the rows in its way, in words; NULL
 * if none can be named.  In the caller's transaction and memory context; may raise.
 */
extern char *gradual_failure_rows(GradualRun *run, const GradualTick *tick, const ErrorData *error);

#endif							/* GRADUAL_FAILURE_H */
