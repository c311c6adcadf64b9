/*
 * trial.h
 *	  All steps of a migration on the real tables, for what can be found out so;
 *	  the caller undoes them.
 */
#ifndef GRADUAL_TRIAL_H
#define GRADUAL_TRIAL_H

#include "run/tried.h"

/*
 * Run the steps of a migration that was started and stands in status paused, up
 * to completed, in the current transaction: in a subtransaction that the caller
 * rolls back whatever happens.  Locks are taken with the manners of run_batch:
 * nobody is waited for outside the queue, and at most lock_wait in it.  What a
 * step raises is its finding; cancels of the user are raised again, and 57014
 * can come of the deadline between two steps.
 */
extern void gradual_trial_run(GradualTrial *trial, const GradualMigration *migration);

#endif							/* GRADUAL_TRIAL_H */
