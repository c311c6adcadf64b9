/*
 * column.c
 *	  Columns: added, given a default.
 *
 * Invariant: a column that a fill of the script can keep right gets its sync
 * trigger in the transaction that adds it, so that a row version with fewer
 * attributes was written by nobody since.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "recipe/follow_change.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/publication.h"
#include "recipe/recipe.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "column.c must stay pure"
#endif

/* What an ADD COLUMN on a table with rows may not hold, in this version. */
static void
refuse_unsupported(GradualRecipeState *state, const GradualCommand *command)
{
	GradualColumn *column = command->added;

	if (column->default_volatile && command->table->has_children)
		gradual_script_refuse(command->statement,
							  "ADD COLUMN with a volatile default to a table with children",
							  psprintf("The rows of the tables that inherit from %s would have to be filled as well.",
									   command->table->qualified),
							  "Add the column, then SET DEFAULT, and in a later migration UPDATE ONLY each of the tables.");
	if (column->default_volatile && command->table->alien != NULL)
		gradual_script_refuse(command->statement, "ADD COLUMN with a volatile default",
							  psprintf("It would be filled in batches, and %s is not a heap table.",
									   command->table->alien),
							  "Add the column, then SET DEFAULT.");
	if (!column->domain_constrained &&
		(column->default_volatile ||
		 (!command->rewrites &&
		  (column->generated == NULL || column->computed || !column->not_null))))
		return;
	if (column->generated != NULL &&
		(state->script->allow_blocking || command->table->pages < state->script->direct_pages))
		return;
	gradual_script_refuse(command->statement,
						  column->generated != NULL ? "ADD COLUMN with GENERATED" :
						  "ADD COLUMN of a domain with constraints or a volatile default",
						  "On a table with rows it rewrites or scans the table while nobody can read or write it.",
						  column->generated != NULL ?
						  "Add a plain column, fill it with UPDATE, and CREATE a TRIGGER that keeps it. Or SET gradual.allow_blocking = on, at a time when the application can wait." :
						  "Add the plain column, fill it with UPDATE, and add the rest in a later migration.");
}

/* NOT NULL as it was written; from PostgreSQL 18 on it may have a name. */
static char *
not_null_text(const GradualCommand *command)
{
	GradualConstraint *constraint = gradual_recipe_named_not_null(command);

	return constraint == NULL ? " NOT NULL" :
		psprintf(" CONSTRAINT %s NOT NULL", quote_identifier(constraint->name));
}

/* ADD COLUMN from what the clone shows, with or without its default and NOT NULL. */
static char *
add_column_text(const GradualCommand *command, bool with_default, bool with_not_null)
{
	GradualColumn *column = command->added;
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfo(&text, "ALTER TABLE %s ADD COLUMN %s %s",
					 command->table->qualified, quote_identifier(column->name),
					 column->type);
	if (column->compression != NULL)
		appendStringInfo(&text, " COMPRESSION %s", column->compression);
	if (column->generated != NULL)
		appendStringInfo(&text, " %s", column->generated);
	if (with_default && column->default_expr != NULL)
		appendStringInfo(&text, " DEFAULT %s", column->default_expr);
	if (with_not_null && column->not_null)
		appendStringInfoString(&text, not_null_text(command));
	return text.data;
}

static void
set_undo(GradualStep *step, const GradualCommand *command)
{
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP COLUMN IF EXISTS %s",
									 command->table->qualified,
									 quote_identifier(command->added->name)));
}

