/*
 * constraint.c
 *	  Constraints: added, validated, altered.
 *
 * Invariant: no table is gone through, and no index built, under a lock that
 * keeps the application waiting.  A constraint comes after the changes of its
 * table's rows: from then on every write of a row that breaks it fails.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

#include "recipe/constrain.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/spell.h"
#include "recipe/unique.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "constraint.c must stay pure"
#endif

/* --- texts --- */

static char *
alter_table(const GradualCommand *command)
{
	AlterTableStmt *alter = (AlterTableStmt *) command->statement->node;

	return psprintf("ALTER TABLE %s%s", alter->relation->inh ? "" : "ONLY ",
					command->table->qualified);
}

/* As it stands; NULL where its facts do not show all of it. */
static char *
whole_text(const GradualCommand *command, const GradualConstraint *constraint)
{
	if (!gradual_constrain_is_shown(command))
		return NULL;
	return psprintf("%s ADD CONSTRAINT %s %s%s", alter_table(command),
					quote_identifier(constraint->name), constraint->definition,
					constraint->valid ? "" : " NOT VALID");
}

/* --- under lock --- */

/* A primary key leaves the NOT NULL of its columns behind. */
static List *
undo_whole(const GradualCommand *command, const GradualConstraint *constraint)
{
	List	   *undo = list_make1(gradual_constrain_drop(command, constraint));
	ListCell   *lc;

	foreach(lc, constraint->nullable)
		undo = lappend(undo, psprintf("ALTER TABLE %s ALTER COLUMN %s DROP NOT NULL",
									  command->table->qualified, quote_identifier(lfirst(lc))));
	return undo;
}

