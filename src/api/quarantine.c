/*
 * quarantine.c
 *	  gradual.retry_quarantined()
 */
#include "postgres.h"

#include "utils/guc.h"

#include "api/api.h"
#include "backfill/backfill.h"
#include "backfill/retry.h"
#include "base/errors.h"
#include "base/leftover.h"
#include "base/lock.h"
#include "ledger/quarantine.h"
#include "ledger/steps.h"

PG_FUNCTION_INFO_V1(gradual_retry_quarantined);

/* With a worker at it, the rows would be another's. */
static void
check_status(const GradualMigration *migration)
{
	switch (migration->status)
	{
		case GRADUAL_READY:
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
		case GRADUAL_PAUSED:
			return;
		default:
			gradual_api_refuse(migration, "retry rows of",
							   "It is for a migration that is ready, failed, cancelled or paused.");
	}
}

static void
retry_row(const GradualMigration *migration, const GradualStep *step, GradualQuarantined *row)
{
	ErrorData  *error = gradual_retry(migration, step, row);

	if (error == NULL)
		return;
	row->sqlstate = unpack_sql_state(error->sqlerrcode);
	row->message = error->message;
	gradual_quarantine_add(migration->id, row);
}

Datum
gradual_retry_quarantined(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));
	List	   *temporary = gradual_leftover_temporary();
	int			guc_level = NewGUCNestLevel();
	ListCell   *step,
			   *row;

	check_status(migration);
	gradual_lock_timeouts(GRADUAL_ROW_LOCK_MS, GRADUAL_ROW_DEADLOCK_MS);
	foreach(step, gradual_ledger_steps(migration->id))
	{
		foreach(row, gradual_quarantine_rows(migration->id,
											 ((GradualStep *) lfirst(step))->step, NULL))
			retry_row(migration, lfirst(step), lfirst(row));
	}
	AtEOXact_GUC(false, guc_level);
	gradual_api_refuse_temporary(migration, temporary);
	PG_RETURN_INT64(gradual_quarantine_count(migration->id));
}
