/*
 * column.c
 *	  Columns: added, given a default, made NOT NULL.
 *
 * Invariants: a column that a fill of the script can keep right gets its sync
 * trigger in the transaction that adds it, so that a row version with fewer
 * attributes was written by nobody since; and nothing that may raise in the
 * application's statements is there before complete, but for the proof of a
 * NOT NULL whose fill cannot give NULL.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "column.c must stay pure"
#endif

/* Statements with more subcommands than this share names of proofs, which no script has. */
#define PROOF_STRIDE 10000

static char *
alter_column(const GradualCommand *command, const char *what)
{
	return psprintf("ALTER TABLE %s ALTER COLUMN %s %s", command->table->qualified,
					quote_identifier(command->column), what);
}

/* The constraints in an ADD COLUMN that are more than a catalog change. */
static const char *
unsupported_clause(const GradualCommand *command, const ColumnDef *definition)
{
	ListCell   *lc;

	foreach(lc, definition->constraints)
	{
		switch (((Constraint *) lfirst(lc))->contype)
		{
			case CONSTR_CHECK:
				return "ADD COLUMN with CHECK";
			case CONSTR_FOREIGN:
				return "ADD COLUMN with REFERENCES";
			case CONSTR_UNIQUE:
				return "ADD COLUMN with UNIQUE";
			case CONSTR_PRIMARY:
				return "ADD COLUMN with PRIMARY KEY";
			case CONSTR_IDENTITY:
				return "ADD COLUMN with GENERATED AS IDENTITY";
			case CONSTR_GENERATED:
				if (command->rewrites || command->added->not_null)
					return "ADD COLUMN with GENERATED";
				break;
			default:
				break;
		}
	}
	return NULL;
}

/* What an ADD COLUMN on a table with rows may not hold, in this version. */
static void
refuse_unsupported(GradualRecipeState *state, const GradualCommand *command)
{
	ColumnDef  *definition = (ColumnDef *) ((AlterTableCmd *) command->node)->def;
	const char *clause = unsupported_clause(command, definition);

	if (clause == NULL && command->added->serial)
		clause = "ADD COLUMN of type serial";
	if (clause == NULL && command->rewrites && !command->added->default_volatile)
		clause = "ADD COLUMN of a domain with constraints";
	if (clause == NULL)
		return;
	if (command->rewrites && strcmp(clause, "ADD COLUMN with GENERATED") == 0 &&
		(state->script->allow_blocking || command->table->pages < state->script->direct_pages))
		return;
	gradual_script_refuse(command->statement, clause,
						  "On a table with rows it rewrites or scans the table while nobody can read or write it.",
						  "Add the plain column, fill it with UPDATE, and add the rest in a later migration.");
}

/* The UPDATE that fills the column, if a trigger can do the same for a row. */
static GradualAssignment *
find_assignment(const GradualRecipeState *state, const GradualTable *table,
				const GradualColumn *column, GradualChange **change)
{
	ListCell   *lc,
			   *lm,
			   *la;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (!column->filled || statement->number != column->filled_by)
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *command = lfirst(lm);

			if (command->table != table || command->change == NULL)
				continue;
			*change = command->change;
			foreach(la, command->change->assignments)
			{
				GradualAssignment *assignment = lfirst(la);

				if (strcmp(assignment->column, column->name) == 0)
					return assignment;
			}
		}
	}
	return NULL;
}

/*
 * Make the sync trigger anew with one more column, as part of the step that adds
 * the column.  It fires for writers in replica role too.
 */
static void
add_sync_trigger(GradualRecipeState *state, const GradualCommand *command,
				 GradualStep *step, List *arguments)
{
	GradualFill *fill = gradual_steps_fill(state, command->table);
	const char *table = command->table->qualified;
	const char *name = quote_identifier(gradual_ident_sync_trigger(state->migration));
	StringInfoData text;
	ListCell   *lc;

	fill->arguments = list_concat(fill->arguments, arguments);
	fill->trigger = true;
	initStringInfo(&text);
	foreach(lc, fill->arguments)
		appendStringInfo(&text, "%s%s", text.len > 0 ? ", " : "",
						 quote_literal_cstr(lfirst(lc)));

	gradual_steps_command(step, psprintf("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE ON %s FOR EACH ROW EXECUTE FUNCTION gradual.sync(%s)",
										 name, table, text.data));
	gradual_steps_command(step, psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
										 table, name));
	step->undo = lcons(psprintf("DROP TRIGGER IF EXISTS %s ON %s", name, table),
					   step->undo);
	gradual_steps_note(step,
					   "A sync trigger, made in the same transaction, fills the column in rows that the application writes meanwhile.");
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
	if (with_default && column->default_expr != NULL)
		appendStringInfo(&text, " DEFAULT %s", column->default_expr);
	if (with_not_null && column->not_null)
		appendStringInfoString(&text, " NOT NULL");
	return text.data;
}

