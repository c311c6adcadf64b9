/*
 * claim.c
 *	  How a worker takes a migration over, the rule that ends a crash loop, and
 *	  the adoption of a restored dump.
 *
 * Invariants: a claim locks the migration's row FOR UPDATE first, so it waits
 * until whatever its predecessor wrote is committed or gone; after it every
 * write under the old incarnation finds no row.
 *
 * If we crash here: a claim that was not committed has not happened, and a
 * committed one is on disk, else a crash right after it would not be counted.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"

#include "base/lock.h"
#include "base/spi.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/own.h"
#include "ledger/steps.h"
#include "ledger/transition.h"

#define MAX_VANISHED 3			/* starts in a row */

/* What moves when any work was committed: the done steps and the open cursors. */
#define STANDING \
	"(SELECT pg_catalog.concat_ws(' '," \
	" pg_catalog.count(*) FILTER (WHERE s.status IN ('done', 'undone'))," \
	" pg_catalog.string_agg(pg_catalog.concat_ws(',', s.step, s.status," \
	"  c.processed, c.scanned, c.position), ' ' ORDER BY s.step, c.range)" \
	"  FILTER (WHERE s.status IN ('running', 'failed')))" \
	" FROM gradual.migration_step s" \
	" LEFT JOIN gradual.migration_cursor c ON c.migration = s.migration AND c.step = s.step" \
	" WHERE s.migration = $1)"

/* The same of one range */
#define RANGE_STANDING \
	"pg_catalog.hashtextextended(pg_catalog.concat_ws(',', c.processed, c.scanned, c.position), 0)"

static int	claim_cursors(int32 id, bool vanished);
static void fail_crash_loop(GradualMigration *migration, int step);
static void adopt(int32 id);

GradualMigration *
gradual_ledger_claim(int32 id, int pid)
{
	GradualArgs args = {0};
	GradualArgs claim_args = {0};
	GradualMigration *migration;
	GradualRow *row;
	int			user_code_step;
	bool		vanished;

	gradual_args_int(&args, id);
	row = gradual_own_row("SELECT user_code_step, status = 'running' AND user_code_step <> 0"
						  " FROM gradual.migration WHERE id = $1"
						  " AND status IN ('queued', 'running') AND NOT tracked FOR UPDATE",
						  &args);
	if (row == NULL)
		return NULL;
	user_code_step = gradual_row_int(row, 1, 0);
	vanished = gradual_row_bool(row, 2, false);

	gradual_args_int(&claim_args, id);
	gradual_args_int(&claim_args, pid);
	gradual_own_run("UPDATE gradual.migration SET incarnation = incarnation + 1,"
					" worker_pid = $2,"
					" vanished = CASE WHEN status <> 'running' OR user_code_step = 0 THEN 0"
					"  WHEN user_code_at = " STANDING " THEN vanished + 1 ELSE 1 END,"
					" user_code_step = 0, user_code_at = " STANDING ","
					" updated_at = pg_catalog.clock_timestamp()"
					" WHERE id = $1", &claim_args);
	ForceSyncCommit();

	migration = gradual_ledger_get(id);
	migration->vanished = Max(migration->vanished, claim_cursors(id, vanished));
	if (migration->vanished < MAX_VANISHED)
		return migration;
	fail_crash_loop(migration, user_code_step);
	return NULL;
}

/*
 * Count the cursors' incarnations up, too, so that no helper of the predecessor
 * can save one.  Of several workers those that are well go on between the
 * crashes of another one, so each range that was claimed counts them for itself;
 * returns the largest number.
 */
static int
claim_cursors(int32 id, bool vanished)
{
	GradualArgs args = {0};
	GradualArgs claim_args = {0};

	gradual_args_int(&args, id);
	gradual_args_int(&claim_args, id);
	gradual_args_bool(&claim_args, vanished);
	gradual_own_run("UPDATE gradual.migration_cursor c SET incarnation ="
					"  CASE WHEN c.range = 0 THEN m.incarnation ELSE c.incarnation + 1 END,"
					" vanished = CASE WHEN NOT $2 OR c.done THEN 0"
					"  WHEN c.worker_pid = 0 THEN c.vanished"
					"  WHEN c.vanished_at = " RANGE_STANDING " THEN c.vanished + 1 ELSE 1 END,"
					" vanished_at = " RANGE_STANDING ", worker_pid = 0"
					" FROM gradual.migration m WHERE m.id = $1 AND c.migration = $1", &claim_args);
	return gradual_row_int(gradual_own_row("SELECT pg_catalog.max(vanished) FROM gradual.migration_cursor"
										   " WHERE migration = $1", &args), 1, 0);
}