/* On a table without rows, or NOT VALID: an instant. */
static GradualStep *
add_as_it_stands(GradualRecipeState *state, GradualCommand *command,
				 const GradualConstraint *constraint, GradualPhase own)
{
	GradualPhase phase = gradual_constrain_phase(state, command, constraint, own);
	const GradualConstraint *spelling = gradual_constrain_spelled(constraint, phase);
	char	   *sql = whole_text(command, spelling);
	bool		renamed = spelling != constraint ||
	list_length(gradual_spell_names(command->table)) > 1;
	GradualStep *step;

	/*
	 * what the statement as it stands would mean by another name is written
	 * out
	 */
	if (renamed && sql != NULL)
	{
		step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
		gradual_steps_command(step, sql);
	}
	else
		step = gradual_steps_plain(state, command, phase, sql);
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = undo_whole(command, constraint);
	gradual_steps_lock(step, command->table,
					   constraint->type == CONSTRAINT_FOREIGN ? ShareRowExclusiveLock :
					   AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	return step;
}

/* What has no other way: small tables, or on request. */
static void
add_under_lock(GradualRecipeState *state, GradualCommand *command,
			   const GradualConstraint *constraint, const char *form, const char *why,
			   const char *hint)
{
	GradualScript *script = state->script;
	GradualStep *step;

	if (!script->allow_blocking && command->table->pages >= script->direct_pages)
		gradual_script_refuse(command->statement, form, why, hint);
	step = add_as_it_stands(state, command, constraint, GRADUAL_VERIFY);
	step->phase = gradual_place_work(step->phase);
	step->cost = "scan";
	step->note = script->allow_blocking ?
		"Blocks for as long as it takes: gradual.allow_blocking is on." :
		"Blocks for as long as it takes, on a small table.";
}

static void
add_excluding(GradualRecipeState *state, GradualCommand *command,
			  const GradualConstraint *constraint, const char *form)
{
	add_under_lock(state, command, constraint, form,
				   "Its index cannot be built concurrently: nobody could read or write the table meanwhile.",
				   "SET gradual.allow_blocking = on to run it anyway, at a time when the application can wait.");
}

/* --- CHECK and FOREIGN KEY --- */

static void
note_enforcement(GradualStep *step, const GradualConstraint *constraint)
{
	gradual_steps_note(step, constraint->type == CONSTRAINT_FOREIGN ?
					   "From here on a write that refers to a missing row fails, in the running application too." :
					   "From here on a write of a row that violates it fails, in the running application too.");
}

static void
add_not_valid(GradualRecipeState *state, GradualCommand *command,
			  const GradualConstraint *constraint, GradualPhase phase)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, psprintf("%s ADD CONSTRAINT %s %s NOT VALID", alter_table(command),
										 quote_identifier(constraint->name),
										 gradual_constrain_spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(gradual_constrain_drop(command, constraint));
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Without looking at the rows that are there, which would go through the table under lock.";
	note_enforcement(step, constraint);
	if (gradual_place_changed(state, command->table))
		gradual_steps_note(step, "After the backfill of the table.");
	if (constraint->type != CONSTRAINT_FOREIGN)
	{
		gradual_steps_lock(step, command->table, AccessExclusiveLock);
		return;
	}
	gradual_steps_lock(step, command->table, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, ShareRowExclusiveLock);
	if (constraint->referenced != command->table)
		gradual_steps_note(step, psprintf("Writers of %s wait as well, for an instant.",
										  constraint->referenced->qualified));
}

/* On the command's table, or on a partition of it. */
static GradualStep *
validate(GradualRecipeState *state, GradualCommand *command,
		 const GradualConstraint *constraint, GradualPhase phase, char *table)
{
	GradualStep *step = gradual_steps_validate(state, command, gradual_place_work(phase), table,
											   quote_identifier(constraint->name));

	step->action = psprintf("validate constraint %s", constraint->name);
	step->check = gradual_constrain_spelled(constraint, step->phase)->violators;
	step->note = "Scans the table while everybody goes on reading and writing; waits its turn with autovacuum and index builds.";
	gradual_steps_lock_name(step, table, ShareUpdateExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, RowShareLock);
	return step;
}

static void
add_scanned(GradualRecipeState *state, GradualCommand *command,
			const GradualConstraint *constraint)
{
	GradualPhase phase = gradual_constrain_phase(state, command, constraint, GRADUAL_VERIFY);
	GradualStep *step;

	add_not_valid(state, command, constraint, phase);
	step = validate(state, command, constraint, phase, command->table->qualified);
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (constraint->has_parts)
	{
		gradual_steps_command(step, psprintf("SELECT gradual.settle_foreign_key(%s::pg_catalog.regclass, %s)",
											 quote_literal_cstr(command->table->qualified),
											 quote_literal_cstr(constraint->name)));
		gradual_steps_note(step, "Before PostgreSQL 18 VALIDATE leaves the parts of a foreign key to a partitioned table as they were; they are marked valid with it.");
	}
	if (constraint->violators != NULL)
		gradual_steps_note(step, "Rows that violate it make the migration fail, with their number and some of their keys: repair them, then start it again.");
}

/* The same constraint on one partition: NOT VALID, and then validated. */
static void
add_to_partition(GradualRecipeState *state, GradualCommand *command,
				 const GradualConstraint *constraint, GradualPhase phase, char *partition)
{
	const char *name = quote_identifier(constraint->name);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID",
										 partition, name, gradual_constrain_spelled(constraint, phase)->definition));
	step->target = partition;
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s", partition, name));
	step->note = "Before PostgreSQL 18 a foreign key of a partitioned table cannot be NOT VALID: so each partition gets it first, without looking at its rows.";
	note_enforcement(step, constraint);
	gradual_steps_lock_name(step, partition, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, ShareRowExclusiveLock);
	gradual_steps_if_there(step);

	gradual_steps_if_there(validate(state, command, constraint, phase, partition));
}

