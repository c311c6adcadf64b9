/*
 * txn.h
 *	  One attempt at something in a transaction of its own.  Holds every
 *	  PG_TRY of the tree.
 */
#ifndef GRADUAL_TXN_H
#define GRADUAL_TXN_H

/*
 * Run body(arg) in a transaction: in a real transaction block if 'block' (Citus
 * is atomic only so), else as a top-level statement that commits by itself.
 * To be called outside any transaction, with the caller's cycle context
 * current; it is current again afterwards.
 *
 * Returns true after the commit.  On an error the transaction is aborted, a
 * copy of the error is put into *error in the caller's context, and false is
 * returned; nothing of the body is kept.  FATAL (SIGTERM) passes through.
 */
extern bool gradual_txn_attempt(bool block, void (*body) (void *arg), void *arg,
								ErrorData **error);

/*
 * Run body(arg) in a subtransaction of the current transaction; keep = false:
 * undo all that it did, whatever comes of it.  Returns NULL if it came to its
 * end.  On an error all that it did is undone, and a copy of the error in the
 * caller's context is returned.  The caller's memory context and resource
 * owner are as before.
 *
 * An error that is to go on has to be thrown again after this returned: at the
 * top level of a session the server would abort an open subtransaction alone,
 * and take the session to be in a failed transaction block that nobody began.
 */
extern ErrorData *gradual_txn_subtransaction(bool keep, void (*body) (void *arg), void *arg);

/*
 * Let the current transaction's commit wait for our own disk, and for no standby:
 * locks are held until that is over, and a standby can be gone, or wait for its
 * own readers before it replays ours.  WAL is replicated in order, so whatever
 * commits synchronously later confirms this, too.
 */
extern void gradual_txn_await_no_standby(void);

#endif							/* GRADUAL_TXN_H */
