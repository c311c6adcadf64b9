/*
 * fault.h
 *	  Which step an error of a tick is about, and the words for it.  Pure.
 */
#ifndef GRADUAL_FAULT_H
#define GRADUAL_FAULT_H

#include "run/run.h"

/* Are they two steps of one transaction? */
extern bool gradual_fault_shared(const GradualStep *one, const GradualStep *other);

/* One of 'steps'; NULL = the tick had not come to any. */
extern GradualStep *gradual_fault_step(List *steps, const GradualTick *tick,
									   const ErrorData *error);

/* The error as the ledger's readers see it, in the current memory context. */
extern char *gradual_fault_describe(const GradualMigration *migration, List *steps,
									const GradualTick *tick,
									const GradualStep *step, const ErrorData *error);

#endif							/* GRADUAL_FAULT_H */
