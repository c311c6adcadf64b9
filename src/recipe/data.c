/*
 * data.c
 *	  Statements about rows: UPDATE and DELETE in batches, INSERT, MERGE.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "recipe/bring.h"
#include "recipe/carry.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "data.c must stay pure"
#endif

static bool
is_small(const GradualScript *script, const GradualTable *table)
{
	return table->pages < script->direct_pages;
}

/* No more rows than a batch may have; so one statement holds their locks no longer. */
static bool
is_one_batch(const GradualScript *script, const GradualTable *table)
{
	return table->pages <= 1 || is_small(script, table);
}

/* 'display_name, nick' */
static char *
join_names(List *names)
{
	StringInfoData text;
	ListCell   *lc;

	initStringInfo(&text);
	foreach(lc, names)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "", (char *) lfirst(lc));
	return text.data;
}

/*
 * What there is to know of a change where it runs.  Where it waits for the index
 * phase or longer, a key that the script drops may be gone.
 */
static const GradualChange *
change_in(const GradualCommand *command, GradualPhase phase)
{
	const GradualChange *after = command->change->after_swap;

	if (after == NULL)
		return command->change;
	if (command->change->untriggered)
		return after;
	if (phase > GRADUAL_BACKFILL && phase < GRADUAL_PHASE_READY && after->not_batchable != NULL)
		return after;
	return phase == GRADUAL_TAIL ? after : command->change;
}

static char *
change_action(const GradualChange *change)
{
	if (change == NULL)
		return "change rows";
	if (change->copy != NULL)
		return "copy rows";
	if (change->is_delete)
		return "delete rows";
	if (change->assigns == NIL)
		return "update rows";
	return psprintf("%s %s", change->fill ? "fill" : "update",
					join_names(change->assigns));
}

/* Rolling back drops what the script adds, with all that is in it. */
static char *
change_reversible(const GradualCommand *command, GradualPhase phase)
{
	ListCell   *lc;

	if (command->table->created)
		return phase == GRADUAL_TAIL ? GRADUAL_UNTIL_COMPLETE : "yes";
	if (command->change->is_delete || command->change->assigns == NIL)
		return "no";
	foreach(lc, command->change->assigns)
	{
		if (gradual_steps_added_column(command, lfirst(lc)) == NULL)
			return "no";
	}
	return "yes";
}

/* One statement in one transaction, in the user's own words. */
static GradualStep *
statement_step(GradualRecipeState *state, const GradualCommand *command,
			   GradualPhase phase, const char *cost)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_STATEMENT, phase);

	gradual_steps_command(step, command->statement->sql);
	gradual_steps_keep_filled(state, command, step);
	step->cost = pstrdup(cost);
	gradual_steps_lock(step, command->table, RowExclusiveLock);
	return step;
}

/* --- UPDATE, DELETE --- */

/*
 * Rows of a table that the script itself fills from elsewhere may be many, so
 * their change shares no transaction with DDL.
 */
static void
change_at_once(GradualRecipeState *state, const GradualCommand *command)
{
	bool		loaded = list_member_ptr(state->loaded, command->table);
	GradualPhase phase = gradual_place_change(state, command, GRADUAL_EXPAND);
	GradualStep *step = statement_step(state, command, phase, loaded ? "scan" : "instant");

	if (phase == GRADUAL_TAIL)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	gradual_bring_find(state, command, step);
	step->action = change_action(command->change);
	step->note = command->table->created ? "The script creates the table." :
		"The table has no rows.";
}

/* Not in batches: as written on a table that is small, or has one page, or on request. */
static void
change_as_written(GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase phase)
{
	const GradualChange *change = change_in(command, phase);
	GradualStep *step;

	if (!state->script->allow_blocking && !is_one_batch(state->script, command->table))
		gradual_script_refuse(command->statement, command->statement->tag,
							  psprintf("It cannot run in batches: %s.", change->not_batchable),
							  change->hint);
	step = statement_step(state, command, phase, "scan");
	step->action = change_action(change);
	step->est_rows = (int64) change->est_rows;
	step->reversible = change_reversible(command, phase);
	gradual_bring_find(state, command, step);
	gradual_steps_note(step, psprintf("In one statement, not in batches: %s.",
									  change->not_batchable));
	if (!is_small(state->script, command->table) && is_one_batch(state->script, command->table))
		gradual_steps_note(step, "The table has one page, no more than a batch.");
	if (!is_one_batch(state->script, command->table))
		gradual_steps_note(step, "Its rows stay locked until it ends: gradual.allow_blocking is on.");
}