static void
add_partition_by_partition(GradualRecipeState *state, GradualCommand *command,
						   const GradualConstraint *constraint)
{
	GradualPhase begin = gradual_constrain_phase(state, command, constraint, GRADUAL_VERIFY);
	GradualPhase phase = gradual_place_work(begin);
	int			first = list_length(state->steps);
	GradualStep *step;
	ListCell   *lc;

	/* new rows have to meet it from when one goes that it takes the place of */
	foreach(lc, constraint->leaves)
		add_to_partition(state, command, constraint, begin, lfirst(lc));
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s",
										 command->table->qualified,
										 quote_identifier(constraint->name),
										 gradual_constrain_spelled(constraint, phase)->definition));
	step->action = psprintf("add constraint %s", constraint->name);
	step->undo = list_make1(gradual_constrain_drop(command, constraint));
	step->note = "Takes over the constraints of the partitions, so no row is looked at; their triggers go, for which everybody waits for an instant.";
	gradual_steps_lock(step, command->table, ShareRowExclusiveLock);
	gradual_steps_lock(step, constraint->referenced, AccessExclusiveLock);
	for (int i = first; i < list_length(state->steps); i++)
	{
		GradualStep *part = list_nth(state->steps, i);

		if (phase >= GRADUAL_SWAP)
			part->reversible = GRADUAL_UNTIL_COMPLETE;
		else if (part != step)
			part->taken_by = step;	/* dropped with the constraint that took
									 * it over */
	}
}

/* A later statement of the script that writes rows must meet the constraint. */
static bool
is_written_later(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *later = lfirst(lc);

		if (later->statement->number > command->statement->number &&
			(later->table == command->table || later->table == NULL) &&
			(IsA(later->node, InsertStmt) || IsA(later->node, UpdateStmt) ||
			 IsA(later->node, MergeStmt) || IsA(later->node, DoStmt)))
			return true;
	}
	return false;
}

/*
 * Does the script fill a column that plain SQL fills without asking a CHECK which
 * is NOT VALID, perhaps later on: one of ours beside another, or one with a
 * default of its own for each row?  Our change of the row would ask it.
 */
static bool
is_asked(const GradualRecipeState *state, const GradualCommand *command,
		 const GradualConstraint *constraint)
{
	const GradualTable *table = command->table;
	ListCell   *lc;

	if (constraint->type != CONSTRAINT_CHECK || is_written_later(state, command))
		return false;
	foreach(lc, table->added)
	{
		GradualColumn *column = lfirst(lc);

		if (!column->existed && (column->default_volatile || column->sequence != NULL))
			return true;
	}
	return table->carried != NULL || table->bridges != NIL;
}

/* A key to rows that a later statement copies: until then every write would fail. */
static bool
is_copied_later(const GradualRecipeState *state, const GradualCommand *command,
				const GradualConstraint *constraint)
{
	ListCell   *lc;

	if (constraint->referenced == NULL || !constraint->referenced->created)
		return false;
	foreach(lc, state->commands)
	{
		GradualCommand *later = lfirst(lc);

		if (later->statement->number > command->statement->number &&
			later->table == constraint->referenced &&
			later->change != NULL && later->change->copy != NULL)
			return true;
	}
	return false;
}

static void
add_check_or_foreign_key(GradualRecipeState *state, GradualCommand *command,
						 const GradualConstraint *constraint)
{
	bool		changed = gradual_place_changed(state, command->table) ||
	is_asked(state, command, constraint);
	bool		copied = is_copied_later(state, command, constraint);
	GradualStep *step;

	if (constraint->valid && constraint->enforced)
	{
		if (!constraint->can_wait && constraint->leaves != NIL)
			add_partition_by_partition(state, command, constraint);
		else if (!constraint->can_wait)
			add_under_lock(state, command, constraint, "ADD FOREIGN KEY to a partitioned table",
						   "Before PostgreSQL 18 it cannot be NOT VALID, so all partitions would be gone through under lock.",
						   "Add it to each partition first: then it takes an instant. Or SET gradual.allow_blocking = on.");
		else
			add_scanned(state, command, constraint);
		return;
	}
	step = add_as_it_stands(state, command, constraint,
							changed || copied ? GRADUAL_VERIFY : GRADUAL_EXPAND);
	if (constraint->enforced)
	{
		note_enforcement(step, constraint);
		if (changed)
			gradual_steps_note(step, "After the backfill of the table.");
		if (copied)
			gradual_steps_note(step, psprintf("After the rows of %s are copied.",
											  constraint->referenced->qualified));
	}
}

/* --- the recipes --- */

