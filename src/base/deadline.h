/*
 * deadline.h
 *	  A limit of time for a part of a statement, after which it is cancelled.
 */
#ifndef GRADUAL_DEADLINE_H
#define GRADUAL_DEADLINE_H

/*
 * From now on, after so many ms: what runs raises 57014 at its next check for
 * interrupts, as from a cancel by the user; is_over() tells the two apart.  One
 * at a time; clear() must follow, whatever happens in between.  Needs no
 * transaction.
 */
extern void gradual_deadline_set(double milliseconds);
extern bool gradual_deadline_is_over(void);

/* Nothing is cancelled any more; is_over() still tells. */
extern void gradual_deadline_clear(void);

#endif							/* GRADUAL_DEADLINE_H */
