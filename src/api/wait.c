/*
 * wait.c
 *	  CALL gradual.wait() and CALL gradual.run().
 *
 * Both are procedures, since they must not hold a snapshot while they sleep: it
 * would hold back the horizon that the batches need, and CREATE INDEX
 * CONCURRENTLY would wait for us while we wait for it.  Between two looks the
 * transaction is ended, and the new one has no snapshot.
 */
#include "postgres.h"

#include "executor/spi.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/portal.h"

#include "api/api.h"
#include "api/interval.h"
#include "base/clock.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "ledger/ledger.h"
#include "ledger/quarantine.h"
#include "run/launch.h"

PG_FUNCTION_INFO_V1(gradual_wait);
PG_FUNCTION_INFO_V1(gradual_run);

/*
 * Between two looks, in ms: a few instant steps are done in milliseconds, and
 * nobody should wait longer for them; what lasts is looked at seldom.
 */
#define LOOK_AGAIN_FIRST_MS 2
#define LOOK_AGAIN_MS 50

/*
 * A migration without a worker is given one, and again, in ms.  Not at the first
 * look: the one that start() asked for may be on its way, and a second one, which
 * finds nothing to do, would still count as alive after the first has left.
 */
#define REVIVE_FIRST_MS 500
#define REVIVE_MS 2000

/*
 * Refuse to run where the transaction cannot be ended between looks: in a
 * transaction block or a function (2D000, with a hint).
 */
static void
require_top_level(FunctionCallInfo fcinfo, const char *call)
{
	bool		top_level = fcinfo->context != NULL && IsA(fcinfo->context, CallContext) &&
	!castNode(CallContext, fcinfo->context)->atomic;

	if (!top_level)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TRANSACTION_TERMINATION),
				 errmsg("gradual.%s() cannot run inside a transaction block or a function", call),
				 errdetail("It ends its transaction between two looks, so that it holds no snapshot while it sleeps."),
				 errhint("Send this CALL as a statement of its own, with autocommit on.")));
}

/*
 * The hint that the error came with, which is taken out of it, and behind that the
 * call that leads on, unless it names one itself.  Either may be NULL.
 */
static const char *
hint_of(char *error, const char *call)
{
	char	   *mark = error == NULL ? NULL : strstr(error, GRADUAL_HINT_MARK);
	const char *hint;

	if (mark == NULL)
		return call;
	hint = mark + strlen(GRADUAL_HINT_MARK);
	*mark = '\0';
	return call == NULL || strstr(hint, "SELECT gradual.") != NULL ? hint :
		psprintf("%s %s", hint, call);
}

/* The end of a wait that is not the one that was asked for. */
static void
raise_end(GradualMigration *migration)
{
	const char *call = NULL;
	bool		visible = gradual_identity_may_watch(migration->owner);
	const char *hint;

	switch (migration->status)
	{
		case GRADUAL_DEFINED:
			call = "start";
			break;
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			call = migration->goal == GRADUAL_TO_ROLLED_BACK && !migration->restart ?
				"rollback" : "start";
			break;
		case GRADUAL_PAUSED:
			call = "resume";
			break;
		case GRADUAL_READY:
			call = gradual_quarantine_count(migration->id) > 0 ? "retry_quarantined" : "complete";
			break;
		default:
			break;
	}
	if (call != NULL)
		call = psprintf("SELECT gradual.%s(%s);", call, quote_literal_cstr(migration->name));
	hint = hint_of(migration->error, call);
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 migration->status == GRADUAL_READY ?
			 errmsg("migration \"%s\" could not be completed and is ready again", migration->name) :
			 migration->status == GRADUAL_FAILED ?
			 errmsg("migration \"%s\" has failed", migration->name) :
			 errmsg("migration \"%s\" is %s", migration->name,
					gradual_status_name(migration->status)),
			 migration->error == NULL ? 0 : visible ? errdetail("%s", migration->error) :
			 errdetail("Why is shown to members of the role that defined it, and of pg_monitor."),
			 hint == NULL || !visible ? 0 : errhint("%s", hint)));
}

/* Nobody would do the work while we wait. */
static void
raise_foreground(const GradualMigration *migration)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("migration \"%s\" has no worker", migration->name),
			 errdetail("It is driven by gradual.run_batch()."),
			 errhint("SELECT gradual.resume(%s); hands it over to a worker.",
					 quote_literal_cstr(migration->name))));
}

/* Else those that are started would leave again at once, for ever. */
static void
require_worker(const GradualMigration *migration)
{
	if (!migration->foreground && !migration->tracked && !gradual_worker_alive(migration->id, 0))
		gradual_launch_require_role(migration);
}

/*
 * The worker that brought the migration to its status is about to leave it.
 * Who waits may say what comes next at once, and would be told that a worker
 * runs it.
 */