/* Does the subcommand say nothing that its facts do not show? */
static bool
is_shown_by_facts(const GradualCommand *command)
{
	ColumnDef  *definition = (ColumnDef *) ((AlterTableCmd *) command->node)->def;
	ListCell   *lc;

	foreach(lc, definition->constraints)
	{
		ConstrType	type = ((Constraint *) lfirst(lc))->contype;

		if (type != CONSTR_NULL && type != CONSTR_NOTNULL && type != CONSTR_DEFAULT)
			return false;

		/* PostgreSQL 18 lets users name it */
		if (((Constraint *) lfirst(lc))->conname != NULL)
			return false;
	}
	return definition->compression == NULL &&
		!gradual_names_mentioned(command->statement->sql, "storage");
}

static void
set_undo(GradualStep *step, const GradualCommand *command)
{
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP COLUMN IF EXISTS %s",
									 command->table->qualified,
									 quote_identifier(command->added->name)));
}

/* The text that adds the column as it is, at best in the user's own words. */
static char *
as_it_stands(const GradualCommand *command)
{
	if (list_length(command->statement->commands) == 1)
		return command->statement->sql;
	if (!is_shown_by_facts(command))
		return NULL;
	return add_column_text(command, true, true);
}

/*
 * The step that adds the column in a catalog change.  as_it_stands: nothing has
 * to be left out, so that it may run in the user's own words.
 */
static GradualStep *
add_column_step(GradualRecipeState *state, const GradualCommand *command,
				GradualPhase phase, bool whole)
{
	char	   *text = whole ? as_it_stands(command) :
		add_column_text(command, false, false);
	GradualStep *step = whole ? gradual_steps_plain(state, command, phase, text) :
		gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	if (!whole)
	{
		if (!is_shown_by_facts(command))
			gradual_script_refuse(command->statement,
								  "ADD COLUMN with STORAGE, COMPRESSION or a named NOT NULL, to be filled",
								  "The column is first added without its default or NOT NULL.",
								  "Say it in an ALTER TABLE of its own, after the ADD COLUMN.");
		gradual_steps_command(step, text);
	}
	step->action = psprintf("add column %s", command->added->name);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	set_undo(step, command);
	return step;
}

/* The column is filled by us, row by row, from its own default. */
static void
fill_with_default(GradualRecipeState *state, const GradualCommand *command,
				  GradualStep *add)
{
	GradualColumn *column = command->added;
	GradualFill *fill;
	GradualStep *step;

	add_sync_trigger(state, command, add,
					 list_make4(column->name, column->default_expr, "", "default"));
	fill = gradual_steps_fill(state, command->table);
	fill->columns = lappend(fill->columns, column->name);

	step = gradual_steps_add(state, command, GRADUAL_STEP_BACKFILL,
							 Max(GRADUAL_BACKFILL, add->phase));
	gradual_steps_command(step, psprintf("UPDATE %s SET %s = %s",
										 command->table->qualified,
										 quote_identifier(column->name),
										 column->default_expr));
	step->action = psprintf("fill %s", column->name);
	step->lock_mode = "ROW EXCLUSIVE";
	step->cost = "batches";
	step->source = GRADUAL_SOURCE_HEAP;
	step->proof = GRADUAL_PROOF_ATTRIBUTES;
	step->proof_column = column->name;
	step->fill = true;
	step->note = "One value of the default for each row that is older than the column; a row that was written since has its value.";
	state->changed_tables = list_append_unique_ptr(state->changed_tables, command->table);
}

/*
 * A volatile default: the column without it, then SET DEFAULT, which reaches
 * new rows only.  Old rows are filled by us, unless an UPDATE of the script
 * fills all of them anyway.
 */
static void
add_volatile(GradualRecipeState *state, const GradualCommand *command,
			 GradualStep *add, bool fills_all)
{
	GradualColumn *column = command->added;

	if (column->filled && !fills_all)
		gradual_script_refuse(command->statement,
							  "ADD COLUMN with a volatile default, filled by UPDATE in part",
							  psprintf("Statement %d fills only some of the rows; the others would need a value of the default each.",
									   column->filled_by),
							  "Leave the default out of ADD COLUMN, put both cases into the UPDATE with CASE, and SET DEFAULT after it.");
	gradual_steps_command(add, psprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s",
										command->table->qualified,
										quote_identifier(column->name),
										column->default_expr));
	gradual_steps_note(add,
					   "The column is added without its volatile default, which is set right after: in one command it would rewrite the table and all its indexes while nobody can read or write.");
	if (!column->filled)
		fill_with_default(state, command, add);
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

/* --- NOT NULL --- */

