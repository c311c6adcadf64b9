/*
 * lenient.h
 *	  Run something that may raise, without harm for the statement around it.
 */
#ifndef GRADUAL_LENIENT_H
#define GRADUAL_LENIENT_H

/*
 * Run body(arg) in a subtransaction, with the caller's memory context current.
 * Returns NULL if it came to its end.  On an error all that it did is undone,
 * and a copy of the error in the caller's context is returned.
 *
 * Errors of class 57 (query cancel, shutdown) and failed assertions are not
 * the body's own: they go through to the caller.
 */
extern ErrorData *gradual_lenient_run(void (*body) (void *arg), void *arg);

#endif							/* GRADUAL_LENIENT_H */
