/*
 * ordinary.h
 *	  Commands that are to run concurrently, in their ordinary form, inside a
 *	  transaction: for a trial on small tables.
 */
#ifndef GRADUAL_ORDINARY_H
#define GRADUAL_ORDINARY_H

#include "run/run.h"

/* Is it a step whose commands refuse a transaction block? */
extern bool gradual_ordinary_is_needed(const GradualStep *step);

/* What such a step locks without CONCURRENTLY. */
extern const char *gradual_ordinary_mode(const GradualStep *step);

/*
 * Run what a tick in the foreground asks to be run at top level, without
 * CONCURRENTLY, in the current transaction and as the owner; the tick goes on
 * then.  Raises 55P03 if a table is not to be had, and what the command raises.
 */
extern void gradual_ordinary_run(GradualRun *run, const GradualStep *step, GradualTick *tick);

#endif							/* GRADUAL_ORDINARY_H */
