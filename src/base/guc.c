/*
 * guc.c
 *	  Defines the settings of pg_gradual, in alphabetical order.
 *
 * The limits keep every value usable by itself: a time that is used as a
 * timeout is never 0, which PostgreSQL would take for none.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/guc.h"
#include "utils/varlena.h"

#include "base/guc.h"
#include "base/hours.h"

#define MAX_NICE 100.0
#define MAX_WORKERS 1024
#define MAX_BYTES 1e15

int			gradual_batch_time = 10;
int			gradual_lock_wait = 100;
int			gradual_lock_patience = 600000;
int			gradual_direct_pages = 128;
double		gradual_nice = 0;
bool		gradual_allow_blocking = false;
char	   *gradual_settled_columns = NULL;
bool		gradual_script_writes = false;
int			gradual_script_statement = 0;
int			gradual_max_replica_lag = 10000;
double		gradual_max_replica_lag_bytes = 0;
char	   *gradual_throttle_standbys = NULL;
double		gradual_max_wal_rate = 0;
double		gradual_max_slot_wal = 0;
double		gradual_min_free_disk = 0;
char	   *gradual_allowed_hours = NULL;
char	   *gradual_throttle_query = NULL;
int			gradual_max_workers = 4;

static void define_batches(void);
static void define_locks(void);
static void define_load(void);
static void define_replicas(void);
static void define_throttles(void);
static void define_internal(void);

void
gradual_guc_define(void)
{
	DefineCustomBoolVariable("gradual.allow_blocking",
							 "Runs statements that have no online path as they are written.",
							 "They may block the application for as long as they take. "
							 "When off, gradual.define() refuses them.",
							 &gradual_allow_blocking,
							 false,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
	define_batches();
	define_locks();
	define_load();
	define_replicas();
	define_throttles();
	define_internal();
	MarkGUCPrefixReserved("gradual");
}

/* How much of a table one transaction changes */
static void
define_batches(void)
{
	DefineCustomIntVariable("gradual.batch_time",
							"Sets the target time of one batch of a backfill.",
							"That long the batch holds its row locks. Longer batches are not faster.",
							&gradual_batch_time,
							10, 1, 10000,
							PGC_USERSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("gradual.direct_pages",
							"Sets the size in pages below which a table is changed by one statement.",
							"0 backfills every table that has a row.",
							&gradual_direct_pages,
							128, 0, INT_MAX,
							PGC_USERSET, 0,
							NULL, NULL, NULL);
}

/* How long we stand in the way of others */
static void
define_locks(void)
{
	DefineCustomIntVariable("gradual.lock_patience",
							"Sets the total time to try for a table lock, or to wait for rows that others hold.",
							"After it the migration fails and names who stood in its way.",
							&gradual_lock_patience,
							600000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	DefineCustomIntVariable("gradual.lock_wait",
							"Sets the longest time that one attempt may stand in lock queues.",
							"All table locks of the attempt together. While it waits, "
							"everybody who comes later to the table waits behind it.",
							&gradual_lock_wait,
							100, 1, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
}

/* How much of the server we use */
static void
define_load(void)
{
	DefineCustomIntVariable("gradual.max_workers",
							"Sets the number of workers that run at the same time in a database.",
							"Further ones stay queued.",
							&gradual_max_workers,
							4, 0, MAX_WORKERS,
							PGC_SIGHUP, 0,
							NULL, NULL, NULL);
	DefineCustomRealVariable("gradual.nice",
							 "Sets the sleep between batches as a multiple of the time of a batch.",
							 "0 does not sleep; 1 works half of the time.",
							 &gradual_nice,
							 0, 0, MAX_NICE,
							 PGC_USERSET, 0,
							 NULL, NULL, NULL);
}

/* Real, since an int of bytes ends at 2 GB, and a plain number shall be bytes. */
static void
define_bytes(const char *name, const char *what, const char *more, double *variable)
{
	DefineCustomRealVariable(name, what, more, variable,
							 0, 0, MAX_BYTES,
							 PGC_USERSET, GUC_UNIT_BYTE,
							 NULL, NULL, NULL);
}

static bool
check_standbys(char **value, void **extra, GucSource source)
{
	char	   *copy = pstrdup(*value);
	List	   *names;
	bool		valid = SplitGUCList(copy, ',', &names);

	if (!valid)
		GUC_check_errdetail("List syntax is invalid.");
	list_free(names);
	pfree(copy);
	return valid;
}

/* A backfill waits for replicas. */
static void
define_replicas(void)
{
	DefineCustomIntVariable("gradual.max_replica_lag",
							"Sets the time behind of a standby beyond which backfills wait.",
							"0 is off.",
							&gradual_max_replica_lag,
							10000, 0, INT_MAX,
							PGC_USERSET, GUC_UNIT_MS,
							NULL, NULL, NULL);
	define_bytes("gradual.max_replica_lag_bytes",
				 "Sets the WAL that a standby has not replayed beyond which backfills wait.",
				 "0 is off.",
				 &gradual_max_replica_lag_bytes);
	define_bytes("gradual.max_slot_wal",
				 "Sets the WAL kept by a replication slot beyond which backfills wait.",
				 "0 is off.",
				 &gradual_max_slot_wal);
	DefineCustomStringVariable("gradual.throttle_standbys",
							   "Names the standbys whose lag counts, by their application_name.",
							   "Empty: all that are connected. One that is named and not connected counts as too far behind.",
							   &gradual_throttle_standbys,
							   "",
							   PGC_USERSET, GUC_LIST_INPUT,
							   check_standbys, NULL, NULL);
}

static bool
check_hours(char **value, void **extra, GucSource source)
{
	bool		includes;

	if (gradual_hours_parse(*value, 0, &includes))
		return true;
	GUC_check_errdetail("It is no list of ranges of hours.");
	GUC_check_errhint("Write ranges as 22:00-06:00, with a comma between two of them.");
	return false;
}

/* A backfill waits for other reasons. */
static void
define_throttles(void)
{
	DefineCustomStringVariable("gradual.allowed_hours",
							   "Sets the hours of the day in which backfills run: 22:00-06:00, 12:30-13:15.",
							   "In the time zone of the database. Empty: always.",
							   &gradual_allowed_hours,
							   "",
							   PGC_USERSET, 0,
							   check_hours, NULL, NULL);
	define_bytes("gradual.max_wal_rate",
				 "Sets the WAL a second of the whole server beyond which backfills wait.",
				 "0 is off.",
				 &gradual_max_wal_rate);
	define_bytes("gradual.min_free_disk",
				 "Sets the free disk space below which backfills wait.",
				 "Of the data directory, of pg_wal, and of the tablespaces of the tables. 0 is off.",
				 &gradual_min_free_disk);
	/* not for the owner of a database: the workers of others would run it */
	DefineCustomStringVariable("gradual.throttle_query",
							   "Sets a query that makes a backfill wait while it returns true.",
							   "It runs as the owner of the migration, between batches. "
							   "Empty is off.",
							   &gradual_throttle_query,
							   "",
							   PGC_SUSET, 0,
							   NULL, NULL, NULL);
}

/* Not for users */
static void
define_internal(void)
{
	DefineCustomStringVariable("gradual.settled_columns",
							   "Names the columns that a running script has filled already.",
							   NULL,
							   &gradual_settled_columns,
							   "",
							   PGC_USERSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE,
							   NULL, NULL, NULL);
	/* an application that sets it would keep its changes from the triggers */
	DefineCustomBoolVariable("gradual.script_writes",
							 "Says that a script writes, and not the application.",
							 NULL,
							 &gradual_script_writes,
							 false,
							 PGC_SUSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
}