/* The step that adds the column as it is: in the user's own words, or taken apart. */
static GradualStep *
add_whole(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase)
{
	bool		shown = command->added->storage == NULL && command->added->sequence == NULL &&
	!gradual_recipe_has_inline(command);
	GradualStep *step = gradual_steps_plain(state, command, phase,
											list_length(command->statement->commands) == 1 ?
											command->statement->sql :
											shown ? add_column_text(command, true, true) : NULL);

	step->action = psprintf("add column %s", command->added->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_lock_touched(step, command);
	set_undo(step, command);
	gradual_publication_follow(state, command, step);
	return step;
}

/* The step that adds what of the column is a change of the catalog. */
static GradualStep *
add_part(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase,
		 bool late_not_null)
{
	GradualColumn *column = command->added;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, add_column_text(command, !column->default_volatile,
												!late_not_null));
	if (column->storage != NULL)
		gradual_steps_command(step, gradual_steps_alter_column(command, phase,
															   psprintf("SET STORAGE %s", column->storage)));
	step->action = psprintf("add column %s", column->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	set_undo(step, command);
	return step;
}

/* The column is filled by us, row by row, from its own default. */
static void
fill_with_default(GradualRecipeState *state, const GradualCommand *command,
				  GradualStep *add, char *expression)
{
	GradualColumn *column = command->added;
	GradualFill *fill;
	GradualStep *step;

	gradual_trigger_add(state, command->table, add,
						list_make4(column->name, expression, "", "default"));
	fill = gradual_steps_fill(state, command->table, add->phase >= GRADUAL_SWAP);
	fill->columns = lappend(fill->columns, column->name);

	step = gradual_steps_backfill(state, command,
								  gradual_place_work(Max(GRADUAL_BACKFILL, add->phase)),
								  psprintf("%s = %s", quote_identifier(column->name), expression),
								  column->name);
	step->action = psprintf("fill %s", column->name);
	step->note = "One value of the default for each row that is older than the column; a row that was written since has its value.";
	gradual_steps_note_not_valid(step, command->table);
	step->quiet = command->table->has_triggers;
	if (step->quiet)
		gradual_steps_note(step, "No trigger of users fires, but for those that are ENABLE ALWAYS: adding a column changes no row.");
}

/*
 * A volatile default: the column without it, then SET DEFAULT, which reaches
 * new rows only.  Old rows are filled by us.
 */
static void
add_volatile(GradualRecipeState *state, const GradualCommand *command, GradualStep *add)
{
	GradualColumn *column = command->added;
	char	   *expression = column->sequence != NULL ?
	gradual_identity_begin(state, command, add) : column->default_expr;

	gradual_steps_command(add, gradual_steps_alter_column(command, add->phase,
														  psprintf("SET DEFAULT %s", expression)));
	gradual_steps_note(add,
					   "The column is added without its volatile default, which is set right after: in one command it would rewrite the table and all its indexes while nobody can read or write.");
	fill_with_default(state, command, add, expression);
}

/* The table has rows, so a NOT NULL needs the script to fill the column. */
static void
require_fill(const GradualCommand *command)
{
	GradualColumn *column = command->added;

	if (column->filled)
		return;
	gradual_script_refuse(command->statement, "ADD COLUMN NOT NULL without a default",
						  psprintf("Table %s has rows, and nothing in the script gives them a value of column \"%s\".",
								   command->table->qualified, column->name),
						  psprintf("Add a DEFAULT, or UPDATE %s SET %s = .. after it.",
								   command->table->qualified,
								   quote_identifier(column->name)));
}

/* --- defaults --- */

/* What brings the defaults back that the column has when the step runs. */
static char *
previous_default(const GradualCommand *command)
{
	return gradual_steps_undo_family(command->table,
									 "pg_catalog.format('ALTER COLUMN %I %s', a.attname, COALESCE('SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT'))",
									 "a.attname",
									 psprintf("JOIN pg_catalog.pg_attribute a ON a.attrelid = t.oid LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attname = %s AND NOT a.attisdropped",
											  quote_literal_cstr(command->column)));
}

static GradualStep *
default_step(GradualRecipeState *state, GradualCommand *command, GradualPhase phase,
			 char *what)
{
	GradualStep *step = gradual_steps_plain(state, command, phase,
											gradual_steps_alter_column(command, phase, what));

	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else
		step->undo_query = previous_default(command);
	return step;
}

/*
 * A fill compares with the default that the column had in its time, and rows that an
 * earlier statement makes get that.
 */
static GradualPhase
after_changes(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = gradual_place_changed(state, command->table) ? GRADUAL_VERIFY : GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		const GradualLate *late = lfirst(lc);

		if (gradual_follow_change_gives_defaults(linitial(late->statement->commands), command->table))
			phase = Max(phase, Max(late->phase, late->rows));
	}
	return phase;
}

#define OTHER_SEQUENCE "Only after complete: a rollback would go back to a sequence that does not know which values the other one has given."

