/*
 * txn.c
 *	  One attempt at something in a transaction of its own.
 *
 * The only place that catches an error: everything else lets it fly here, and
 * the abort of the transaction or subtransaction is what cleans up.
 *
 * If we crash here, nothing of the body is kept: there is one commit, at its
 * end.  (A top-level statement may commit in between; whoever runs one marks
 * that in the ledger before.)
 */
#include "postgres.h"

#include "access/xact.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/resowner.h"

#include "base/statement.h"
#include "base/txn.h"

static void run(bool block, void (*body) (void *arg), void *arg);
static ErrorData *abort_after_error(MemoryContext caller);

bool
gradual_txn_attempt(bool block, void (*body) (void *arg), void *arg,
					ErrorData **error)
{
	MemoryContext caller = CurrentMemoryContext;
	volatile bool committed = false;

	Assert(!IsTransactionState());

	PG_TRY();
	{
		run(block, body, arg);
		MemoryContextSwitchTo(caller);
		committed = true;
	}
	PG_CATCH();
	{
		*error = abort_after_error(caller);
	}
	PG_END_TRY();

	Assert(!IsTransactionState());
	Assert(CurrentMemoryContext == caller);
	return committed;
}

static void
run(bool block, void (*body) (void *arg), void *arg)
{
	/* else now() would stay what it was when the process began */
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
	if (block)
	{
		BeginTransactionBlock();
		CommitTransactionCommand();
		StartTransactionCommand();
	}

	body(arg);

	gradual_statement_commit();
	if (block)
	{
		CommitTransactionCommand();
		StartTransactionCommand();
		if (!EndTransactionBlock(false))
			elog(ERROR, "transaction block was ended by its body");
	}
	CommitTransactionCommand();
	gradual_statement_none();
}

/*
 * The error is copied before the abort frees it.  A cancel that arrives
 * meanwhile was meant for what has just failed, not for the next attempt.
 */
static ErrorData *
abort_after_error(MemoryContext caller)
{
	ErrorData  *error;

	HOLD_INTERRUPTS();
	MemoryContextSwitchTo(caller);
	error = CopyErrorData();
	AbortOutOfAnyTransaction();
	MemoryContextSwitchTo(caller);
	FlushErrorState();
	gradual_statement_none();
	QueryCancelPending = false;
	RESUME_INTERRUPTS();
	return error;
}

ErrorData *
gradual_txn_subtransaction(bool keep, void (*body) (void *arg), void *arg)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	ErrorData  *volatile error = NULL;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		body(arg);
		if (keep)
			ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		error = CopyErrorData();
		FlushErrorState();
	}
	PG_END_TRY();

	if (error != NULL || !keep)
		RollbackAndReleaseCurrentSubTransaction();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;
	return error;
}

void
gradual_txn_await_no_standby(void)
{
	(void) set_config_option("synchronous_commit", "local", PGC_USERSET,
							 PGC_S_SESSION, GUC_ACTION_LOCAL, true, 0, false);
}
