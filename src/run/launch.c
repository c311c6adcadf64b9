/*
 * launch.c
 *	  Starting and waking workers when the caller's transaction commits.
 *
 * A worker that was registered before the commit would look for a row that it
 * cannot see yet, and hold a slot while the caller is idle in its transaction.
 * In the commit callback the row is visible (ProcArrayEndTransaction is done);
 * an error there would be a PANIC, so a missing slot is a WARNING and the
 * migration stays queued.
 *
 * If we crash between the commit and the registration the row stays queued,
 * and the next call in that database, or the launcher, starts it.  The same if the
 * server crashes before the postmaster has taken note of the registration, which is
 * then forgotten: a worker that leaves for good awaits the start of those that it has
 * registered, or nobody would be left to come back and register them again.
 */
#include "postgres.h"

#include <signal.h>

#include "access/xact.h"
#include "catalog/pg_authid.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/latch.h"
#include "storage/proc.h"
#include "storage/procarray.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "ledger/ledger.h"
#include "run/launch.h"

#define RESTART_SECONDS 5

typedef struct Wish
{
	int32		migration;
	Oid			session_role;
	int			interrupt_pid;	/* > 0: interrupt, instead of launch, */
	int			range;			/* who works at this range; 0 = the leader */
	int			level;			/* of the subtransaction that it dies with */
} Wish;

/* Of the current top-level transaction; lives in TopTransactionContext. */
static List *wishes = NIL;

/* Of a background worker: handles of those that it has registered at its commits. */
static List *registered = NIL;

/* Those that found no slot at its last one. */
static int	unplaced = 0;

static void add_wish(const Wish *wanted);
static void fulfil(const Wish *wish);
static void warn_unplaced(void);
static bool launch(const GradualWorkerExtra *extra);
static void transaction_ends(XactEvent event, void *arg);
static void subtransaction_ends(SubXactEvent event, SubTransactionId id,
								SubTransactionId parent, void *arg);

void
gradual_launch_init(void)
{
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
}

void
gradual_launch_at_commit(int32 migration, Oid session_role)
{
	Wish		wish = {.migration = migration,.session_role = session_role};

	add_wish(&wish);
}

void
gradual_interrupt_at_commit(int32 migration, int range, int pid)
{
	Wish		wish = {.migration = migration,.range = range,.interrupt_pid = pid};

	add_wish(&wish);
}

/*
 * One launch of a migration is enough: until the first worker is there to be
 * seen, a second one would be started, too.
 */
static bool
is_wished(const Wish *wanted)
{
	ListCell   *lc;

	foreach(lc, wishes)
	{
		Wish	   *wish = lfirst(lc);

		if (wish->migration == wanted->migration &&
			wish->interrupt_pid == wanted->interrupt_pid)
			return true;
	}
	return false;
}

static void
add_wish(const Wish *wanted)
{
	MemoryContext caller;
	Wish	   *wish;

	if (is_wished(wanted))
		return;
	caller = MemoryContextSwitchTo(TopTransactionContext);
	wish = palloc(sizeof(Wish));
	*wish = *wanted;
	wish->level = GetCurrentTransactionNestLevel();
	wishes = lappend(wishes, wish);
	MemoryContextSwitchTo(caller);
}

static void
transaction_ends(XactEvent event, void *arg)
{
	ListCell   *lc;

	switch (event)
	{
		case XACT_EVENT_PRE_PREPARE:
			if (wishes != NIL)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot PREPARE a transaction that has started or stopped a migration")));
			break;
		case XACT_EVENT_COMMIT:
			unplaced = 0;
			foreach(lc, wishes)
				fulfil(lfirst(lc));
			wishes = NIL;
			warn_unplaced();
			break;
		case XACT_EVENT_ABORT:
			wishes = NIL;
			break;
		default:
			break;
	}
}

