/*
 * batch.h
 *	  What run_batch() needs of the session: to hear of rollbacks.
 */
#ifndef GRADUAL_BATCH_H
#define GRADUAL_BATCH_H

/* Registers the transaction callbacks.  By _PG_init. */
extern void gradual_batch_init(void);

#endif							/* GRADUAL_BATCH_H */
