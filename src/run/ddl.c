/*
 * ddl.c
 *	  Steps that are one transaction: DDL, statements as written, scans.
 *
 * Commands and the step's mark in the ledger commit together: a step is done
 * entirely or not at all, whatever dies.  Its undo is computed and stored in the
 * same transaction, before the commands run.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/lock.h"
#include "base/query.h"
#include "base/spi.h"
#include "base/testpoint.h"
#include "base/toplevel.h"
#include "ledger/event.h"
#include "ledger/migration.h"
#include "ledger/steps.h"
#include "script/reread.h"
#include "run/ddl.h"
#include "run/interim.h"
#include "run/manners.h"

/* As many rows does a step's check name at most. */
#define NAMED_VIOLATORS 5

void
gradual_step_finish(GradualRun *run, GradualStep *step, GradualStepStatus status)
{
	if (!gradual_ledger_step_status(run->id, run->incarnation, step->step, status, NULL))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" was taken over by another worker",
						run->migration->name)));
	step->status = status;
}

static bool
is_undo_check(const char *command)
{
	return strncmp(command, GRADUAL_UNDO_CHECK, strlen(GRADUAL_UNDO_CHECK)) == 0;
}

/* What the previous state of the schema was, as texts that bring it back. */
static void
compute_undo(GradualRun *run, GradualStep *step)
{
	List	   *rows;
	List	   *commands = NIL;
	ListCell   *lc;

	if (step->undo_query == NULL)
		return;
	rows = gradual_query_rows(step->undo_query);
	foreach(lc, rows)
	{
		char	   *command = gradual_row_text(lfirst(lc), 1);

		if (command != NULL && is_undo_check(command))
			step->undo_checks = lappend(step->undo_checks, command);
		else if (command != NULL)
			commands = lappend(commands, gradual_reread_same(command));
	}
	if (commands != NIL)
		commands = lappend(commands, GRADUAL_UNDO_PLANNED);
	step->undo = list_concat(commands, step->undo);
	gradual_ledger_store_undo(run->id, step);
}

void
gradual_ddl_remember(GradualRun *run, GradualStep *step)
{
	GradualIdentity identity;

	if (step->undo != NIL)
		return;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	compute_undo(run, step);
	gradual_identity_leave(&identity);
}

/* The commands, with the rows of those that are queries in place of these. */
static List *
read_rows(List *commands)
{
	List	   *all = NIL;
	ListCell   *lc;

	foreach(lc, commands)
	{
		char	   *command = lfirst(lc);
		ListCell   *row;

		if (strncmp(command, GRADUAL_UNDO_ROWS, strlen(GRADUAL_UNDO_ROWS)) != 0)
		{
			all = lappend(all, command);
			continue;
		}
		foreach(row, gradual_query_rows(command))
			all = lappend(all, gradual_row_text(lfirst(row), 1));
	}
	return all;
}

/* The owner's commands under the settings that stand before them in the script. */
static int64
run_commands(GradualRun *run, GradualStep *step, List *commands)
{
	GradualMigration *migration = run->migration;
	GradualIdentity identity;
	int64		processed = 0;
	ListCell   *lc;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, step->settings);
	if (step->quiet)
		gradual_identity_silence_triggers();
	if (commands == step->commands)
		compute_undo(run, step);
	/* a statement of the script is what its author wrote, however it begins */
	if (commands != step->commands || step->statement == 0)
		commands = read_rows(commands);
	foreach(lc, commands)
	{
		processed = gradual_toplevel_run(lfirst(lc), false, CurrentMemoryContext);
		GRADUAL_TESTPOINT("after-command");
	}
	gradual_identity_leave(&identity);
	return processed;
}

/* Once a transaction: its later commands may mend what an earlier one broke. */
static void
fire_deferred(GradualRun *run)
{
	GradualIdentity identity;

	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
}

/* A step without commands only looks: before ready the rows in the way are no error yet. */
static void
note_violators(GradualRun *run, GradualStep *step)
{
	char	   *violators = gradual_ddl_violators(run, step);

	if (violators != NULL)
		gradual_ledger_event(run->migration->name, "note", step->step,
							 psprintf("%s: %s", step->action, violators));
}

bool
gradual_ddl_run(GradualRun *run, List *steps, GradualTick *tick)
{
	List	   *tables;
	ListCell   *lc;

	if (!gradual_manners_lock(run, steps, tick))
		return false;
	tables = gradual_interim_tables(steps);
	tick->user_code = true;
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);
		int64		processed;

		tick->step = step->step;

		/*
		 * A scan holds its weak lock for long, but waits for nobody in the
		 * meantime: what it still takes (a referenced table) is bounded too.
		 */
		processed = run_commands(run, step, step->commands);
		if (step->commands == NIL)
			note_violators(run, step);
		if (step->kind == GRADUAL_STEP_STATEMENT)
			tick->processed += processed;
		gradual_ledger_step_attempt(run->id, step->step, tick->waited_ms);
		gradual_step_finish(run, step, GRADUAL_STEP_DONE);
	}
	tick->deferred = true;
	fire_deferred(run);
	gradual_interim_tie(tables);
	GRADUAL_TESTPOINT("before-ddl-commit");
	return true;
}

