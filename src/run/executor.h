/*
 * executor.h
 *	  One tick of a migration: read the ledger, do the next thing, write the
 *	  ledger, all in the current transaction.
 */
#ifndef GRADUAL_EXECUTOR_H
#define GRADUAL_EXECUTOR_H

#include "run/run.h"

/* A run in a memory context of its own, child of 'parent'. */
extern GradualRun *gradual_run_open(int32 id, int64 incarnation, bool foreground,
									MemoryContext parent);
extern void gradual_run_close(GradualRun *run);

/*
 * One tick, in a transaction block.  Errors of the user's statements pass
 * through, and nothing is kept then.  The outcome is STOP when the migration
 * has reached its goal or is not ours to run any more.
 */
extern void gradual_executor_tick(GradualRun *run, GradualTick *tick);

/* Is there no step left before the next stop?  In a transaction. */
extern bool gradual_executor_at_stop(GradualRun *run);

/* After the tick's transaction: elapsed_ms of it, lock waits not counted. */
extern void gradual_executor_committed(GradualRun *run, GradualTick *tick, double elapsed_ms);
extern void gradual_executor_aborted(GradualRun *run, GradualTick *tick);

/* The command of a TOP_LEVEL tick has succeeded; in a transaction. */
extern void gradual_executor_top_level_done(GradualRun *run, GradualTick *tick);

/*
 * Which rows a scan found in the way, in words; NULL if the error is no such
 * thing.  In a transaction of its own, and it may raise: a failure is to be
 * recorded whether they can be counted or not.
 */
extern char *gradual_executor_violators(GradualRun *run, const GradualTick *tick,
										const ErrorData *error);

/*
 * Record that a step failed with 'error', in a transaction of its own: the
 * migration is failed, or on its way back to ready if it was in prepare.  False
 * if it is not ours to run any more: then the error came of that.
 */
extern bool gradual_executor_failed(GradualRun *run, GradualTick *tick, ErrorData *error);

#endif							/* GRADUAL_EXECUTOR_H */