/* 'rows are found by ..' -> 'Rows are found by ..' */
static char *
sentence(const char *words)
{
	char	   *result = words == NULL ? pstrdup("") : pstrdup(words);

	result[0] = pg_toupper((unsigned char) result[0]);
	return result;
}

static void
describe_batches(GradualStep *step, const GradualChange *change)
{
	gradual_steps_note(step, sentence(change->reason));
	if (change->by_index)
		gradual_steps_note(step, "An index finds the few rows that match, so the rest of the table is not read, as long as the planner thinks so when the step begins.");
	gradual_steps_note(step, "Short transactions instead of one that locks all rows and doubles the table; rows and cursor commit together.");
	if (step->chase)
		gradual_steps_note(step, "No trigger can do the same for a single row, so rows that the application adds meanwhile are filled by one more pass at the end, and by another one after complete.");
	if (!change->fill)
		gradual_steps_note(step, "Rows that the application writes while it runs may or may not be changed, as with one statement.");
	if (step->phase == GRADUAL_TAIL)
		gradual_steps_note(step, "After complete, since it needs what an earlier statement does only there.");
}

static GradualStep *
batches_step(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase)
{
	const GradualChange *change = change_in(command, phase);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_BACKFILL, phase);

	gradual_steps_command(step, command->statement->sql);
	gradual_steps_keep_filled(state, command, step);
	step->action = change_action(change);
	step->lock_mode = "ROW EXCLUSIVE";
	step->cost = "batches";
	step->est_rows = (int64) change->est_rows;
	step->reversible = change_reversible(command, phase);
	step->source = change->source;
	step->proof = change->proof;
	step->proof_column = change->proof_column;
	step->is_delete = change->is_delete;
	step->fill = change->fill;
	step->chase = change->fill && change->assignments == NIL;
	if (change->copy != NULL)
		step->walks = change->copy->walks;
	return step;
}

static void
remember_filled(GradualRecipeState *state, const GradualCommand *command)
{
	GradualFill *fill = gradual_steps_fill(state, command->table, false);
	ListCell   *lc;

	foreach(lc, command->change->assigns)
		fill->columns = lappend(fill->columns, lfirst(lc));
}

static void
change_in_batches(GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase phase)
{
	GradualStep *step = batches_step(state, command, phase);

	gradual_bring_find(state, command, step);
	describe_batches(step, change_in(command, phase));
	if (step->chase)
	{
		step = batches_step(state, command, GRADUAL_PREPARE);
		gradual_steps_note(step, "Once more over the rows that were added since: no trigger can fill them one by one.");

		/* before anything is proved about the column, wherever that stands */
		gradual_steps_open(state, step);
	}
	state->changed_tables = list_append_unique_ptr(state->changed_tables, command->table);
}

/* No NOT NULL of a column may be proved before a fill that waits for anything. */
static void
delay_not_null(GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->table->added)
	{
		GradualColumn *column = lfirst(lc);

		if (!column->not_null || column->fill_late || !column->filled ||
			column->filled_by != command->statement->number)
			continue;
		column->fill_late = true;
		state->again = true;
	}
}

/* No trigger may be made for a fill that waits for the swap. */
static void
remember_late(GradualRecipeState *state, GradualCommand *command, GradualPhase phase)
{
	if (phase >= GRADUAL_VERIFY)
		delay_not_null(state, command);
	if (phase != GRADUAL_TAIL || command->change->late)
		return;
	command->change->late = true;
	state->again |= command->change->fill;
}

/*
 * Has a trigger put rows into the table that the script makes?  Then it is in
 * use, and the application would wait for whoever locks all of its rows.
 */
static bool
is_copy_in_use(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualChange *change = command->change;
	ListCell   *lc;

	if (change == NULL || change->not_batchable != NULL || change->fill)
		return false;
	foreach(lc, state->copies)
	{
		if (((GradualCommand *) lfirst(lc))->table == command->table)
			return true;
	}
	return false;
}

/* The same for a column that it fills in a table without rows, which may be a queue. */
static bool
is_fill_in_use(const GradualCommand *command)
{
	return !command->table->created && command->change != NULL && command->change->fill;
}

