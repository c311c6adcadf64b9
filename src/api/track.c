/*
 * track.c
 *	  Work done outside the database, recorded in the same ledger.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "api/api.h"
#include "base/errors.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/transition.h"

PG_FUNCTION_INFO_V1(gradual_track_start);
PG_FUNCTION_INFO_V1(gradual_track_progress);
PG_FUNCTION_INFO_V1(gradual_track_complete);
PG_FUNCTION_INFO_V1(gradual_track_fail);

/* The tracked migration of that name, which has to be running. */
static GradualMigration *
open_running(const char *name, const char *wish)
{
	GradualMigration *migration = gradual_api_open(name);

	if (!migration->tracked)
		gradual_api_refuse(migration, "track",
						   "It has a script: gradual.start() and complete() steer it.");
	if (migration->status != GRADUAL_RUNNING)
		gradual_api_refuse(migration, wish,
						   psprintf(migration->status == GRADUAL_COMPLETED ?
									"SELECT gradual.has_run(%s);" : "SELECT gradual.track_start(%s);",
									quote_literal_cstr(name)));
	return migration;
}

static void
refuse_start(const GradualMigration *migration)
{
	bool		running = migration->status == GRADUAL_RUNNING;

	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 running ? errmsg("migration \"%s\" is already running", migration->name) :
			 errmsg("migration \"%s\" is already completed", migration->name),
			 errdetail("Its status is %s.", gradual_status_name(migration->status)),
			 errhint(running ? "SELECT gradual.track_fail(%s, 'why'); ends it, so that it can start anew." :
					 "SELECT gradual.has_run(%s);", quote_literal_cstr(migration->name))));
}

Datum
gradual_track_start(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	GradualMigration *migration;

	gradual_api_require_writable();
	gradual_ledger_adopt_restored();
	migration = gradual_ledger_find(name, true, true);
	if (migration == NULL)
	{
		migration = gradual_api_definition(name, "");
		migration->tracked = true;
		(void) gradual_ledger_define(migration);
	}
	migration = gradual_api_open(name);
	if (!migration->tracked)
		gradual_api_refuse(migration, "track",
						   "It has a script: gradual.start() and complete() steer it.");
	if (migration->status == GRADUAL_COMPLETED || migration->status == GRADUAL_RUNNING)
		refuse_start(migration);
	(void) gradual_ledger_transition(migration, GRADUAL_START, -1, 0, NULL, NULL);
	(void) gradual_ledger_transition(migration, GRADUAL_BEGIN, -1, 0, NULL, NULL);
	PG_RETURN_VOID();
}

Datum
gradual_track_progress(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = open_running(gradual_api_text(fcinfo, 0, "name"),
											   "record progress of");

	if (PG_ARGISNULL(1) || PG_GETARG_INT64(1) < 0)
		gradual_api_bad_value("processed", "the number of rows done since the last call, 0 or more");
	gradual_ledger_track_progress(migration->id, PG_GETARG_INT64(1));
	PG_RETURN_VOID();
}

Datum
gradual_track_complete(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = open_running(gradual_api_text(fcinfo, 0, "name"), "complete");

	(void) gradual_ledger_transition(migration, GRADUAL_REACH_COMPLETED, -1, 0, NULL, NULL);
	PG_RETURN_VOID();
}

Datum
gradual_track_fail(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = open_running(gradual_api_text(fcinfo, 0, "name"), "fail");
	char	   *error = gradual_api_text(fcinfo, 1, "error");

	(void) gradual_ledger_transition(migration, GRADUAL_FAIL, -1, 0, error, error);
	PG_RETURN_VOID();
}