int
gradual_ledger_others_at_work(void)
{
	List	   *pids = NIL;
	ListCell   *lc;

	gradual_own_lock("gradual.max_workers");
	foreach(lc, gradual_own_rows("SELECT id, 0, worker_pid FROM gradual.migration"
								 " WHERE status = 'running' AND NOT tracked"
								 " UNION ALL SELECT migration, range, worker_pid"
								 " FROM gradual.migration_cursor WHERE range > 0 AND NOT done",
								 NULL))
	{
		GradualRow *row = lfirst(lc);
		int			pid = gradual_row_int(row, 3, 0);

		if (pid != MyProcPid &&
			gradual_worker_alive(gradual_row_int(row, 1, 0), gradual_row_int(row, 2, 0)))
			pids = list_append_unique_int(pids, pid);
	}
	return list_length(pids);
}

/* Which of several that share a transaction it was, nobody knows. */
static char *
steps_at_work(const GradualMigration *migration, int step)
{
	GradualArgs args = {0};
	int			last;

	gradual_args_int(&args, migration->id);
	gradual_args_int(&args, step);
	last = gradual_row_int(gradual_own_row("SELECT pg_catalog.max(o.step)"
										   " FROM gradual.migration_step s"
										   " JOIN gradual.migration_step o ON o.migration = s.migration"
										   "  AND o.transaction = s.transaction"
										   " WHERE s.migration = $1 AND s.step = $2"
										   " AND s.transaction > 0", &args), 1, step);
	return last > step ? psprintf("steps %d to %d, which are one transaction,", step, last) :
		psprintf("step %d", step);
}

static void
fail_crash_loop(GradualMigration *migration, int step)
{
	char	   *error;

	error = psprintf("the worker vanished in %s on %d starts in a row, each time in the"
					 " same place and while code of the user ran: it is not tried again by"
					 " itself; see the log of the server, then gradual.start()",
					 steps_at_work(migration, step), migration->vanished);
	(void) gradual_ledger_step_status(migration->id, migration->incarnation, step,
									  GRADUAL_STEP_FAILED, error);
	gradual_ledger_transition(migration, GRADUAL_FAIL, migration->incarnation, step, error,
							  error);
}

void
gradual_ledger_mark_user_code(int32 id, int64 incarnation, int step, bool running)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_bigint(&args, incarnation);
	gradual_args_int(&args, running ? step : 0);
	gradual_own_run("UPDATE gradual.migration SET user_code_step = $3"
					" WHERE id = $1 AND incarnation = $2 AND user_code_step <> $3", &args);
	ForceSyncCommit();
}

void
gradual_ledger_adopt_restored(void)
{
	GradualArgs args = {0};
	List	   *rows;
	ListCell   *lc;

	gradual_args_bigint(&args, (int64) GetSystemIdentifier());
	gradual_args_oid(&args, OIDOID, MyDatabaseId);
	rows = gradual_own_rows("SELECT id FROM gradual.migration"
							" WHERE system_identifier <> $1 OR database <> $2"
							" ORDER BY id", &args);
	foreach(lc, rows)
		adopt(gradual_row_int(lfirst(lc), 1, 0));
}

/* The row may have been adopted by another session while we waited for it. */
static void
adopt(int32 id)
{
	GradualArgs args = {0};
	GradualMigration *migration;

	gradual_args_int(&args, id);
	gradual_args_bigint(&args, (int64) GetSystemIdentifier());
	gradual_args_oid(&args, OIDOID, MyDatabaseId);
	if (gradual_own_run("UPDATE gradual.migration SET system_identifier = $2, database = $3"
						" WHERE id = $1 AND (system_identifier <> $2 OR database <> $3)",
						&args) == 0)
		return;
	migration = gradual_ledger_get(id);
	if (!migration->tracked &&
		(migration->status == GRADUAL_QUEUED || migration->status == GRADUAL_RUNNING))
		gradual_ledger_transition(migration, GRADUAL_RESTORED, -1, 0,
								  "the migration was started on another server or in"
								  " another database", NULL);
}