static void
change_rows(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase;

	if (command->table != NULL && GRADUAL_TABLE_AT_ONCE(command->table) &&
		!is_fill_in_use(command) && !is_copy_in_use(state, command))
	{
		change_at_once(state, command);
		return;
	}
	if (command->table == NULL || command->change == NULL)
		gradual_script_refuse(command->statement, command->statement->tag,
							  "Its target is no table that could be changed in batches.",
							  "Change the table itself.");
	phase = gradual_place_change(state, command, GRADUAL_BACKFILL);
	remember_late(state, command, phase);
	if (change_in(command, phase)->fill)
		remember_filled(state, command);
	if (change_in(command, phase)->not_batchable != NULL)
		change_as_written(state, command, phase);
	else
		change_in_batches(state, command, phase);
}

void
gradual_recipe_update(GradualRecipeState *state, GradualCommand *command)
{
	change_rows(state, command);
}

void
gradual_recipe_delete(GradualRecipeState *state, GradualCommand *command)
{
	change_rows(state, command);
}

/* --- INSERT --- */

/*
 * What reading the sources costs: instant without any, a scan if they are small
 * or the script's own, else NULL and the source that is too big.
 */
static const char *
source_cost(const GradualRecipeState *state, const GradualCommand *command,
			GradualTable **too_big)
{
	const char *cost = "instant";
	int64		pages = 0;
	ListCell   *lc;

	/* what a WITH changes is gone through as well */
	foreach(lc, list_concat(list_copy(command->reads), command->touches))
	{
		GradualTable *table = lfirst(lc);
		bool		has_pages = table->relkind == RELKIND_RELATION ||
		table->relkind == RELKIND_PARTITIONED_TABLE ||
		table->relkind == RELKIND_MATVIEW;

		if (has_pages && GRADUAL_TABLE_AT_ONCE(table) &&
			!list_member_ptr(state->loaded, table))
			continue;
		cost = "scan";
		if (has_pages && table->created)
			continue;
		pages += table->pages;
		if (!has_pages || pages >= state->script->direct_pages)
		{
			*too_big = table;
			return NULL;
		}
	}
	return cost;
}

static void
insert_as_written(GradualRecipeState *state, GradualCommand *command, const char *cost)
{
	bool		created = command->table != NULL && command->table->created;
	GradualStep *step;

	if (created && list_member_ptr(state->loaded, command->table))
		cost = "scan";
	step = statement_step(state, command,
						  strcmp(cost, "instant") == 0 ?
						  gradual_place_values(state, command) :
						  gradual_place_change(state, command, GRADUAL_EXPAND), cost);
	step->action = "insert rows";
	step->reversible = !created ? "no" : step->phase == GRADUAL_TAIL ? GRADUAL_UNTIL_COMPLETE : "yes";
	gradual_bring_find(state, command, step);
	if (strcmp(cost, "scan") != 0)
		return;
	step->note = "In one statement, with one snapshot: later changes of its source are not carried over.";
	if (created)
		state->loaded = list_append_unique_ptr(state->loaded, command->table);
}

static void
describe_copy(GradualStep *step, const GradualCopy *copy, const char *not_carried)
{
	gradual_steps_note(step, "Short transactions instead of one that holds back VACUUM; rows and cursor commit together.");
	if (not_carried == NULL)
		gradual_steps_note(step, "Each batch locks its rows of the source against changes, and passes over those that the trigger has copied.");
	else
		gradual_steps_note(step, psprintf("One pass, up to the highest key at its start. What the application adds to %s meanwhile, or changes or deletes there once it was copied, is not carried over: %s.",
										  copy->source->qualified, not_carried));
}

static void
copy_in_batches(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = gradual_place_change(state, command, GRADUAL_BACKFILL);
	char	   *not_carried = gradual_carry_obstacle(state, command, phase);
	GradualStep *step;

	if (not_carried == NULL)
		gradual_carry_begin(state, command, phase);
	step = batches_step(state, command, phase);
	step->carries = not_carried == NULL;
	if (phase == GRADUAL_TAIL && command->table->created)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	gradual_bring_find(state, command, step);
	gradual_steps_note(step, sentence(command->change->reason));
	describe_copy(step, command->change->copy, not_carried);
	if (command->table->created)
		state->loaded = list_append_unique_ptr(state->loaded, command->table);
	else
		state->changed_tables = list_append_unique_ptr(state->changed_tables, command->table);
}

