/*
 * ddl.h
 *	  Steps that are one transaction: DDL, statements as written, scans.
 */
#ifndef GRADUAL_DDL_H
#define GRADUAL_DDL_H

#include "run/run.h"

/*
 * Run the steps in the current transaction, as the owner, and mark them done.
 * False: the tick waits for a lock, nothing was done.
 */
extern bool gradual_ddl_run(GradualRun *run, List *steps, GradualTick *tick);

/*
 * Run commands of a step's undo in the current transaction, up to the first
 * GRADUAL_UNDO_COMMIT.  False as above, or when there is more to do in the next
 * tick: then the step's undo is what remains, and it is half undone.
 */
extern bool gradual_ddl_undo(GradualRun *run, GradualStep *step, List *commands,
							 GradualTick *tick);
extern bool gradual_ddl_is_half_undone(const GradualStep *step);

/*
 * All of it is undone: forget what the undo query returned, since it is asked
 * again when the step runs again.
 */
extern void gradual_ddl_undone(GradualRun *run, GradualStep *step);

/*
 * Compute and store the undo of a step before its work begins: for commands
 * that commit by themselves.  No-op if it is known.
 */
extern void gradual_ddl_remember(GradualRun *run, GradualStep *step);

/*
 * Why a scan failed, for people: the number of rows in the way and some of
 * their keys; NULL if the step knows no way to count them.  As the owner, in a
 * transaction of its own: the failed one is gone.
 */
extern char *gradual_ddl_violators(GradualRun *run, GradualStep *step);

/* Write a step's status, fenced by the run's incarnation; raises if fenced off. */
extern void gradual_step_finish(GradualRun *run, GradualStep *step, GradualStepStatus status);

#endif							/* GRADUAL_DDL_H */