/* What a savepoint takes back nobody may be started or interrupted for. */
static void
subtransaction_ends(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	int			level = GetCurrentTransactionNestLevel();
	ListCell   *lc;

	foreach(lc, wishes)
	{
		Wish	   *wish = lfirst(lc);

		if (wish->level < level)
			continue;
		if (event == SUBXACT_EVENT_COMMIT_SUB)
			wish->level = level - 1;
		else if (event == SUBXACT_EVENT_ABORT_SUB)
			wishes = foreach_delete_current(wishes, lc);
	}
}

/* In the commit callback: nothing here may raise an error. */
static void
fulfil(const Wish *wish)
{
	GradualWorkerExtra extra = {.database = MyDatabaseId,.session_role = wish->session_role,
	.migration = wish->migration};

	if (wish->interrupt_pid > 0)
	{
		/* alive by its lock, so the pid cannot have been given to another */
		if (gradual_worker_alive(wish->migration, wish->range) &&
			BackendPidGetProc(wish->interrupt_pid) != NULL)
			kill(wish->interrupt_pid, SIGINT);
		return;
	}
	if (!gradual_worker_alive(wish->migration, 0) && !launch(&extra))
		unplaced++;
}

/*
 * To a session, once in a statement: wait() tries again and again.  What a worker
 * finds at its commits is for who comes to gradual_launch_await().
 */
static void
warn_unplaced(void)
{
	static TimestampTz warned = 0;

	if (unplaced == 0 || MyBgworkerEntry != NULL || warned == GetCurrentStatementStartTimestamp())
		return;
	warned = GetCurrentStatementStartTimestamp();
	ereport(WARNING,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg_plural("no free worker slot: %d migration stays queued",
						   "no free worker slot: %d migrations stay queued", unplaced, unplaced),
			 errhint("Raise max_worker_processes; gradual.resume() and gradual.wait() try again.")));
}

/* A session stays; only a worker may leave too early. */
static bool
launch(const GradualWorkerExtra *extra)
{
	MemoryContext caller;
	BackgroundWorkerHandle *handle;
	bool		launched;

	if (MyBgworkerEntry == NULL)
		return gradual_launch_now(extra, NULL);
	caller = MemoryContextSwitchTo(TopMemoryContext);
	launched = gradual_launch_now(extra, &handle);
	if (launched)
		registered = lappend(registered, handle);
	MemoryContextSwitchTo(caller);
	return launched;
}

int
gradual_launch_await(void)
{
	ListCell   *lc;
	pid_t		pid;

	foreach(lc, registered)
		(void) WaitForBackgroundWorkerStartup(lfirst(lc), &pid);
	registered = NIL;
	return unplaced;
}

bool
gradual_launch_now(const GradualWorkerExtra *extra, BackgroundWorkerHandle **handle)
{
	BackgroundWorker worker = {0};

	worker.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	worker.bgw_start_time = BgWorkerStart_RecoveryFinished;
	worker.bgw_restart_time = extra->helper > 0 ? BGW_NEVER_RESTART : RESTART_SECONDS;
	snprintf(worker.bgw_library_name, sizeof(worker.bgw_library_name), "pg_gradual");
	snprintf(worker.bgw_function_name, sizeof(worker.bgw_function_name),
			 extra->migration == 0 ? "gradual_scout_main" : "gradual_worker_main");
	if (extra->migration == 0)
		snprintf(worker.bgw_name, BGW_MAXLEN, "gradual scout");
	else if (extra->helper > 0)
		snprintf(worker.bgw_name, BGW_MAXLEN, "gradual worker %d, helper %d",
				 extra->migration, extra->helper);
	else
		snprintf(worker.bgw_name, BGW_MAXLEN, "gradual worker %d", extra->migration);
	snprintf(worker.bgw_type, BGW_MAXLEN, "gradual worker");
	StaticAssertStmt(sizeof(GradualWorkerExtra) <= BGW_EXTRALEN, "bgw_extra too small");
	memcpy(worker.bgw_extra, extra, sizeof(GradualWorkerExtra));
	worker.bgw_notify_pid = handle != NULL ? MyProcPid : 0;
	return RegisterDynamicBackgroundWorker(&worker, handle);
}