/* A name for the proof that no other subcommand of the script has. */
static char *
proof_name(const GradualRecipeState *state, const GradualCommand *command)
{
	int			position = 0;
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		if (lfirst(lc) == command)
			break;
		position++;
	}
	return gradual_ident_not_null_proof(state->migration,
										command->statement->number +
										PROOF_STRIDE * position);
}

/* The number of NULLs, and the first few rows by their address. */
static char *
count_nulls(const GradualTable *table, const char *column)
{
	const char *address = table->relkind == RELKIND_PARTITIONED_TABLE ?
		"tableoid::pg_catalog.regclass::pg_catalog.text || ' ' || ctid::pg_catalog.text" :
		"ctid::pg_catalog.text";

	return psprintf("SELECT pg_catalog.count(*), pg_catalog.string_agg(address, ', ') FILTER (WHERE number <= 5) FROM (SELECT %s AS address, pg_catalog.row_number() OVER () AS number FROM %s WHERE %s IS NULL) AS violators",
					address, table->qualified, quote_identifier(column));
}

static void
add_proof(GradualRecipeState *state, const GradualCommand *command,
		  GradualPhase phase, const char *proof)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	const char *table = command->table->qualified;

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID",
										 table, proof, quote_identifier(command->column)));
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
									 table, proof));
	step->action = psprintf("require %s in new rows", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	step->note = phase == GRADUAL_VERIFY ?
		"After the backfill, since any UPDATE of a row that still has NULL fails from here on; the fill never gives NULL, so nobody's writes do." :
		"Only after complete, since an INSERT or UPDATE that leaves NULL fails from here on.";

	step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, phase);
	gradual_steps_command(step, psprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s",
										 table, proof));
	step->action = psprintf("prove %s is not null", command->column);
	step->cost = "scan";
	step->check = count_nulls(command->table, command->column);
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
	step->note = "Scans the table while everybody goes on reading and writing, so that SET NOT NULL need not scan it under ACCESS EXCLUSIVE.";
}

/*
 * The NOT NULL by its proof.  Two commands: in one ALTER TABLE the proof would
 * be dropped before SET NOT NULL looks for it, and the table scanned under lock.
 */
static void
prove_not_null(GradualRecipeState *state, const GradualCommand *command)
{
	GradualColumn *added = gradual_steps_added_column(command->table, command->column);
	GradualChange *change = NULL;
	const char *proof = quote_identifier(proof_name(state, command));
	bool		before_ready = added != NULL && added->fill_not_null &&
		find_assignment(state, command->table, added, &change) != NULL;
	GradualPhase phase = gradual_place_column(state, command,
											  before_ready ? GRADUAL_VERIFY : GRADUAL_PREPARE);
	GradualStep *step;

	add_proof(state, command, phase, proof);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, Max(GRADUAL_SWAP, phase));
	gradual_steps_command(step, alter_column(command, "SET NOT NULL"));
	gradual_steps_command(step, psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
										 command->table->qualified, proof));
	step->action = psprintf("set %s not null", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "The proof makes it a catalog change; it is dropped by a command of its own, so that it is still there when SET NOT NULL looks for it.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

void
gradual_recipe_set_not_null(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;

	if (command->column_not_null)
		return;
	if (!GRADUAL_TABLE_AT_ONCE(command->table))
	{
		prove_not_null(state, command);
		return;
	}
	step = gradual_steps_plain(state, command,
							   gradual_place_column(state, command, GRADUAL_EXPAND),
							   alter_column(command, "SET NOT NULL"));
	step->action = psprintf("set %s not null", command->column);
	step->undo = list_make1(alter_column(command, "DROP NOT NULL"));
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_note(step, "The table has no rows.");
}

/*
 * On 18 a NOT NULL has a name, which SET NOT NULL would choose anew; where
 * pg_constraint has no such rows the undo query returns none.
 */
static char *
named_not_null(const GradualCommand *command)
{
	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s ADD CONSTRAINT %%I NOT NULL %%I', %s, c.conname, a.attname) FROM pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] WHERE c.contype = 'n' AND c.conrelid = pg_catalog.to_regclass(%s) AND a.attname = %s",
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(command->column));
}

void
gradual_recipe_drop_not_null(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;

	if (!command->column_not_null)
		return;
	step = gradual_steps_plain(state, command,
							   gradual_place_column(state, command, GRADUAL_EXPAND),
							   alter_column(command, "DROP NOT NULL"));
	step->action = psprintf("allow %s to be null", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (gradual_steps_added_column(command->table, command->column) != NULL)
		return;
	step->undo_query = named_not_null(command);
	step->undo = list_make1(alter_column(command, "SET NOT NULL"));
	step->reversible = "if no NULLs";
	step->note = "Rolling back scans the table under ACCESS EXCLUSIVE, and fails while a row has NULL.";
}

/* --- defaults --- */

/* What brings the default back that the column has when the step runs. */
static char *
previous_default(const GradualCommand *command)
{
	const char *table = quote_literal_cstr(command->table->qualified);
	const char *column = quote_literal_cstr(command->column);

	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s ALTER COLUMN %%I %%s', %s, a.attname, COALESCE('SET DEFAULT ' || pg_catalog.pg_get_expr(d.adbin, d.adrelid), 'DROP DEFAULT')) FROM pg_catalog.pg_attribute a LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attname = %s AND NOT a.attisdropped",
					table, table, column);
}

