/*
 * transition.c
 *	  From one status to another: the row, its event and the NOTIFY in one
 *	  transaction, that of the caller; and what is shown in between.
 *
 * If we crash here nothing has happened.  A transition that was committed is on
 * disk: its commit is synchronous whatever the session says.
 */
#include "postgres.h"

#include "access/xact.h"
#include "commands/async.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "base/errors.h"
#include "base/spi.h"
#include "ledger/event.h"
#include "ledger/transition.h"
#include "ledger/own.h"

#define CHANNEL "gradual"

/* The call that leads on from a status, for the hint of a refusal. */
static const char *const way_on[] = {
	[GRADUAL_DEFINED] = "SELECT gradual.start",
	[GRADUAL_QUEUED] = "CALL gradual.wait",
	[GRADUAL_RUNNING] = "CALL gradual.wait",
	[GRADUAL_PAUSED] = "SELECT gradual.resume",
	[GRADUAL_READY] = "SELECT gradual.complete",
	[GRADUAL_COMPLETED] = NULL,
	[GRADUAL_FAILED] = "SELECT gradual.start",
	[GRADUAL_CANCELLED] = "SELECT gradual.start",
	[GRADUAL_ROLLED_BACK] = "SELECT gradual.start",
};

static void refuse(const GradualMigration *migration, GradualRequest request);
static char *refusal(const GradualMigration *migration, GradualRequest request);
static void aim(GradualMigration *next, GradualStatus from, GradualRequest request);
static char *write_status(GradualMigration *next, GradualStatus from,
						  GradualRequest request, int64 fence);
static bool is_of_user(GradualRequest request);
static bool is_fresh(GradualStatus from, GradualRequest request);
static void drop_cursors(int32 id);

bool
gradual_ledger_transition(GradualMigration *migration, GradualRequest request,
						  int64 fence, int step, const char *detail, const char *error)
{
	GradualMigration next = *migration;
	GradualStatus from = migration->status;
	GradualEvent event = {0};
	char	   *payload;

	if (!gradual_state_next(from, request, &next.status))
		refuse(migration, request);
	aim(&next, from, request);
	next.error = error ? pstrdup(error) : next.error;
	payload = write_status(&next, from, request, fence);
	if (payload == NULL)
		return false;

	*migration = next;
	if (is_fresh(from, request))
		drop_cursors(migration->id);
	event.migration = migration->name;
	event.event = gradual_request_name(request);
	event.author = gradual_event_author(fence >= 0 && MyBackendType == B_BG_WORKER);
	event.from = gradual_status_name(from);
	event.to = gradual_status_name(migration->status);
	event.step = step;
	event.detail = detail;
	gradual_event_write(&event);
	if (migration->status != from)
		Async_Notify(CHANNEL, payload);
	ForceSyncCommit();
	return true;
}

/*
 * Who wanted to stop what stands already must not take the call that leads on for
 * one that stops.
 */
static char *
hint_of(const GradualMigration *migration, GradualRequest request)
{
	bool		to_stop = request == GRADUAL_PAUSE || request == GRADUAL_CANCEL;
	const char *way = way_on[migration->status];
	const char *name = quote_literal_cstr(migration->name);

	if (way == NULL)
		return request == GRADUAL_START ?
			psprintf("Nothing is left to do. SELECT gradual.has_run(%s); says so, too.", name) :
			pstrdup("Nothing is left to do.");
	return psprintf(to_stop ? "Nobody works on it. %s(%s); goes on." : "%s(%s);", way, name);
}

static void
refuse(const GradualMigration *migration, GradualRequest request)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("%s", refusal(migration, request)),
			 errdetail("Its status is %s.", gradual_status_name(migration->status)),
			 errhint("%s", hint_of(migration, request))));
}

static char *
refusal(const GradualMigration *migration, GradualRequest request)
{
	if (request != GRADUAL_START)
		return psprintf("cannot %s migration \"%s\"", gradual_request_name(request),
						migration->name);
	if (migration->status == GRADUAL_COMPLETED)
		return psprintf("migration \"%s\" is already completed", migration->name);
	return psprintf("migration \"%s\" is already running", migration->name);
}

