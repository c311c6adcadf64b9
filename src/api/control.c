/*
 * control.c
 *	  The functions that change the state of a migration: start, complete,
 *	  rollback, pause, resume, cancel, alter, forget.
 *
 * Each locks the migration's row, asks the table of transitions, writes one
 * transition, and wakes or interrupts a worker when its transaction commits.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "api/api.h"
#include "api/interval.h"
#include "api/require.h"
#include "base/errors.h"
#include "base/guc.h"
#include "base/lock.h"
#include "ledger/cursor.h"
#include "ledger/event.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "ledger/transition.h"
#include "plan/plan.h"
#include "run/launch.h"
#include "run/scheduler.h"
#include "script/session.h"

PG_FUNCTION_INFO_V1(gradual_start);
PG_FUNCTION_INFO_V1(gradual_complete);
PG_FUNCTION_INFO_V1(gradual_rollback);
PG_FUNCTION_INFO_V1(gradual_pause);
PG_FUNCTION_INFO_V1(gradual_resume);
PG_FUNCTION_INFO_V1(gradual_cancel);
PG_FUNCTION_INFO_V1(gradual_alter);
PG_FUNCTION_INFO_V1(gradual_has_run);
PG_FUNCTION_INFO_V1(gradual_forget);

static void start_again(GradualMigration *migration, bool reset);
static void request(GradualMigration *migration, GradualRequest what, const char *detail);
static void launch(GradualMigration *migration);

static Datum
status_datum(GradualStatus status)
{
	return CStringGetTextDatum(gradual_status_name(status));
}

static void
notice(const GradualMigration *migration, const char *state)
{
	ereport(NOTICE, (errmsg("migration \"%s\" is %s already", migration->name, state)));
}

static bool
is_interrupted(const GradualMigration *migration)
{
	return (migration->status == GRADUAL_RUNNING || migration->status == GRADUAL_QUEUED) &&
		!gradual_worker_alive(migration->id, 0);
}

/* Stop the workers at their next batch, or in the middle of a long statement. */
static void
stop_worker(GradualMigration *migration)
{
	ListCell   *lc;

	if (gradual_worker_alive(migration->id, 0))
		gradual_interrupt_at_commit(migration->id, 0, migration->worker_pid);
	foreach(lc, gradual_cursor_claimed(migration->id))
	{
		GradualCursor *range = lfirst(lc);

		if (range->worker_pid != migration->worker_pid &&
			gradual_worker_alive(migration->id, range->range))
			gradual_interrupt_at_commit(migration->id, range->range, range->worker_pid);
	}
}

/* --- start --- */

/* Where it is refused, the table of transitions refuses: request() raises. */
GradualStatus
gradual_api_start(const char *name, bool auto_complete, bool reset)
{
	GradualMigration *migration = gradual_api_open(name);

	gradual_api_refuse_tracked(migration);
	switch (migration->status)
	{
		case GRADUAL_RUNNING:
			if (!is_interrupted(migration))
				request(migration, GRADUAL_START, NULL);
			ereport(NOTICE,
					(errmsg("migration \"%s\" was interrupted and goes on", name)));
			launch(migration);
			return migration->status;
		case GRADUAL_QUEUED:
		case GRADUAL_COMPLETED:
			request(migration, GRADUAL_START, NULL);
			break;
		case GRADUAL_PAUSED:
			gradual_api_refuse(migration, "start",
							   psprintf("SELECT gradual.resume(%s);", quote_literal_cstr(name)));
		case GRADUAL_READY:
			gradual_api_refuse(migration, "start",
							   psprintf("SELECT gradual.complete(%s);", quote_literal_cstr(name)));
		case GRADUAL_DEFINED:
		case GRADUAL_ROLLED_BACK:
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			break;
	}
	migration->session_role = gradual_launch_session_role(migration->owner,
														  GetSessionUserId());
	migration->auto_complete = auto_complete;
	migration->foreground = false;
	migration->force = false;
	if (migration->status == GRADUAL_FAILED || migration->status == GRADUAL_CANCELLED)
		start_again(migration, reset);
	else
		gradual_api_prepare_start(migration);
	gradual_ledger_store_start(migration);
	request(migration, GRADUAL_START, reset ? "reset" : NULL);
	launch(migration);
	return migration->status;
}

/* The settings that count from now on are those of the caller of start(), but for its own. */
static void
take_settings(GradualMigration *migration)
{
	migration->settings = gradual_session_settings();
	migration->batch_time = migration->own_batch_time > 0 ?
		migration->own_batch_time : gradual_batch_time;
	migration->lock_wait = gradual_lock_wait;
	migration->lock_patience = gradual_lock_patience;
	migration->direct_pages = gradual_direct_pages;
	migration->allow_blocking = gradual_allow_blocking;
	migration->nice = migration->own_nice >= 0 ? migration->own_nice : gradual_nice;
}

