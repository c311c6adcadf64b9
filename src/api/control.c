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
#include "base/errors.h"
#include "base/guc.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/spi.h"
#include "ledger/event.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "ledger/transition.h"
#include "ledger/use.h"
#include "plan/plan.h"
#include "run/launch.h"
#include "run/scheduler.h"

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
refuse_tracked(const GradualMigration *migration)
{
	if (migration->tracked)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" is tracked only", migration->name),
				 errdetail("Its work is done outside the database."),
				 errhint("Use gradual.track_start(), track_progress(), track_complete() and track_fail().")));
	return false;
}

static bool
is_interrupted(const GradualMigration *migration)
{
	return (migration->status == GRADUAL_RUNNING || migration->status == GRADUAL_QUEUED) &&
		!gradual_worker_alive(migration->id);
}

/* --- start --- */

/* Where it is refused, the table of transitions refuses: request() raises. */
GradualStatus
gradual_api_start(const char *name, bool auto_complete, bool reset)
{
	GradualMigration *migration = gradual_api_open(name);

	refuse_tracked(migration);
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

/* The settings that count from now on are those of the caller of start(). */
static void
take_settings(GradualMigration *migration)
{
	migration->batch_time = migration->define_batch_time > 0 ?
		migration->define_batch_time : gradual_batch_time;
	migration->lock_wait = gradual_lock_wait;
	migration->lock_patience = gradual_lock_patience;
	migration->direct_pages = gradual_direct_pages;
	migration->allow_blocking = gradual_allow_blocking;
	migration->nice = gradual_nice;
}

/* What brings another migration on its way to completed. */
static char *
next_call(const GradualMigration *other)
{
	const char *name = quote_literal_cstr(other->name);

	if (other->tracked)
		return psprintf("SELECT gradual.track_complete(%s);", name);
	switch (other->status)
	{
		case GRADUAL_READY:
			return psprintf("SELECT gradual.complete(%s);", name);
		case GRADUAL_PAUSED:
			return psprintf("SELECT gradual.resume(%s);", name);
		case GRADUAL_QUEUED:
		case GRADUAL_RUNNING:
			return psprintf("CALL gradual.wait(%s);", name);
		default:
			return psprintf("SELECT gradual.start(%s);", name);
	}
}

static void
require_tables(GradualMigration *migration)
{
	char	   *table;
	char	   *holder = gradual_ledger_holder_of(migration->id, migration->tables, &table);

	if (holder == NULL || migration->waits_its_turn)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_IN_USE),
			 errmsg("cannot start migration \"%s\": migration \"%s\" holds table %s",
					migration->name, holder, table),
			 errdetail("One unfinished migration at a time may change a table."),
			 errhint("%s", next_call(gradual_ledger_find(holder, false, false)))));
}

static void
refuse_dependent(const GradualMigration *migration, const char *open)
{
	GradualMigration *dependency = gradual_ledger_find(open, false, true);

	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot start migration \"%s\": it depends on \"%s\"",
					migration->name, open),
			 dependency == NULL ?
			 errdetail("Migration \"%s\" does not exist.", open) :
			 errdetail("The status of \"%s\" is %s.", open,
					   gradual_status_name(dependency->status)),
			 dependency == NULL ? 0 : errhint("%s", next_call(dependency))));
}

void
gradual_api_prepare_start(GradualMigration *migration)
{
	char	   *open = gradual_ledger_open_dependency(migration->depends_on);
	List	   *before = gradual_ledger_steps(migration->id);
	List	   *steps;

	if (open != NULL)
		refuse_dependent(migration, open);
	take_settings(migration);
	steps = gradual_api_compile(migration);
	require_tables(migration);
	if (before != NIL && gradual_plan_differs(before, steps))
		ereport(NOTICE,
				(errmsg("the plan of migration \"%s\" changed since it was defined",
						migration->name),
				 errhint("SELECT * FROM gradual.plan(%s);",
						 quote_literal_cstr(migration->name))));
	gradual_ledger_store_steps(migration->id, steps);
	migration->goal = GRADUAL_TO_READY;
}

