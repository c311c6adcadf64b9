/*
 * witness.h
 *	  What a worker's transactions held when they committed, by the step that
 *	  they worked on, for the test that compares it with the plan.  TESTING
 *	  builds only.
 */
#ifndef GRADUAL_WITNESS_H
#define GRADUAL_WITNESS_H

#ifdef GRADUAL_TESTING

/* Requests the shared memory; called by _PG_init. */
extern void gradual_witness_init(void);

/* From now on this process works on a step; 0 = none, negative: undoes it. */
extern void gradual_witness_step(int migration, int step);

#define GRADUAL_WITNESS(migration, step) gradual_witness_step(migration, step)
#else
#define GRADUAL_WITNESS(migration, step) ((void) 0)
#endif

#endif							/* GRADUAL_WITNESS_H */