/* Takes a weak lock, and may scan. */
static bool
is_validation(List *commands)
{
	return list_length(commands) == 1 &&
		strstr(linitial(commands), " VALIDATE CONSTRAINT ") != NULL;
}

/* ATTACH PARTITION leaves who uses the partitioned table alone, but its undo does not. */
static bool
is_detaching(List *commands)
{
	ListCell   *lc;

	foreach(lc, commands)
	{
		if (strncmp(lfirst(lc), "ALTER TABLE ", strlen("ALTER TABLE ")) == 0 &&
			strstr(lfirst(lc), " DETACH PARTITION ") != NULL)
			return true;
	}
	return false;
}

/*
 * What undoes a step takes more than the step itself did: a trigger is created
 * beside readers, but not dropped.
 */
static bool
lock_for_undo(GradualRun *run, GradualStep *step, List *commands, GradualTick *tick)
{
	GradualStep locking = *step;
	const char *strongest = gradual_lock_mode_name(is_validation(commands) ?
												   ShareUpdateExclusiveLock :
												   AccessExclusiveLock);

	locking.lock_tables = gradual_step_undo_tables(step);
	locking.lock_modes = NIL;
	for (int i = 0; i < list_length(locking.lock_tables); i++)
	{
		const char *own = step->lock_modes == NIL ? step->lock_mode :
		list_nth(step->lock_modes, i);
		bool		weak = gradual_lock_mode_parse(own) < ShareLock && !is_detaching(commands);

		locking.lock_modes = lappend(locking.lock_modes, pstrdup(weak ? own : strongest));
	}
	return gradual_manners_lock(run, list_make1(&locking), tick);
}

/* The commands up to GRADUAL_UNDO_COMMIT, and those after it. */
static List *
split_undo(List *commands, List **rest)
{
	List	   *first = NIL;
	ListCell   *lc;

	*rest = NIL;
	foreach(lc, commands)
	{
		if (strcmp(lfirst(lc), GRADUAL_UNDO_COMMIT) == 0)
		{
			*rest = list_copy_tail(commands, foreach_current_index(lc) + 1);
			break;
		}
		if (strcmp(lfirst(lc), GRADUAL_UNDO_PLANNED) != 0)
			first = lappend(first, lfirst(lc));
	}
	return first;
}

bool
gradual_ddl_is_half_undone(const GradualStep *step)
{
	return step->undo != NIL && strcmp(linitial(step->undo), GRADUAL_UNDO_COMMIT) == 0;
}

/*
 * What is undone so far must not be undone again; and whoever starts again, in
 * place of going on, must not find the step done.
 */
static void
remember_half_undone(GradualRun *run, GradualStep *step, List *rest)
{
	step->undo = lcons(GRADUAL_UNDO_COMMIT, rest);
	gradual_ledger_store_undo(run->id, step);
	gradual_step_finish(run, step, GRADUAL_STEP_RUNNING);
}

bool
gradual_ddl_undo(GradualRun *run, GradualStep *step, List *commands, GradualTick *tick)
{
	List	   *rest;
	List	   *first = split_undo(commands, &rest);

	if (commands == NIL)
		return true;
	if (first == NIL)
		first = split_undo(rest, &rest);
	if (!lock_for_undo(run, step, first, tick))
		return false;
	tick->user_code = true;
	run_commands(run, step, first);
	fire_deferred(run);
	if (rest == NIL)
		return true;

	remember_half_undone(run, step, rest);
	run->steps = NIL;
	tick->outcome = GRADUAL_AGAIN;
	return false;
}

void
gradual_ddl_undone(GradualRun *run, GradualStep *step)
{
	int			planned = -1;
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		if (strcmp(lfirst(lc), GRADUAL_UNDO_PLANNED) == 0)
			planned = foreach_current_index(lc);
	}
	if (planned < 0)
		return;
	step->undo = list_copy_tail(step->undo, planned + 1);
	foreach(lc, step->undo_checks)
	{
		if (is_undo_check(lfirst(lc)))
			step->undo_checks = foreach_delete_current(step->undo_checks, lc);
	}
	gradual_ledger_store_undo(run->id, step);
}

char *
gradual_ddl_violators(GradualRun *run, GradualStep *step)
{
	GradualIdentity identity;
	GradualRow *row;
	int64		count;
	char	   *keys;

	if (step->check == NULL)
		return NULL;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	row = gradual_spi_row(step->check, NULL);
	gradual_identity_fire_deferred(&identity);
	gradual_identity_leave(&identity);
	if (row == NULL)
		return NULL;
	count = gradual_row_bigint(row, 1, 0);
	if (count == 0)
		return NULL;
	keys = gradual_row_text(row, 2);
	if (keys == NULL)
		return psprintf(INT64_FORMAT " rows are in the way.", count);
	return psprintf(INT64_FORMAT " %s in the way%s %s.", count,
					count == 1 ? "row is" : "rows are",
					count <= NAMED_VIOLATORS ? ":" : ", among them", keys);
}