static void
add_one(GradualRecipeState *state, GradualCommand *command, const GradualConstraint *constraint)
{
	switch (constraint->type)
	{
		case CONSTRAINT_CHECK:
		case CONSTRAINT_FOREIGN:
			add_check_or_foreign_key(state, command, constraint);
			break;
		case CONSTRAINT_PRIMARY:
			if (constraint->period)
				add_excluding(state, command, constraint, "ADD PRIMARY KEY .. WITHOUT OVERLAPS");
			else
				gradual_unique_add(state, command, constraint);
			break;
		case CONSTRAINT_UNIQUE:
			if (constraint->period)
				add_excluding(state, command, constraint, "ADD UNIQUE .. WITHOUT OVERLAPS");
			else
				gradual_unique_add(state, command, constraint);
			break;
		case CONSTRAINT_EXCLUSION:
			add_excluding(state, command, constraint, "ADD EXCLUDE");
			break;
		default:
			break;
	}
}

/* The one that the command says; a primary key brings those of its columns along. */
static GradualConstraint *
main_constraint(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type != GRADUAL_CONSTRAINT_NOT_NULL || list_length(command->constraints) == 1)
			return constraint;
	}
	return NULL;
}

/* May it become one with what partitions have?  A rollback gives it back to them. */
static bool
takes_in(const GradualTable *table, const GradualConstraint *constraint)
{
	return table->own_indexes &&
		(constraint->type == CONSTRAINT_PRIMARY || constraint->type == CONSTRAINT_UNIQUE);
}

void
gradual_recipe_add_constraint(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = main_constraint(command);

	if (constraint == NULL)
		return;
	if (GRADUAL_TABLE_AT_ONCE(command->table) && !takes_in(command->table, constraint))
		gradual_steps_note(add_as_it_stands(state, command, constraint, GRADUAL_EXPAND),
						   "The table has no rows.");
	else if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL)
		gradual_recipe_add_not_null(state, command, constraint);
	else
		add_one(state, command, constraint);
}

bool
gradual_recipe_has_inline(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		if (((GradualConstraint *) lfirst(lc))->type != GRADUAL_CONSTRAINT_NOT_NULL)
			return true;
	}
	return false;
}

void
gradual_recipe_inline_constraints(GradualRecipeState *state, GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
		add_one(state, command, lfirst(lc));
}

void
gradual_recipe_validate(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = linitial(command->constraints);
	GradualStep *step = validate(state, command, constraint,
								 gradual_constrain_phase(state, command, constraint, GRADUAL_VERIFY),
								 command->table->qualified);

	gradual_steps_note(step, "A rollback leaves the constraint validated.");
	step->reversible = "no";
}

/* Deferrable or not: as it was, from the catalog. */
static char *
previous_deferrability(const GradualCommand *command, const GradualConstraint *constraint)
{
	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s ALTER CONSTRAINT %%I %%s INITIALLY %%s', %1$s, conname, CASE WHEN condeferrable THEN 'DEFERRABLE' ELSE 'NOT DEFERRABLE' END, CASE WHEN condeferred THEN 'DEFERRED' ELSE 'IMMEDIATE' END) FROM pg_catalog.pg_constraint WHERE conrelid = pg_catalog.to_regclass(%1$s) AND conname = %2$s",
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(constraint->name));
}

void
gradual_recipe_alter_constraint(GradualRecipeState *state, GradualCommand *command)
{
	GradualConstraint *constraint = linitial(command->constraints);
	GradualStep *step;

	if (!constraint->only_deferrability && !gradual_steps_may_lock(state, command->table))
		gradual_script_refuse(command->statement, "ALTER CONSTRAINT .. ENFORCED or INHERIT",
							  "It may go through the table while nobody can write it.",
							  "Drop the constraint, and add it again as it shall be.");
	step = gradual_steps_plain(state, command,
							   gradual_constrain_phase(state, command, constraint, GRADUAL_EXPAND), NULL);
	step->action = psprintf("alter constraint %s", constraint->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	if (constraint->only_deferrability)
		step->undo_query = previous_deferrability(command, constraint);
	else
	{
		step->cost = "scan";
		step->reversible = "no";
	}
	if (step->phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
}
