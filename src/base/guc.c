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

#include "base/guc.h"

#define MAX_NICE 100.0
#define MAX_WORKERS 1024

int			gradual_batch_time = 10;
int			gradual_lock_wait = 100;
int			gradual_lock_patience = 600000;
int			gradual_direct_pages = 128;
double		gradual_nice = 0;
bool		gradual_allow_blocking = false;
char	   *gradual_settled_columns = NULL;
bool		gradual_script_writes = false;
char	   *gradual_throttle_query = NULL;
int			gradual_max_workers = 4;

static void define_batches(void);
static void define_locks(void);
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
define_throttles(void)
{
	DefineCustomIntVariable("gradual.max_workers",
							"Sets the number of migrations that run at the same time in a database.",
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
	DefineCustomStringVariable("gradual.throttle_query",
							   "Sets a query that makes a backfill wait while it returns true.",
							   "It runs as the owner of the migration, between batches. "
							   "Empty is off.",
							   &gradual_throttle_query,
							   "",
							   PGC_USERSET, 0,
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
	DefineCustomBoolVariable("gradual.script_writes",
							 "Says that a script writes, and not the application.",
							 NULL,
							 &gradual_script_writes,
							 false,
							 PGC_USERSET, GUC_NO_SHOW_ALL | GUC_NOT_IN_SAMPLE,
							 NULL, NULL, NULL);
}