/*
 * Goal, phase and what else follows from the request.  The error is cleared, but
 * for that of a failed prepare: it is shown until another request of the user.
 */
static void
aim(GradualMigration *next, GradualStatus from, GradualRequest request)
{
	next->activity = NULL;
	if (!next->fell_back || request == GRADUAL_START || request == GRADUAL_REQUEST_ROLLBACK)
		next->error = NULL;
	switch (request)
	{
		case GRADUAL_START:
			if (is_fresh(from, request))
				next->phase = GRADUAL_NO_PHASE;
			next->fell_back = false;
			break;
		case GRADUAL_COMPLETE:
			next->goal = GRADUAL_TO_COMPLETED;
			break;
		case GRADUAL_REQUEST_ROLLBACK:
			next->goal = GRADUAL_TO_ROLLED_BACK;
			next->phase = GRADUAL_ROLLBACK;
			next->restart = false;
			next->fell_back = false;
			break;
		case GRADUAL_FALL_BACK:
			next->goal = GRADUAL_TO_READY;
			next->phase = GRADUAL_PHASE_READY;
			next->fell_back = false;
			break;
		case GRADUAL_REACH_READY:
			next->phase = GRADUAL_PHASE_READY;
			break;
		case GRADUAL_REACH_COMPLETED:
		case GRADUAL_REACH_ROLLED_BACK:
			next->phase = GRADUAL_NO_PHASE;
			break;
		case GRADUAL_RESTORED:
			next->activity = psprintf("restored; gradual.resume(%s) to go on here",
									  quote_literal_cstr(next->name));
			break;
		default:
			break;
	}
}

/*
 * Returns the payload for NOTIFY, or NULL if a fenced write found another
 * incarnation or status.  A request of a user begins the count of crashes anew.
 */
static char *
write_status(GradualMigration *next, GradualStatus from, GradualRequest request, int64 fence)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, next->id);
	gradual_args_text(&args, gradual_status_name(from));
	gradual_args_bigint(&args, fence);
	gradual_args_text(&args, gradual_status_name(next->status));
	gradual_args_text(&args, gradual_phase_name(next->phase));
	gradual_args_text(&args, gradual_goal_name(next->goal));
	gradual_args_text(&args, next->activity);
	gradual_args_text(&args, next->error);
	gradual_args_bool(&args, is_fresh(from, request));
	gradual_args_bool(&args, request == GRADUAL_START);
	gradual_args_bool(&args, is_of_user(request));
	gradual_args_bool(&args, next->restart);
	gradual_args_bool(&args, next->fell_back);
	row = gradual_own_row("UPDATE gradual.migration SET status = $4, phase = $5, goal = $6,"
						  " activity = $7, error = $8, restart = $12, fell_back = $13,"
						  " updated_at = pg_catalog.clock_timestamp(),"
						  " started_at = CASE WHEN $9 OR started_at IS NULL"
						  "  THEN pg_catalog.clock_timestamp() ELSE started_at END,"
						  " completed_at = CASE WHEN $4 = 'completed'"
						  "  THEN pg_catalog.clock_timestamp() END,"
						  " tracked_processed = CASE WHEN $10 THEN 0 ELSE tracked_processed END,"
						  " vanished = CASE WHEN $11 THEN 0 ELSE vanished END,"
						  " user_code_step = CASE WHEN $11 THEN 0 ELSE user_code_step END,"
						  " user_code_at = CASE WHEN $11 THEN NULL ELSE user_code_at END"
						  " WHERE id = $1 AND status = $2 AND ($3 < 0 OR incarnation = $3)"
						  " RETURNING pg_catalog.jsonb_build_object('name', name, 'status', status,"
						  "  'phase', phase, 'at', updated_at)::text, started_at, updated_at",
						  &args);
	if (row == NULL && fence < 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("the status of migration \"%s\" has just been changed", next->name),
				 errdetail("It was %s.", gradual_status_name(from)),
				 errhint("Try again.")));
	if (row == NULL)
		return NULL;
	next->started_at = DatumGetTimestampTz(row->values[1]);
	next->updated_at = DatumGetTimestampTz(row->values[2]);
	if (is_of_user(request))
		next->vanished = 0;
	return gradual_row_text(row, 1);
}