/* Is the one about the default of the other's column? */
static bool
is_default_of(const GradualCommand *command, const GradualCommand *other)
{
	return command->table == other->table && gradual_steps_is(command, AT_ColumnDefault) &&
		strcmp(command->column, other->column) == 0;
}

/*
 * Do values come from another sequence than before, be it by two statements: DROP
 * DEFAULT, SET DEFAULT?
 */
static bool
changes_sequence(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualCommand *first = NULL;
	ListCell   *lc;

	foreach(lc, GRADUAL_TABLE_AT_ONCE(command->table) ? NIL : state->commands)
	{
		const GradualCommand *other = lfirst(lc);

		if (!is_default_of(other, command))
			continue;
		if (first == NULL)
			first = other;
		if (gradual_steps_takes_numbers(first->previous_default) && gradual_steps_takes_numbers(other->new_default) &&
			strcmp(first->previous_default, other->new_default) != 0)
			return true;
	}
	return false;
}

void
gradual_recipe_set_default(GradualRecipeState *state, GradualCommand *command)
{
	bool		exchanges;
	GradualPhase phase;
	GradualStep *step;

	if (command->new_default == NULL)
	{
		/* SET DEFAULT NULL */
		gradual_recipe_drop_default(state, command);
		return;
	}
	exchanges = changes_sequence(state, command);
	phase = gradual_place_column(state, command, exchanges ? GRADUAL_SWAP :
								 after_changes(state, command));
	step = default_step(state, command, phase,
						psprintf("SET DEFAULT %s", phase < GRADUAL_SWAP ?
								 command->physical_default : command->new_default));
	command->phase = phase;
	step->action = psprintf("set default of %s", command->column);
	step->note = exchanges ? OTHER_SEQUENCE :
		"Catalog only: it reaches new rows, no row is touched.";
}

/* Does a later statement make the column NOT NULL? */
static bool
will_be_not_null(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other->statement->number >= command->statement->number &&
			gradual_steps_is(other, AT_SetNotNull) &&
			other->table == command->table && other->column != NULL &&
			strcmp(other->column, command->column) == 0)
			return true;
	}
	return false;
}

/* Does the script give the column another type, beside the old one? */
static bool
has_carried_type(const GradualCommand *command)
{
	ListCell   *lc;

	if (command->table == NULL || command->table->carried == NULL)
		return false;
	foreach(lc, command->table->carried->retypes)
	{
		if (strcmp(((GradualRetype *) lfirst(lc))->column, command->column) == 0)
			return true;
	}
	return false;
}

/*
 * Does a SET DEFAULT follow that waits for changes of rows in between?  Rows that the
 * application adds until then would have neither default.
 */
static bool
is_set_after_changes(const GradualRecipeState *state, const GradualCommand *command)
{
	bool		changes = false;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *other = lfirst(lc);
		const GradualStatement *statement = other->statement;

		if (statement->number <= command->statement->number || other->table != command->table)
			continue;
		if (is_default_of(other, command))
			return changes && other->new_default != NULL;
		changes |= IsA(statement->node, UpdateStmt) || IsA(statement->node, DeleteStmt);
		if (IsA(statement->node, InsertStmt) ||
			(changes && gradual_names_mentioned(statement->sql, "default")))
			return false;
	}
	return false;
}

void
gradual_recipe_drop_default(GradualRecipeState *state, GradualCommand *command)
{
	bool		breaks = !command->table->created &&
	(command->column_not_null || will_be_not_null(state, command));
	bool		goes_along = has_carried_type(command);
	bool		exchanges;
	GradualPhase own;
	GradualStep *step;

	if (command->previous_default == NULL)
		return;
	exchanges = changes_sequence(state, command);
	own = breaks || goes_along || exchanges ? GRADUAL_SWAP :
		is_set_after_changes(state, command) ? GRADUAL_VERIFY : after_changes(state, command);
	step = default_step(state, command, gradual_place_column(state, command, own),
						"DROP DEFAULT");
	step->action = psprintf("drop default of %s", command->column);
	if (breaks)
		step->note = "Only after complete: the column is NOT NULL, so without the default every INSERT of the running application that leaves it out fails.";
	else if (exchanges)
		step->note = OTHER_SEQUENCE;
	else if (goes_along)
		step->note = "With the new type of the column: until then the running application has the default.";
}

