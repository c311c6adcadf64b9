/*
 * require.c
 *	  What may stand in the way of a start, a complete or a rollback.
 *
 * Only looks: nothing here changes a migration.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "utils/builtins.h"

#include "api/require.h"
#include "base/errors.h"
#include "base/ident.h"
#include "base/identity.h"
#include "base/spi.h"
#include "base/undone.h"
#include "ledger/ledger.h"
#include "ledger/quarantine.h"
#include "ledger/steps.h"
#include "ledger/use.h"

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
		default:
			return psprintf("SELECT gradual.start(%s);", name);
	}
}

/* Everybody may wait for it. */
static char *
way_on(const GradualMigration *other)
{
	if (!other->tracked &&
		(other->status == GRADUAL_QUEUED || other->status == GRADUAL_RUNNING))
		return psprintf("CALL gradual.wait(%s);", quote_literal_cstr(other->name));
	if (gradual_identity_may_act_as(other->owner) || !gradual_identity_exists(other->owner))
		return next_call(other);
	return psprintf("A member of role %s has to go on with it: %s",
					quote_identifier(GetUserNameFromId(other->owner, false)), next_call(other));
}

void
gradual_require_tables(const GradualMigration *migration)
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
			 errhint("%s", way_on(gradual_ledger_find(holder, false, false)))));
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
			 dependency == NULL ? 0 : errhint("%s", way_on(dependency))));
}

void
gradual_require_dependencies(const GradualMigration *migration)
{
	char	   *open = gradual_ledger_open_dependency(migration->depends_on);

	if (open != NULL)
		refuse_dependent(migration, open);
}

void
gradual_require_reversible(const GradualMigration *migration, const GradualStep *lost,
						   const char *wish)
{
	if (lost == NULL)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot %s migration \"%s\": step %d cannot be undone",
					wish, migration->name, lost->step),
			 errdetail("Step %d (%s) has changed rows whose former values are not kept.",
					   lost->step, gradual_step_words(lost)),
			 errhint("SELECT gradual.rollback(%s, force => true); undoes everything else and leaves these changes in place.",
					 quote_literal_cstr(migration->name))));
}

/* What made the trigger that carries changes over to the copy of a step */
static const GradualStep *
trigger_step(List *steps, const GradualStep *copy)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		const GradualStep *step = lfirst(lc);

		if (step->statement == copy->statement && step->kind == GRADUAL_STEP_DDL)
			return step;
	}
	return NULL;
}

static void
refuse_stale_copy(const GradualMigration *migration, const GradualStep *copy)
{
	const char *name = quote_literal_cstr(migration->name);

	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot start migration \"%s\": the rows of %s may be out of date",
					migration->name, copy->target),
			 errdetail("A rollback has dropped the trigger that carried changes over to them, then stopped before it dropped the table, which it could not empty: tables that were there before refer to it, or are part of a table that does."),
			 errhint("SELECT gradual.rollback(%s); goes on with the rollback, SELECT gradual.start(%s, reset => true); starts from scratch after it.",
					 name, name)));
}

void
gradual_require_true_copies(const GradualMigration *migration, List *steps)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		const GradualStep *copy = lfirst(lc);
		const GradualStep *trigger = copy->carries ? trigger_step(steps, copy) : NULL;

		if (trigger != NULL && trigger->status == GRADUAL_STEP_UNDONE && trigger->empties == NIL &&
			OidIsValid(gradual_ident_find(copy->target)))
			refuse_stale_copy(migration, copy);
	}
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

typedef struct UndoChecks
{
	const GradualMigration *migration;
	List	   *steps;
} UndoChecks;

/* As the owner, whose rows these are. */
static void
look_for_violators(void *arg)
{
	const UndoChecks *checks = arg;
	const GradualMigration *migration = checks->migration;
	GradualIdentity identity;
	ListCell   *lc,
			   *lm;

	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, NIL);
	foreach(lc, checks->steps)
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

/*
 * Undone, so that a function of the owner in a constraint leaves nothing behind
 * in the caller's transaction: a trigger that it defers would run as the caller.
 */
void
gradual_require_undoable(const GradualMigration *migration, List *steps)
{
	UndoChecks	checks = {migration, steps};
	ErrorData  *error = gradual_undone(look_for_violators, &checks);

	if (error != NULL)
		ReThrowError(error);
}

/* '1 row', '2 rows' */
static char *
counted(int64 number, const char *noun)
{
	return psprintf(INT64_FORMAT " %s%s", number, noun, number == 1 ? "" : "s");
}

void
gradual_require_unused(const GradualMigration *migration)
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

/* What fills an interim column takes another's place in the swap: its NULLs would, too. */
static bool
loses_values(const GradualMigration *migration)
{
	ListCell   *lc;

	foreach(lc, gradual_ledger_steps(migration->id))
	{
		GradualStep *step = lfirst(lc);

		if (gradual_step_fills_hidden(step) && gradual_quarantine_rows(migration->id, step->step, NULL) != NIL)
			return true;
	}
	return false;
}

void
gradual_require_no_quarantined(const GradualMigration *migration, bool force)
{
	int64		count = gradual_quarantine_count(migration->id);
	const char *name = quote_literal_cstr(migration->name);

	if (count == 0 || (force && !loses_values(migration)))
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg_plural(INT64_FORMAT " row of migration \"%s\" is in the quarantine",
						   INT64_FORMAT " rows of migration \"%s\" are in the quarantine",
						   (unsigned long) count, count, migration->name),
			 errdetail("TABLE gradual.quarantined; shows the rows and their errors."),
			 force ? errhint("Repair them, then SELECT gradual.retry_quarantined(%s);", name) :
			 errhint("Repair them, then SELECT gradual.retry_quarantined(%s); or leave them as they are: SELECT gradual.complete(%s, force => true);",
					 name, name)));
}
