/*
 * txn.h
 *	  One attempt at something in a transaction of its own.  Holds the only
 *	  PG_TRY of the tree (but for the lenient conversion of the sync trigger).
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

#endif							/* GRADUAL_TXN_H */