/* --- ADD COLUMN --- */

static char *
fill_mode(const GradualRecipeState *state, const GradualColumn *column,
		  const GradualChange *change)
{
	if (!change->unsteady)
		return "fill";
	return gradual_trigger_mode("fill", list_nth(state->script->statements,
												 column->filled_by - 1));
}

/* What an UPDATE that fills it assigns to it, if a trigger can do the same for a single row. */
static void
keep_filled(GradualRecipeState *state, GradualTable *table, const GradualColumn *column,
			GradualStep *step)
{
	GradualChange *change = NULL;
	GradualAssignment *assignment = gradual_trigger_assignment(state, table, column, &change);

	if (assignment == NULL)
		return;
	state->plain = list_delete_ptr(state->plain, step);
	gradual_trigger_add(state, table, step,
						list_make4(assignment->column, assignment->expression,
								   change->where == NULL ? "" : change->where,
								   fill_mode(state, column, change)));
}

/* The same in partitions that are filled one by one. */
static void
keep_parts_filled(GradualRecipeState *state, const GradualColumn *added, GradualStep *step)
{
	ListCell   *lc,
			   *la;

	foreach(lc, added->filled_below ? state->script->tables : NIL)
	{
		GradualTable *table = lfirst(lc);

		foreach(la, table->added)
		{
			const GradualColumn *column = lfirst(la);

			if (column->of == added)
				keep_filled(state, table, column, step);
		}
	}
}

/* A column on a table with rows: catalog changes only, the rest follows. */
static void
add_beside_rows(GradualRecipeState *state, GradualCommand *command, GradualPhase phase)
{
	GradualColumn *column = command->added;
	bool		no_default = column->default_expr == NULL && column->generated == NULL &&
	!column->default_volatile;
	bool		late_not_null = gradual_steps_adds_late_not_null(command);
	bool		apart = gradual_recipe_has_inline(command) && !command->rewrites;
	bool		whole = !late_not_null && !column->default_volatile && !apart;
	GradualStep *step;

	if (late_not_null && no_default)
		require_fill(command);
	step = whole ? add_whole(state, command, phase) :
		add_part(state, command, phase, late_not_null);
	if (whole && command->rewrites)
		step->cost = "scan";
	if (column->default_volatile)
		add_volatile(state, command, step);
	keep_filled(state, command->table, column, step);
	keep_parts_filled(state, column, step);
	if (late_not_null)
		gradual_steps_note(step, column->computed ?
						   "Added without its NOT NULL, for which all rows would be gone through under lock." :
						   "Added without its NOT NULL, which the rows that are there would break.");
	else if (!command->rewrites && !column->default_volatile)
		gradual_steps_note(step, "Catalog only: no row is touched.");
	gradual_steps_note(step, "Clients that go by position see one column more: COPY without a column list, INSERT .. SELECT *, prepared SELECT *.");
	if (late_not_null)
		gradual_recipe_require_added(state, command);
	if (column->sequence != NULL)
		gradual_identity_end(state, command, phase);
	if (!whole)
		gradual_recipe_inline_constraints(state, command);
}

/*
 * Does the same ALTER TABLE drop a column of that name?  It does so first, wherever
 * it stands, and after complete, unless it is the script's own table.
 */
static bool
is_dropped_along(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (gradual_steps_is(other, AT_DropColumn) && other->table == command->table &&
			strcmp(((AlterTableCmd *) other->node)->name, command->added->name) == 0)
			return !gradual_steps_drops_own(other);
	}
	return false;
}

void
gradual_recipe_add_column(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_EXPAND);
	bool		at_once;

	if (command->added == NULL)
		elog(ERROR, "no facts about the column of statement %d", command->statement->number);
	if (command->added->existed)
		return;
	at_once = gradual_steps_is_at_once(command, command->added->name);
	if (is_dropped_along(command))
		phase = Max(phase, GRADUAL_SWAP);
	command->phase = phase;
	if (!at_once)
	{
		refuse_unsupported(state, command);
		add_beside_rows(state, command, phase);
		return;
	}
	gradual_steps_note(add_whole(state, command, phase), "The table has no rows.");
}
