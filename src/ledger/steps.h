/*
 * steps.h
 *	  The steps of a migration, as they are stored.  All rules of ledger.h hold.
 */
#ifndef GRADUAL_STEPS_H
#define GRADUAL_STEPS_H

#include "ledger/step.h"

/*
 * Replace all steps of a migration.  Status, attempts and longest lock wait are
 * stored as given; cursors are left alone.
 */
extern void gradual_ledger_store_steps(int32 id, List *steps);
extern List *gradual_ledger_steps(int32 id);	/* GradualStep *, by step */
extern void gradual_ledger_store_undo(int32 id, const GradualStep *step);

/*
 * Fenced (-1: not); false = fenced off.  Sets started_at when it begins to run,
 * the end at done and failed; PENDING forgets both.  DONE makes the commit
 * synchronous.
 */
extern bool gradual_ledger_step_status(int32 id, int64 fence, int step, GradualStepStatus status,
									   const char *error);

/* An attempt at a step that had to wait for locks: counts it, keeps the longest. */
extern void gradual_ledger_step_attempt(int32 id, int step, double lock_wait_ms);

#endif							/* GRADUAL_STEPS_H */
