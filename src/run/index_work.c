/*
 * index_work.c
 *	  One command for an index: asked for, or run here; and what an undo has to know.
 *
 * What a build makes on a partition is recorded in the undo of its step, by the
 * text that drops it, before it is made.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/pg_class.h"
#include "catalog/pg_index.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/ident.h"
#include "base/identity.h"
#include "base/texts.h"
#include "base/toplevel.h"
#include "ledger/steps.h"
#include "run/index_text.h"
#include "run/index_work.h"
#include "run/manners.h"

#define DROP_CONCURRENTLY "DROP INDEX CONCURRENTLY "
#define DROP_RECORDED DROP_CONCURRENTLY "IF EXISTS "

bool
gradual_index_is_valid(Oid index)
{
	HeapTuple	tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
	Form_pg_index form;
	bool		valid;

	if (!HeapTupleIsValid(tuple))
		return false;
	form = (Form_pg_index) GETSTRUCT(tuple);
	valid = form->indisvalid && form->indisready && form->indislive;
	ReleaseSysCache(tuple);
	return valid;
}

bool
gradual_index_is_index(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_INDEX || relkind == RELKIND_PARTITIONED_INDEX;
}

bool
gradual_index_ask(GradualRun *run, GradualStep *step, char *command, GradualTick *tick)
{
	if (!gradual_manners_look(run, step, tick))
		return false;
	tick->outcome = GRADUAL_TOP_LEVEL;
	tick->command = command;
	tick->settings = step->settings;
	return false;
}

bool
gradual_index_run_on(GradualRun *run, GradualStep *step, char *table, const char *lock_mode,
					 const char *command, GradualTick *tick)
{
	GradualIdentity identity;
	GradualStep locking = *step;

	locking.lock_mode = pstrdup(lock_mode);
	locking.lock_modes = NIL;
	if (table != NULL)
		locking.lock_tables = list_make1(table);
	if (!gradual_manners_lock(run, list_make1(&locking), tick))
		return false;
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	gradual_toplevel_run(command, false, CurrentMemoryContext);
	gradual_identity_leave(&identity);
	tick->user_code = true;
	tick->outcome = GRADUAL_AGAIN;
	return false;
}

bool
gradual_index_run_here(GradualRun *run, GradualStep *step, const char *lock_mode,
					   const char *command, GradualTick *tick)
{
	return gradual_index_run_on(run, step, NULL, lock_mode, command, tick);
}

bool
gradual_index_drop(GradualRun *run, GradualStep *step, Oid index, GradualTick *tick)
{
	char	   *name = gradual_ident_qualified(index);

	/* There is no concurrent form for an index on a partitioned table. */
	if (run->drops_at_once || get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX)
		return gradual_index_run_on(run, step, gradual_ident_qualified(IndexGetRelation(index, false)),
									"ACCESS EXCLUSIVE", psprintf("DROP INDEX %s", name), tick);
	return gradual_index_ask(run, step, psprintf(DROP_CONCURRENTLY "%s", name), tick);
}

bool
gradual_index_drop_named(GradualRun *run, GradualStep *step, const char *index, GradualTick *tick)
{
	Oid			relid = gradual_ident_find(index);
	GradualStep whole = *step;
	Oid			constraint;

	/* a build takes one partition at a time, a drop all of them */
	whole.kind = GRADUAL_STEP_DROP_INDEX;
	tick->step = step->step;
	tick->activity = psprintf("dropping index %s", index);
	if (!OidIsValid(relid))
		return true;

	/* It goes with its constraint. */
	constraint = get_index_constraint(relid);
	if (OidIsValid(constraint))
	{
		char	   *table = gradual_ident_qualified(IndexGetRelation(relid, false));

		return gradual_index_run_on(run, &whole, table, "ACCESS EXCLUSIVE",
									psprintf("ALTER TABLE %s DROP CONSTRAINT %s", table,
											 quote_identifier(get_constraint_name(constraint))), tick);
	}
	return gradual_index_drop(run, &whole, relid, tick);
}

bool
gradual_index_refused_drop(GradualRun *run, const GradualTick *tick, const ErrorData *error)
{
	if (run->drops_at_once || tick->outcome != GRADUAL_TOP_LEVEL ||
		error->sqlerrcode != ERRCODE_FEATURE_NOT_SUPPORTED ||
		strncmp(tick->command, DROP_CONCURRENTLY, strlen(DROP_CONCURRENTLY)) != 0)
		return false;
	run->drops_at_once = true;
	return true;
}

/* --- what is recorded in the undo of a build --- */

void
gradual_index_remember(GradualRun *run, GradualStep *step, const char *command)
{
	MemoryContext caller;

	if (command == NULL || gradual_texts_have(step->undo, command))
		return;
	caller = MemoryContextSwitchTo(run->plan_context);
	step->undo = lappend(step->undo, pstrdup(command));
	MemoryContextSwitchTo(caller);
	gradual_ledger_store_undo(run->id, step);
}

void
gradual_index_record(GradualRun *run, GradualStep *step, const char *index)
{
	gradual_index_remember(run, step, psprintf(DROP_RECORDED "%s", index));
}

const char *
gradual_index_recorded(const char *command)
{
	return strncmp(command, DROP_RECORDED, strlen(DROP_RECORDED)) == 0 ?
		command + strlen(DROP_RECORDED) : NULL;
}

bool
gradual_index_is_recorded(GradualStep *step, Oid index)
{
	return gradual_texts_have(step->undo,
							  psprintf(DROP_RECORDED "%s", gradual_ident_qualified(index)));
}

bool
gradual_index_move_identity(GradualRun *run, GradualStep *step, Oid from, Oid to, GradualTick *tick)
{
	char	   *table;

	if (!get_index_isreplident(from) || !OidIsValid(to))
		return true;
	table = gradual_ident_qualified(IndexGetRelation(from, false));
	return gradual_index_run_on(run, step, table, "ACCESS EXCLUSIVE",
								psprintf("ALTER TABLE %s REPLICA IDENTITY USING INDEX %s", table,
										 quote_identifier(get_rel_name(to))), tick);
}

bool
gradual_index_name_copies(GradualRun *run, GradualStep *step, GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		const char *command = lfirst(lc);
		Oid			copy = gradual_index_text_copy(command);

		if (OidIsValid(copy))
			return gradual_index_run_on(run, step, gradual_ident_qualified(IndexGetRelation(copy, false)),
										"ACCESS EXCLUSIVE", command, tick);
	}
	return true;
}