static GradualStep *
default_step(GradualRecipeState *state, GradualCommand *command, GradualPhase phase,
			 char *what)
{
	GradualStep *step = gradual_steps_plain(state, command, phase,
											alter_column(command, what));

	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else if (gradual_steps_added_column(command->table, command->column) == NULL)
		step->undo_query = previous_default(command);
	return step;
}

/* A fill compares with the default that the column had in its time. */
static GradualPhase
after_changes(const GradualRecipeState *state, const GradualCommand *command)
{
	return gradual_place_changed(state, command->table) ? GRADUAL_VERIFY : GRADUAL_EXPAND;
}

void
gradual_recipe_set_default(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;

	if (command->new_default == NULL)
	{
		/* SET DEFAULT NULL */
		gradual_recipe_drop_default(state, command);
		return;
	}
	step = default_step(state, command,
						gradual_place_column(state, command, after_changes(state, command)),
						psprintf("SET DEFAULT %s", command->new_default));
	step->action = psprintf("set default of %s", command->column);
	step->note = "Catalog only: it reaches new rows, no row is touched.";
}

/* Does a later statement make the column NOT NULL? */
static bool
will_be_not_null(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number < command->statement->number)
			continue;
		foreach(lm, statement->commands)
		{
			GradualCommand *other = lfirst(lm);

			if (IsA(other->node, AlterTableCmd) &&
				((AlterTableCmd *) other->node)->subtype == AT_SetNotNull &&
				other->table == command->table && other->column != NULL &&
				strcmp(other->column, command->column) == 0)
				return true;
		}
	}
	return false;
}

void
gradual_recipe_drop_default(GradualRecipeState *state, GradualCommand *command)
{
	bool		breaks = !GRADUAL_TABLE_AT_ONCE(command->table) &&
		(command->column_not_null || will_be_not_null(state, command));
	GradualStep *step;

	if (command->previous_default == NULL)
		return;
	step = default_step(state, command,
						gradual_place_column(state, command,
											 breaks ? GRADUAL_SWAP : after_changes(state, command)),
						"DROP DEFAULT");
	step->action = psprintf("drop default of %s", command->column);
	if (breaks)
		step->note = "Only after complete: the column is NOT NULL, so without the default every INSERT of the running application that leaves it out fails.";
}

/* --- ADD COLUMN --- */

/* A column on a table with rows: catalog changes only, the rest follows. */
static void
add_beside_rows(GradualRecipeState *state, GradualCommand *command, GradualPhase phase)
{
	GradualColumn *column = command->added;
	GradualChange *change = NULL;
	GradualAssignment *assignment = find_assignment(state, command->table, column, &change);
	bool		no_default = column->default_expr == NULL && !column->generated;
	bool		late_not_null = column->not_null && (no_default || column->default_volatile);
	bool		whole = !late_not_null && !column->default_volatile;
	GradualStep *step;

	if (late_not_null && no_default)
		require_fill(command);
	step = add_column_step(state, command, phase, whole);
	if (whole && command->rewrites)
		step->cost = "scan";
	if (column->default_volatile)
		add_volatile(state, command, step, assignment != NULL && change->where == NULL);
	if (assignment != NULL)
	{
		state->plain = list_delete_ptr(state->plain, step);
		add_sync_trigger(state, command, step,
						 list_make4(assignment->column, assignment->expression,
									change->where == NULL ? "" : change->where, "fill"));
	}
	if (late_not_null)
	{
		gradual_steps_note(step, "Added without its NOT NULL, which the rows that are there would break.");
		prove_not_null(state, command);
	}
	else if (whole && !command->rewrites)
		gradual_steps_note(step, "Catalog only: no row is touched.");
	gradual_steps_note(step, "Clients that go by position see one column more: COPY without a column list, INSERT .. SELECT *, prepared SELECT *.");
}

void
gradual_recipe_add_column(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_EXPAND);

	if (command->added == NULL)
		elog(ERROR, "no facts about the column of statement %d", command->statement->number);
	if (command->added->existed)
		return;
	if (!GRADUAL_TABLE_AT_ONCE(command->table))
	{
		refuse_unsupported(state, command);
		add_beside_rows(state, command, phase);
		return;
	}
	gradual_steps_note(add_column_step(state, command, phase, true),
					   "The table has no rows.");
}