void
gradual_api_prepare_start(GradualMigration *migration)
{
	List	   *before = gradual_ledger_steps(migration->id);
	List	   *steps;

	gradual_require_dependencies(migration);
	take_settings(migration);
	steps = gradual_api_compile(migration);
	gradual_require_tables(migration);
	if (before != NIL && gradual_plan_differs(before, steps))
		ereport(NOTICE,
				(errmsg("the plan of migration \"%s\" changed since it was defined",
						migration->name),
				 errhint("SELECT * FROM gradual.plan(%s);",
						 quote_literal_cstr(migration->name))));
	gradual_ledger_store_steps(migration->id, steps);
	migration->goal = GRADUAL_TO_READY;
}

/* After a failure or cancel: from the cursor, or from scratch after an undo. */
static void
start_again(GradualMigration *migration, bool reset)
{
	List	   *steps = gradual_ledger_steps(migration->id);

	take_settings(migration);
	gradual_require_tables(migration);
	if (gradual_is_swapped(steps))
	{
		if (reset)
			gradual_api_refuse(migration, "reset",
							   "Its swap has happened; start without reset finishes it.");
		migration->goal = GRADUAL_TO_COMPLETED;
		return;
	}
	migration->goal = GRADUAL_TO_READY;
	if (!reset)
	{
		gradual_require_true_copies(migration, steps);
		return;
	}
	gradual_require_reversible(migration, gradual_scheduler_irreversible(migration->id, steps),
							   "reset");
	gradual_require_undoable(migration, steps);
	migration->goal = GRADUAL_TO_ROLLED_BACK;
	migration->restart = true;
}

Datum
gradual_start(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	bool		auto_complete = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	bool		reset = !PG_ARGISNULL(2) && PG_GETARG_BOOL(2);

	return status_datum(gradual_api_start(name, auto_complete, reset));
}

/* --- complete, rollback --- */

GradualStatus
gradual_api_complete(const char *name, bool force)
{
	GradualMigration *migration = gradual_api_open(name);

	gradual_api_refuse_tracked(migration);
	if (migration->status == GRADUAL_COMPLETED)
	{
		notice(migration, "completed");
		return migration->status;
	}
	if ((migration->status == GRADUAL_QUEUED || migration->status == GRADUAL_RUNNING) &&
		migration->goal == GRADUAL_TO_COMPLETED)
	{
		notice(migration, "being completed");
		if (is_interrupted(migration))
			launch(migration);
		return migration->status;
	}
	if (migration->status != GRADUAL_READY)
		request(migration, GRADUAL_COMPLETE, NULL);
	gradual_require_no_quarantined(migration, force);
	if (!force)
		gradual_require_unused(migration);
	gradual_ledger_set_goal(migration, GRADUAL_TO_COMPLETED, force);
	request(migration, GRADUAL_COMPLETE, force ? "force" : NULL);
	launch(migration);
	return migration->status;
}

Datum
gradual_complete(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");

	return status_datum(gradual_api_complete(name, !PG_ARGISNULL(1) && PG_GETARG_BOOL(1)));
}

Datum
gradual_rollback(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	bool		force = !PG_ARGISNULL(1) && PG_GETARG_BOOL(1);
	GradualMigration *migration = gradual_api_open(name);
	List	   *steps = gradual_ledger_steps(migration->id);
	GradualStep *lost;

	gradual_api_refuse_tracked(migration);
	if (migration->status == GRADUAL_ROLLED_BACK)
	{
		notice(migration, "rolled back");
		return status_datum(migration->status);
	}
	if (migration->status == GRADUAL_DEFINED)
		gradual_api_refuse(migration, "roll back",
						   psprintf("Nothing has run. SELECT gradual.forget(%s); removes it.",
									quote_literal_cstr(name)));
	if (migration->status == GRADUAL_COMPLETED)
		gradual_api_refuse(migration, "roll back", "After the swap there is only forward.");
	if (gradual_is_swapped(steps))
		gradual_api_refuse(migration, "roll back",
						   psprintf("After the swap there is only forward: SELECT gradual.start(%s); or, if what is left cannot succeed, SELECT gradual.forget(%s);",
									quote_literal_cstr(name), quote_literal_cstr(name)));
	lost = gradual_scheduler_irreversible(migration->id, steps);
	if (!force)
		gradual_require_reversible(migration, lost, "roll back");
	gradual_require_undoable(migration, steps);

	gradual_ledger_set_goal(migration, GRADUAL_TO_ROLLED_BACK, force);
	if (migration->foreground)
		gradual_ledger_set_foreground(migration->id, false);
	request(migration, GRADUAL_REQUEST_ROLLBACK, lost == NULL ? NULL :
			psprintf("step %d (%s on %s): its changes of rows stay", lost->step,
					 lost->action, lost->target));
	stop_worker(migration);
	migration->foreground = false;
	launch(migration);
	return status_datum(migration->status);
}

