/*
 * fill.h
 *	  A backfill as a step: one batch a tick, between its reasons to wait.
 */
#ifndef GRADUAL_FILL_H
#define GRADUAL_FILL_H

#include "run/run.h"

/* One batch in the current transaction; true when the backfill is done. */
extern bool gradual_fill_batch(GradualRun *run, GradualStep *step, GradualTick *tick);

/* Steps of DDL are done, but not committed: what backfills must know of it. */
extern void gradual_fill_prepare(GradualRun *run);

/* A backfill is being undone: forget how far it came, and what it left out. */
extern void gradual_fill_undone(GradualRun *run, GradualStep *step);

/*
 * Who holds the row that a batch waited for in vain, by the place that the
 * error names; NULL if that cannot be told.  In a transaction of its own: the
 * row may be free by now.
 */
extern char *gradual_fill_row_holder(GradualRun *run, int step, const ErrorData *error);

/*
 * The tick that has just been aborted ended in 'error': true if the next one
 * tries half of its rows, and nothing else is to be done about it.
 */
extern bool gradual_fill_halve(GradualRun *run, const ErrorData *error);

/*
 * The same: true if the next one puts the row that raised into the quarantine,
 * since it stood alone and the migration wants that.
 */
extern bool gradual_fill_quarantine(GradualRun *run, const ErrorData *error);

/*
 * 'Row (id)=(7) of public.t.': the row that 'error' came of, if it stood alone;
 * else NULL.  In a transaction of its own.
 */
extern char *gradual_fill_failed_row(GradualRun *run, const ErrorData *error);

/* A tick's transaction has committed, or has not: what is in memory follows. */
extern void gradual_fill_committed(GradualRun *run, GradualTick *tick, double elapsed_ms);
extern void gradual_fill_aborted(GradualRun *run);

/* Forget the backfill: the ledger has all of it. */
extern void gradual_fill_close(GradualRun *run);

#endif							/* GRADUAL_FILL_H */
