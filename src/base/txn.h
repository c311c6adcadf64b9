/*
 * txn.h
 *	  One attempt at something in a transaction of its own.  Holds every
 *	  PG_TRY of the tree but that of the sync trigger's lenient conversion.
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
 * Run body(arg) in a subtransaction of the current transaction and undo all
 * that it did.  Its error, if any, goes on after that.  The caller's memory
 * context and resource owner are as before; results belong into that context.
 */
extern void gradual_txn_undo(void (*body) (void *arg), void *arg);

#endif							/* GRADUAL_TXN_H */
