/*
 * connect.c
 *	  Connecting a worker, and whether a worker that cannot go on comes back.
 *
 * The exit status of a background worker says whether the postmaster starts it
 * again: 0 = never, 1 = after 5 s.  An error before it is connected ends it with
 * 1, whatever the error is.  Role or database gone: every restart would end in
 * the same FATAL, one log line each 5 s and a slot lost for ever.  So the first
 * one is the last.  All connections taken: somebody will leave, so it is not.
 *
 * If we crash here nothing has happened.
 */
#include "postgres.h"

#include <signal.h>

#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "postmaster/interrupt.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"

#include "base/compat.h"
#include "base/identity.h"
#include "run/connect.h"

static bool connected = false;
static int	refusal = 0;		/* SQLSTATE with which we were not let in */
static emit_log_hook_type next_hook = NULL;

bool
gradual_error_passes(int sqlerrcode)
{
	switch (ERRCODE_TO_CATEGORY(sqlerrcode))
	{
		case ERRCODE_TRANSACTION_ROLLBACK:
		case ERRCODE_INSUFFICIENT_RESOURCES:
		case ERRCODE_OPERATOR_INTERVENTION:
		case ERRCODE_SYSTEM_ERROR:
			return true;
		default:
			return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE;
	}
}

static void
exit_for_good(int code, Datum arg)
{
	if (code == 1 && !connected && !gradual_error_passes(refusal))
		proc_exit(0);
}

/* A FATAL is caught by nobody: who writes it to the log can see it. */
static void
note_refusal(ErrorData *error)
{
	if (!connected && error->elevel == FATAL)
		refusal = error->sqlerrcode;
	if (next_hook != NULL)
		next_hook(error);
}

void
gradual_connect_worker(const GradualWorkerExtra *extra)
{
	uint32		flags = 0;

	on_proc_exit(exit_for_good, 0);
	next_hook = emit_log_hook;
	emit_log_hook = note_refusal;
	pqsignal(SIGTERM, die);
	pqsignal(SIGINT, StatementCancelHandler);
	pqsignal(SIGHUP, SignalHandlerForConfigReload);
	BackgroundWorkerUnblockSignals();

	/* the owner itself, though it may not log in: see launch.c */
	if (GRADUAL_CAN_CONNECT_NOLOGIN)
		flags |= GRADUAL_BYPASS_ROLELOGINCHECK;
	BackgroundWorkerInitializeConnectionByOid(extra->database, extra->session_role, flags);
	connected = true;
	gradual_identity_pin_session();
}