static bool
is_of_user(GradualRequest request)
{
	switch (request)
	{
		case GRADUAL_START:
		case GRADUAL_COMPLETE:
		case GRADUAL_REQUEST_ROLLBACK:
		case GRADUAL_PAUSE:
		case GRADUAL_RESUME:
		case GRADUAL_CANCEL:
			return true;
		default:
			return false;
	}
}

/* A start from scratch, not one that goes on. */
static bool
is_fresh(GradualStatus from, GradualRequest request)
{
	return request == GRADUAL_START &&
		(from == GRADUAL_DEFINED || from == GRADUAL_ROLLED_BACK);
}

static void
drop_cursors(int32 id)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_own_run("DELETE FROM gradual.migration_cursor WHERE migration = $1", &args);
}

void
gradual_ledger_set_goal(GradualMigration *migration, GradualGoal goal, bool force)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration->id);
	gradual_args_text(&args, gradual_goal_name(goal));
	gradual_args_bool(&args, force);
	gradual_own_run("UPDATE gradual.migration SET goal = $2, force = $3,"
					" updated_at = pg_catalog.clock_timestamp() WHERE id = $1", &args);
	migration->goal = goal;
	migration->force = force;
}

void
gradual_ledger_fall_back(GradualMigration *migration, const char *error)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration->id);
	gradual_args_bigint(&args, migration->incarnation);
	gradual_args_text(&args, error);
	if (gradual_own_run("UPDATE gradual.migration SET goal = 'ready', error = $3,"
						" fell_back = true, updated_at = pg_catalog.clock_timestamp()"
						" WHERE id = $1 AND incarnation = $2", &args) == 0)
		return;
	migration->goal = GRADUAL_TO_READY;
	migration->error = error ? pstrdup(error) : NULL;
	migration->fell_back = true;
}

void
gradual_ledger_restarted(GradualMigration *migration)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_int(&args, migration->id);
	gradual_args_bigint(&args, migration->incarnation);
	gradual_args_text_list(&args, migration->tables);
	gradual_args_bool(&args, migration->waits_its_turn);
	row = gradual_own_row("UPDATE gradual.migration SET goal = 'ready', phase = NULL,"
						  " activity = NULL, restart = false, tables = $3, waits_its_turn = $4,"
						  " started_at = pg_catalog.clock_timestamp(),"
						  " updated_at = pg_catalog.clock_timestamp()"
						  " WHERE id = $1 AND incarnation = $2 RETURNING started_at", &args);
	if (row == NULL)
		gradual_own_fenced(migration->id);
	drop_cursors(migration->id);
	migration->goal = GRADUAL_TO_READY;
	migration->phase = GRADUAL_NO_PHASE;
	migration->activity = NULL;
	migration->restart = false;
	migration->started_at = DatumGetTimestampTz(row->values[0]);
}

bool
gradual_ledger_set_phase(GradualMigration *migration, GradualPhase phase)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration->id);
	gradual_args_bigint(&args, migration->incarnation);
	gradual_args_text(&args, gradual_phase_name(phase));
	if (gradual_own_run("UPDATE gradual.migration SET phase = $3, activity = NULL,"
						" updated_at = pg_catalog.clock_timestamp()"
						" WHERE id = $1 AND incarnation = $2", &args) == 0)
		return false;
	migration->phase = phase;
	migration->activity = NULL;
	return true;
}

/* Leaves 'updated_at' alone: it is not a reason to read the row again. */
void
gradual_ledger_set_activity(int32 id, const char *activity)
{
	GradualArgs args = {0};

	gradual_args_int(&args, id);
	gradual_args_text(&args, activity);
	gradual_own_run("UPDATE gradual.migration SET activity = $2"
					" WHERE id = $1 AND activity IS DISTINCT FROM $2", &args);
}