/* Raise if a step changed rows that a rollback could not bring back. */
static void
require_reversible(GradualMigration *migration, List *steps, const char *wish)
{
	GradualStep *step = gradual_scheduler_irreversible(migration->id, steps);

	if (step == NULL)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot %s migration \"%s\": step %d cannot be undone",
					wish, migration->name, step->step),
			 errdetail("Step %d (%s on %s) has changed rows whose former values are not kept.",
					   step->step, step->action, step->target),
			 errhint("SELECT gradual.rollback(%s, force => true); undoes everything else and leaves these changes in place.",
					 quote_literal_cstr(migration->name))));
}

/* Has the contract's swap happened?  From then on there is only forward. */
static bool
is_swapped(List *steps)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->phase >= GRADUAL_SWAP && step->status == GRADUAL_STEP_DONE)
			return true;
	}
	return false;
}

/* Rows that came since the step, and would make its undo fail. */
static void
refuse_violators(const GradualMigration *migration, const GradualStep *step,
				 const GradualRow *found)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot roll back migration \"%s\": step %d cannot be undone",
					migration->name, step->step),
			 errdetail("Undoing step %d (%s on %s) fails while there are rows that do not fit any more: "
					   INT64_FORMAT ". The first of them: %s.",
					   step->step, step->action, step->target,
					   gradual_row_bigint(found, 1, 0), gradual_row_text(found, 2)),
			 errhint("Change or delete these rows, then SELECT gradual.rollback(%s);",
					 quote_literal_cstr(migration->name))));
}

/*
 * Before anything is undone: would the undo of each step succeed?  As the owner,
 * whose rows these are.
 */
static void
require_undoable(const GradualMigration *migration, List *steps)
{
	GradualIdentity identity;
	ListCell   *lc,
			   *lm;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, NIL);
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->status != GRADUAL_STEP_DONE)
			continue;
		foreach(lm, step->undo_checks)
		{
			GradualRow *found = gradual_spi_row(lfirst(lm), NULL);

			if (found != NULL && gradual_row_bigint(found, 1, 0) > 0)
				refuse_violators(migration, step, found);
		}
	}
	gradual_identity_leave(&identity);
}

/* After a failure or cancel: from the cursor, or from scratch after an undo. */
static void
start_again(GradualMigration *migration, bool reset)
{
	List	   *steps = gradual_ledger_steps(migration->id);

	take_settings(migration);
	require_tables(migration);
	if (is_swapped(steps))
	{
		if (reset)
			gradual_api_refuse(migration, "reset",
							   "Its swap has happened; start without reset finishes it.");
		migration->goal = GRADUAL_TO_COMPLETED;
		return;
	}
	migration->goal = GRADUAL_TO_READY;
	if (!reset)
		return;
	require_reversible(migration, steps, "reset");
	require_undoable(migration, steps);
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

/* '1 row', '2 rows' */
static char *
counted(int64 number, const char *noun)
{
	return psprintf(INT64_FORMAT " %s%s", number, noun, number == 1 ? "" : "s");
}

/* Raise if somebody has used a table that is about to be dropped. */
static void
require_unused(const GradualMigration *migration)
{
	GradualUse *use = gradual_use_find(migration);

	if (use == NULL)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_IN_USE),
			 errmsg("cannot complete migration \"%s\": it would drop %s, which is still used",
					migration->name, use->table),
			 errdetail("Since the migration became ready: %s, %s inserted, " INT64_FORMAT " updated, " INT64_FORMAT " deleted.",
					   counted(use->scans, "scan"), counted(use->inserted, "row"),
					   use->updated, use->deleted),
			 errhint("SELECT gradual.cancel(%1$s); SELECT gradual.start(%1$s); counts anew. SELECT gradual.complete(%1$s, force => true); drops it all the same.",
					 quote_literal_cstr(migration->name))));
}