Oid
gradual_launch_session_role(Oid owner, Oid session)
{
	gradual_identity_require_owner(owner);
	if (gradual_identity_can_login(owner))
		return owner;
	if (superuser_arg(session) && !superuser_arg(owner))
	{
		if (GRADUAL_CAN_CONNECT_NOLOGIN)
			return owner;
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a worker cannot connect for role \"%s\"",
						GetUserNameFromId(owner, false)),
				 errdetail("The role may not log in, and a superuser's session is not used for another role's migration."),
				 errhint("Call from a session of a role that may log in and is a member of \"%s\".",
						 GetUserNameFromId(owner, false))));
	}
	if (!gradual_identity_can_set_role(session, owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("a worker of role \"%s\" could not become \"%s\"",
						GetUserNameFromId(session, false),
						GetUserNameFromId(owner, false)),
				 errdetail("The owner of the migration may not log in, so its worker connects as the calling session's role and sets the role."),
				 errhint("GRANT %s TO %s;",
						 quote_identifier(GetUserNameFromId(owner, false)),
						 quote_identifier(GetUserNameFromId(session, false)))));
	return session;
}

/* Could a worker still connect as that role, and become the owner? */
static bool
is_usable(Oid session, Oid owner)
{
	if (session == owner)
		return gradual_identity_can_login(owner) ||
			(GRADUAL_CAN_CONNECT_NOLOGIN && gradual_identity_exists(owner));
	if (superuser_arg(session) && !superuser_arg(owner))
		return false;
	return gradual_identity_can_login(session) && gradual_identity_can_set_role(session, owner);
}

Oid
gradual_launch_role(const GradualMigration *migration)
{
	return is_usable(migration->session_role, migration->owner) ? migration->session_role :
		gradual_launch_session_role(migration->owner, GetSessionUserId());
}

void
gradual_launch_require_role(const GradualMigration *migration)
{
	gradual_identity_require_owner(migration->owner);
	if (!is_usable(migration->session_role, migration->owner))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("no worker can connect for migration \"%s\" any more", migration->name),
				 errdetail("The role that it connected as may not log in any more, or not become the migration's owner."),
				 errhint("SELECT gradual.resume(%s);", quote_literal_cstr(migration->name))));
}

/* The unfinished migrations without a worker whose next one could connect. */
static List *
without_worker(void)
{
	List	   *migrations = NIL;
	ListCell   *lc;

	foreach(lc, gradual_ledger_unfinished())
	{
		GradualMigration *migration;

		if (gradual_worker_alive(lfirst_int(lc), 0))
			continue;
		migration = gradual_ledger_get(lfirst_int(lc));
		if (migration != NULL && is_usable(migration->session_role, migration->owner))
			migrations = lappend(migrations, migration);
	}
	return migrations;
}

/* At commit, for each of them that passes the test. */
static void
launch_all(bool (*passes) (const GradualMigration *migration, int32 leaving), int32 leaving)
{
	ListCell   *lc;

	foreach(lc, without_worker())
	{
		GradualMigration *migration = lfirst(lc);

		if (passes(migration, leaving))
			gradual_launch_at_commit(migration->id, migration->session_role);
	}
}

static bool
may_be_steered(const GradualMigration *migration, int32 leaving)
{
	return gradual_identity_may_act_as(migration->owner);
}

static bool
waits_for_worker(const GradualMigration *migration, int32 leaving)
{
	return migration->id != leaving || migration->status == GRADUAL_QUEUED;
}

static bool
is_queued(const GradualMigration *migration, int32 leaving)
{
	return migration->status == GRADUAL_QUEUED;
}

void
gradual_launch_revive(void)
{
	launch_all(may_be_steered, 0);
}

void
gradual_launch_queued(int32 leaving, bool only_queued)
{
	launch_all(only_queued ? is_queued : waits_for_worker, leaving);
}

int32
gradual_launch_successor(Oid session_role)
{
	ListCell   *lc;

	foreach(lc, without_worker())
	{
		GradualMigration *migration = lfirst(lc);

		if (migration->session_role == session_role)
			return migration->id;
	}
	return 0;
}