/* --- pause, resume, cancel --- */

Datum
gradual_pause(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	gradual_api_refuse_tracked(migration);
	if (migration->status == GRADUAL_PAUSED)
	{
		notice(migration, "paused");
		return status_datum(migration->status);
	}
	request(migration, GRADUAL_PAUSE, NULL);
	stop_worker(migration);
	return status_datum(migration->status);
}

GradualStatus
gradual_api_resume(const char *name)
{
	GradualMigration *migration = gradual_api_open(name);

	gradual_api_refuse_tracked(migration);
	if ((migration->status == GRADUAL_QUEUED || migration->status == GRADUAL_RUNNING) &&
		!migration->foreground)
	{
		if (is_interrupted(migration))
			launch(migration);
		else
			notice(migration, gradual_status_name(migration->status));
		return migration->status;
	}

	/* from run_batch(), too: whoever drove it hands over to a worker */
	migration->session_role = gradual_launch_session_role(migration->owner,
														  GetSessionUserId());
	migration->foreground = false;
	gradual_ledger_store_start(migration);
	if (migration->status != GRADUAL_QUEUED)
		request(migration, GRADUAL_RESUME, NULL);
	launch(migration);
	return migration->status;
}

Datum
gradual_resume(PG_FUNCTION_ARGS)
{
	return status_datum(gradual_api_resume(gradual_api_text(fcinfo, 0, "name")));
}

Datum
gradual_cancel(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	gradual_api_refuse_tracked(migration);
	if (migration->status == GRADUAL_CANCELLED)
	{
		notice(migration, "cancelled");
		return status_datum(migration->status);
	}
	request(migration, GRADUAL_CANCEL, NULL);
	stop_worker(migration);
	return status_datum(migration->status);
}

static void
request(GradualMigration *migration, GradualRequest what, const char *detail)
{
	(void) gradual_ledger_transition(migration, what, -1, 0, detail, NULL);
}

/* Whoever it connected as before may be gone by now. */
static void
launch(GradualMigration *migration)
{
	if (!migration->foreground)
	{
		Oid			role = gradual_launch_role(migration);

		if (role != migration->session_role)
			gradual_ledger_set_session_role(migration->id, role);
		migration->session_role = role;
		gradual_launch_at_commit(migration->id, migration->session_role);
	}
	gradual_launch_revive();
}

/* --- alter, has_run, forget --- */

Datum
gradual_alter(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	if (!PG_ARGISNULL(1))
	{
		migration->batch_size = PG_GETARG_INT32(1);
		if (migration->batch_size < 0)
			gradual_api_bad_value("batch_size", "at least 1, or 0 for an adaptive size");
	}
	if (!PG_ARGISNULL(2))
		migration->own_batch_time = migration->batch_time =
			gradual_api_batch_time(PG_GETARG_INTERVAL_P(2));
	if (!PG_ARGISNULL(3))
	{
		migration->workers = PG_GETARG_INT32(3);
		if (migration->workers < 1 || migration->workers > GRADUAL_MAX_WORKERS)
			gradual_api_bad_value("workers", psprintf("between 1 and %d", GRADUAL_MAX_WORKERS));
	}
	if (!PG_ARGISNULL(4))
	{
		migration->own_nice = migration->nice = PG_GETARG_FLOAT8(4);
		if (!(migration->nice >= 0 && migration->nice <= 100))
			gradual_api_bad_value("nice", "between 0 and 100");
	}
	gradual_ledger_store_settings(migration);
	gradual_ledger_event(migration->name, "alter", 0,
						 psprintf("batch_size %d, batch_time %g ms, workers %d, nice %g",
								  migration->batch_size, migration->batch_time,
								  migration->workers, migration->nice));
	PG_RETURN_VOID();
}

Datum
gradual_has_run(PG_FUNCTION_ARGS)
{
	GradualMigration *migration =
	gradual_ledger_find(gradual_api_text(fcinfo, 0, "name"), false, true);

	PG_RETURN_BOOL(migration != NULL && migration->status == GRADUAL_COMPLETED);
}

/*
 * After the swap nothing of ours is left at the tables, and a statement of the
 * script that can never succeed must not hold them for ever.
 */
static bool
is_forgettable(const GradualMigration *migration)
{
	switch (migration->status)
	{
		case GRADUAL_DEFINED:
		case GRADUAL_COMPLETED:
		case GRADUAL_ROLLED_BACK:
			return true;
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			return migration->tracked || gradual_is_swapped(gradual_ledger_steps(migration->id));
		default:
			return false;
	}
}

Datum
gradual_forget(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	if (!is_forgettable(migration))
		gradual_api_refuse_begun(migration, "forget",
								 "Only what is defined, completed or rolled back can be forgotten");
	gradual_ledger_forget(migration->id);
	PG_RETURN_VOID();
}