static bool
is_being_left(const GradualMigration *migration)
{
	switch (migration->status)
	{
		case GRADUAL_READY:
		case GRADUAL_COMPLETED:
		case GRADUAL_ROLLED_BACK:
		case GRADUAL_FAILED:
			return gradual_worker_alive(migration->id, 0);
		default:
			return false;
	}
}

/* Is the wait over?  Raises when it ended in another way than asked for. */
static bool
is_over(const char *name, GradualStatus *status)
{
	GradualMigration *migration = gradual_ledger_find(name, false, false);

	*status = migration->status;
	if (is_being_left(migration))
		return false;
	switch (migration->status)
	{
		case GRADUAL_COMPLETED:
		case GRADUAL_ROLLED_BACK:
			return true;
		case GRADUAL_READY:
			if (migration->error == NULL)
				return true;
			raise_end(migration);
			break;
		case GRADUAL_QUEUED:
			if (migration->foreground)
				raise_foreground(migration);
			require_worker(migration);
			return false;
		case GRADUAL_RUNNING:
			require_worker(migration);
			return false;
		case GRADUAL_DEFINED:
		case GRADUAL_PAUSED:
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			raise_end(migration);
			break;
	}
	return false;
}

static void
raise_timeout(const char *name, GradualStatus status)
{
	ereport(ERROR,
			(errcode(ERRCODE_QUERY_CANCELED),
			 errmsg("migration \"%s\" did not get there in time", name),
			 errdetail("Its status is %s; it goes on.", gradual_status_name(status)),
			 errhint("CALL gradual.wait(%s); waits on.", quote_literal_cstr(name))));
}

/*
 * Wait until the last request is fulfilled; milliseconds < 0 = no limit.  SPI
 * must be connected non-atomically.  Returns ready, completed or rolled_back once
 * no worker is at it; raises on every other end, and 57014 when the time is over.
 */
static GradualStatus
wait_until_done(const char *name, double milliseconds)
{
	double		begin = gradual_clock_ms();
	double		revive_at = begin + REVIVE_FIRST_MS;
	MemoryContext look = AllocSetContextCreate(PortalContext, "gradual wait",
											   ALLOCSET_SMALL_SIZES);
	char	   *kept = MemoryContextStrdup(PortalContext, name);
	long		look_again = LOOK_AGAIN_FIRST_MS;
	GradualStatus status;

	for (;;)
	{
		double		now = gradual_clock_ms();
		MemoryContext caller = MemoryContextSwitchTo(look);
		bool		over = is_over(kept, &status);

		if (!over && now >= revive_at && !RecoveryInProgress())
		{
			gradual_launch_revive();
			revive_at = now + REVIVE_MS;
		}
		MemoryContextSwitchTo(caller);
		MemoryContextReset(look);

		/* drops the snapshot; the new transaction has none */
		SPI_commit();
		if (over)
			break;
		if (milliseconds >= 0 && now - begin >= milliseconds)
			raise_timeout(kept, status);
		gradual_clock_sleep(look_again);
		look_again = Min(look_again * 3 / 2, LOOK_AGAIN_MS);
	}
	MemoryContextDelete(look);
	return status;
}

Datum
gradual_wait(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	double		milliseconds = -1;

	require_top_level(fcinfo, "wait");
	if (!PG_ARGISNULL(1))
		milliseconds = Max(0, gradual_api_milliseconds(PG_GETARG_INTERVAL_P(1)));
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	(void) wait_until_done(name, milliseconds);
	SPI_finish();
	PG_RETURN_VOID();
}

/* Ask for what is still to be done; false if there is nothing to wait for. */
static bool
push(const char *name)
{
	GradualMigration *migration = gradual_ledger_find(name, false, false);

	gradual_api_refuse_tracked(migration);
	switch (migration->status)
	{
		case GRADUAL_COMPLETED:
			ereport(NOTICE,
					(errmsg("migration \"%s\" is completed already", name)));
			return false;
		case GRADUAL_READY:
			(void) gradual_api_complete(name, false);
			break;
		case GRADUAL_DEFINED:
		case GRADUAL_ROLLED_BACK:
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			(void) gradual_api_start(name, true, false);
			break;
		case GRADUAL_QUEUED:
		case GRADUAL_RUNNING:
		case GRADUAL_PAUSED:
			break;
	}
	return true;
}

Datum
gradual_run(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");

	require_top_level(fcinfo, "run");
	name = MemoryContextStrdup(PortalContext, name);
	SPI_connect_ext(SPI_OPT_NONATOMIC);
	if (!PG_ARGISNULL(1))
		gradual_api_define(gradual_api_definition(name, gradual_api_text(fcinfo, 1, "script")),
						   true);
	if (push(name))
	{
		SPI_commit();

		/* started without auto_complete by somebody else: it stops at ready */
		if (wait_until_done(name, -1) == GRADUAL_READY)
		{
			(void) gradual_api_complete(name, false);
			SPI_commit();
			(void) wait_until_done(name, -1);
		}
	}
	SPI_finish();
	PG_RETURN_VOID();
}