GradualStatus
gradual_api_complete(const char *name, bool force)
{
	GradualMigration *migration = gradual_api_open(name);

	refuse_tracked(migration);
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
	if (!force)
		require_unused(migration);
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

	refuse_tracked(migration);
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
	if (is_swapped(steps))
		gradual_api_refuse(migration, "roll back",
						   psprintf("After the swap there is only forward: SELECT gradual.start(%s); or, if what is left cannot succeed, SELECT gradual.forget(%s);",
									quote_literal_cstr(name), quote_literal_cstr(name)));
	lost = gradual_scheduler_irreversible(migration->id, steps);
	if (lost != NULL && !force)
		require_reversible(migration, steps, "roll back");

	require_undoable(migration, steps);

	gradual_ledger_set_goal(migration, GRADUAL_TO_ROLLED_BACK, force);
	if (migration->foreground)
		gradual_ledger_set_foreground(migration->id, false);
	request(migration, GRADUAL_REQUEST_ROLLBACK, lost == NULL ? NULL :
			psprintf("step %d (%s on %s): its changes of rows stay", lost->step,
					 lost->action, lost->target));
	if (gradual_worker_alive(migration->id))
		gradual_interrupt_at_commit(migration->id, migration->worker_pid);
	migration->session_role = gradual_launch_session_role(migration->owner,
														  GetSessionUserId());
	gradual_launch_at_commit(migration->id, migration->session_role);
	return status_datum(migration->status);
}

/* --- pause, resume, cancel --- */

/* Stop the worker at its next batch, or in the middle of a long statement. */
static void
stop_worker(GradualMigration *migration)
{
	if (gradual_worker_alive(migration->id))
		gradual_interrupt_at_commit(migration->id, migration->worker_pid);
}

Datum
gradual_pause(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	refuse_tracked(migration);
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

	refuse_tracked(migration);
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

	refuse_tracked(migration);
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

static void
launch(GradualMigration *migration)
{
	if (!migration->foreground)
		gradual_launch_at_commit(migration->id, migration->session_role);
	gradual_launch_revive();
}

/* --- alter, has_run, forget --- */

static void
bad_setting(const char *argument, const char *allowed)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"%s\"", argument),
			 errdetail("It must be %s.", allowed)));
}

Datum
gradual_alter(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	if (!PG_ARGISNULL(1))
	{
		migration->batch_size = PG_GETARG_INT32(1);
		if (migration->batch_size < 0)
			bad_setting("batch_size", "at least 1, or 0 for an adaptive size");
	}
	if (!PG_ARGISNULL(2))
		migration->batch_time = gradual_api_batch_time(PG_GETARG_INTERVAL_P(2));
	if (!PG_ARGISNULL(3) && PG_GETARG_INT32(3) != 1)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("more than one worker for one backfill is not supported yet")));
	if (!PG_ARGISNULL(4))
	{
		migration->nice = PG_GETARG_FLOAT8(4);
		if (!(migration->nice >= 0 && migration->nice <= 100))
			bad_setting("nice", "between 0 and 100");
	}
	gradual_ledger_store_settings(migration);
	gradual_ledger_event(migration->name, "alter", 0,
						 psprintf("batch_size %d, batch_time %g ms, nice %g",
								  migration->batch_size, migration->batch_time,
								  migration->nice));
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
			return migration->tracked || is_swapped(gradual_ledger_steps(migration->id));
		default:
			return false;
	}
}

Datum
gradual_forget(PG_FUNCTION_ARGS)
{
	GradualMigration *migration = gradual_api_open(gradual_api_text(fcinfo, 0, "name"));

	if (!is_forgettable(migration))
		gradual_api_refuse(migration, "forget",
						   "Only what is defined, completed or rolled back can be forgotten.");
	gradual_ledger_forget(migration->id);
	PG_RETURN_VOID();
}
