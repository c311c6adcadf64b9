/*
 * launcher.c
 *	  After a start of the server, or a promotion, bring unfinished migrations
 *	  back in every database.  Only with shared_preload_libraries; it makes one
 *	  round and leaves, so it costs no slot.
 *
 * The launcher itself is connected to no database.  It sends a scout into each
 * one, one after another; the scout reads the ledger, which takes no code of a
 * user, starts the workers, and leaves.
 *
 * If we crash here the server's crash brings back who had not left: the launcher,
 * which begins its round anew, and each scout, which the launcher need not see leave.
 * What is registered and not started yet it does not bring back: so nobody leaves
 * before those are started whom it has registered.
 */
#include "postgres.h"

#include "access/heapam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_database.h"
#include "commands/dbcommands.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "postmaster/bgworker.h"
#include "storage/ipc.h"
#include "tcop/tcopprot.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/clock.h"
#include "base/testpoint.h"
#include "base/txn.h"
#include "base/version.h"
#include "ledger/claim.h"
#include "run/connect.h"
#include "run/launch.h"
#include "run/worker.h"

#define LAUNCHER_RESTART_SECONDS 10

/* Between two tries to find a free slot for a scout, in ms; so many in a round. */
#define SLOT_RETRY_MS 1000
#define SLOT_TRIES 60

/* Of a scout to start workers: the launcher may be about to leave. */
#define SCOUT_TRIES 10

static List *databases = NIL;
static int	tries_left = SLOT_TRIES;

void
gradual_launcher_register(void)
{
	BackgroundWorker launcher = {0};

	launcher.bgw_flags = BGWORKER_SHMEM_ACCESS | BGWORKER_BACKEND_DATABASE_CONNECTION;
	launcher.bgw_start_time = BgWorkerStart_RecoveryFinished;
	launcher.bgw_restart_time = LAUNCHER_RESTART_SECONDS;
	snprintf(launcher.bgw_library_name, sizeof(launcher.bgw_library_name), "pg_gradual");
	snprintf(launcher.bgw_function_name, sizeof(launcher.bgw_function_name),
			 "gradual_launcher_main");
	snprintf(launcher.bgw_name, BGW_MAXLEN, "gradual launcher");
	snprintf(launcher.bgw_type, BGW_MAXLEN, "gradual launcher");
	RegisterBackgroundWorker(&launcher);
}

/* The databases that can be connected to, by a scan of the shared catalog. */
static void
list_databases(void *arg)
{
	Relation	relation = table_open(DatabaseRelationId, AccessShareLock);
	TableScanDesc scan;
	HeapTuple	tuple;
	MemoryContext transaction;

	PushActiveSnapshot(GetTransactionSnapshot());
	scan = table_beginscan_catalog(relation, 0, NULL);
	while ((tuple = heap_getnext(scan, ForwardScanDirection)) != NULL)
	{
		Form_pg_database form = (Form_pg_database) GETSTRUCT(tuple);

		if (!form->datallowconn || form->datistemplate)
			continue;
		transaction = MemoryContextSwitchTo(TopMemoryContext);
		databases = lappend_oid(databases, form->oid);
		MemoryContextSwitchTo(transaction);
	}
	table_endscan(scan);
	PopActiveSnapshot();
	table_close(relation, AccessShareLock);
}

/* False if no slot became free for so long that there is no more waiting in this round. */
static bool
send_scout(Oid database)
{
	GradualWorkerExtra extra = {.database = database};
	BackgroundWorkerHandle *scout;
	pid_t		pid;

	GRADUAL_TESTPOINT("before-scout");
	while (!gradual_launch_now(&extra, &scout))
	{
		if (--tries_left <= 0)
			return false;
		gradual_clock_sleep(SLOT_RETRY_MS);
	}
	(void) WaitForBackgroundWorkerStartup(scout, &pid);
	return true;
}

/* The slot that we hold may be the one that somebody who calls resume() needs. */
static void
give_up(int left)
{
	ereport(LOG,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg("no free worker slot: unfinished migrations of %d of %d databases stay interrupted",
					left, list_length(databases)),
			 errhint("Raise max_worker_processes, or call gradual.resume() there.")));
	proc_exit(0);
}

void
gradual_launcher_main(Datum arg)
{
	ErrorData  *error;
	ListCell   *lc;

	pqsignal(SIGTERM, die);
	BackgroundWorkerUnblockSignals();
	BackgroundWorkerInitializeConnection(NULL, NULL, 0);
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "gradual launcher",
												ALLOCSET_DEFAULT_SIZES));
	if (!gradual_txn_attempt(false, list_databases, NULL, &error))
		ReThrowError(error);
	foreach(lc, databases)
	{
		if (!send_scout(lfirst_oid(lc)))
			give_up(list_length(databases) - foreach_current_index(lc));
	}
	proc_exit(0);
}

/* arg: gets the database's name, for who has no transaction */
static void
revive_all(void *arg)
{
	*(char **) arg = MemoryContextStrdup(TopMemoryContext, get_database_name(MyDatabaseId));
	if (!OidIsValid(get_extension_oid("pg_gradual", true)))
		return;
	gradual_version_require();
	gradual_ledger_adopt_restored();
	gradual_launch_queued(0, false);
}

/* As above: our slot may be the one. */
static void
leave_unplaced(int unplaced, const char *database)
{
	ereport(LOG,
			(errcode(ERRCODE_INSUFFICIENT_RESOURCES),
			 errmsg("no free worker slot: %d unfinished migrations of database \"%s\" have no worker",
					unplaced, database),
			 errhint("Raise max_worker_processes, or call gradual.resume() there.")));
	proc_exit(0);
}

void
gradual_scout_main(Datum arg)
{
	GradualWorkerExtra extra;
	ErrorData  *error;
	char	   *database = NULL;

	memcpy(&extra, MyBgworkerEntry->bgw_extra, sizeof(GradualWorkerExtra));
	gradual_connect_worker(&extra);
	MemoryContextSwitchTo(AllocSetContextCreate(TopMemoryContext, "gradual scout",
												ALLOCSET_DEFAULT_SIZES));
	GRADUAL_TESTPOINT("in-scout");
	for (int tries = 1; gradual_txn_attempt(true, revive_all, &database, &error); tries++)
	{
		int			unplaced = gradual_launch_await();

		if (unplaced == 0)
			proc_exit(0);
		if (tries >= SCOUT_TRIES)
			leave_unplaced(unplaced, database);
		gradual_clock_sleep(SLOT_RETRY_MS);
	}
	ereport(LOG,
			(errcode(error->sqlerrcode),
			 errmsg("could not look for unfinished migrations: %s", error->message)));
	proc_exit(gradual_error_passes(error->sqlerrcode) ? 1 : 0);
}
