/*
 * undone.h
 *	  Something that is done for what it shows, and undone in any case.
 */
#ifndef GRADUAL_UNDONE_H
#define GRADUAL_UNDONE_H

/*
 * Run body(arg) in a subtransaction of the current transaction and undo all that
 * it did, as gradual_txn_subtransaction(false, ..) does; in addition release the
 * advisory locks that it took for the session, which outlive any transaction.
 * Returns NULL, or a copy of the error that ended it, in the caller's context;
 * it does not raise that itself.
 */
extern ErrorData *gradual_undone(void (*body) (void *arg), void *arg);

#endif							/* GRADUAL_UNDONE_H */