/* Small sources too, if what changes in them can be carried over: else it is lost. */
static bool
is_carried(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = gradual_place_change(state, command, GRADUAL_BACKFILL);

	return gradual_carry_obstacle(state, command, phase) == NULL;
}

static void
refuse_insert(const GradualCommand *command, const GradualTable *too_big)
{
	const GradualChange *change = command->change;

	if (change == NULL || change->not_batchable == NULL)
		gradual_script_refuse(command->statement, "INSERT .. SELECT",
							  psprintf("%s is not known to be small.", too_big->qualified),
							  "SET gradual.allow_blocking = on to run it as one statement, or copy the rows outside the migration.");
	gradual_script_refuse(command->statement, "INSERT .. SELECT",
						  psprintf("%s is not known to be small, and it cannot run in batches: %s.",
								   too_big->qualified, change->not_batchable),
						  change->hint);
}

/* Has each source one page, no more than a batch? */
static bool
reads_one_page(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, list_concat(list_copy(command->reads), command->touches))
	{
		GradualTable *table = lfirst(lc);

		if (table->relkind != RELKIND_RELATION && table->relkind != RELKIND_PARTITIONED_TABLE)
			return false;
		if (table->pages > 1)
			return false;
	}
	return true;
}

static bool
refers_to_another(const GradualCommand *command)
{
	ListCell   *lc;

	if (IsA(command->node, CreateStmt) && command->touches != NIL)
		return true;
	foreach(lc, command->constraints)
	{
		GradualTable *referenced = ((GradualConstraint *) lfirst(lc))->referenced;

		if (referenced != NULL && referenced != command->table)
			return true;
	}
	return false;
}

/* Does the table, which the script creates, refer to others? */
static bool
refers(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table && refers_to_another(command))
			return true;
	}
	return false;
}

/*
 * A table that nobody knows yet, and that refers to none: nobody waits for the
 * statement, however long it takes.
 */
static bool
disturbs_nobody(const GradualRecipeState *state, const GradualCommand *command)
{
	return command->table != NULL && command->table->created && !refers(state, command->table);
}

void
gradual_recipe_insert(GradualRecipeState *state, GradualCommand *command)
{
	GradualChange *change = command->change;
	GradualTable *too_big = NULL;
	const char *cost = source_cost(state, command, &too_big);

	if (change != NULL && change->not_batchable == NULL &&
		(cost == NULL || is_carried(state, command)))
		copy_in_batches(state, command);
	else if (cost == NULL && !state->script->allow_blocking && !reads_one_page(command) &&
			 !disturbs_nobody(state, command))
		refuse_insert(command, too_big);
	else
		insert_as_written(state, command, cost == NULL ? "scan" : cost);
}

/* --- MERGE --- */

/* It visits rows of two tables, and nothing shows which of them are done. */
void
gradual_recipe_merge(GradualRecipeState *state, GradualCommand *command)
{
	GradualTable *target = command->table;
	GradualTable *too_big = NULL;
	const char *cost = source_cost(state, command, &too_big);
	bool		at_once = target != NULL && GRADUAL_TABLE_AT_ONCE(target) &&
	!list_member_ptr(state->loaded, target);
	GradualStep *step;

	if (cost != NULL && !at_once && (target == NULL || !is_one_batch(state->script, target)))
	{
		too_big = target;
		cost = NULL;
	}
	if (cost == NULL && !state->script->allow_blocking)
		gradual_script_refuse(command->statement, "MERGE",
							  psprintf("It cannot run in batches, and %s is not known to be small.",
									   too_big == NULL ? "its target" : too_big->qualified),
							  "Write it as an UPDATE .. FROM and an INSERT .. SELECT, or SET gradual.allow_blocking = on to run it as one statement.");
	if (cost == NULL || !at_once)
		cost = "scan";
	step = statement_step(state, command,
						  gradual_place_change(state, command, GRADUAL_EXPAND), cost);
	step->action = "merge rows";
	step->reversible = target != NULL && target->created ? "yes" : "no";
	gradual_bring_find(state, command, step);
	if (strcmp(cost, "scan") == 0)
		step->note = "In one statement, not in batches: its rows stay locked until it ends.";
}
