/*
 * not_null.c
 *	  SET NOT NULL and DROP NOT NULL.
 *
 * Invariant: nothing that may raise in the application's statements is there
 * before complete, but for the proof of a NOT NULL whose fill never gives NULL.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/builtins.h"

#include "base/ident.h"
#include "base/texts.h"
#include "recipe/place.h"
#include "recipe/recipe.h"
#include "recipe/trigger.h"
#include "recipe/violators.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "not_null.c must stay pure"
#endif

/* A name for the proof that no other subcommand of the script has. */
static char *
proof_name(GradualRecipeState *state, const GradualCommand *command)
{
	int			number = gradual_steps_number(command);
	char	   *name;

	do
	{
		name = gradual_ident_not_null_proof(state->migration, number);
		number += GRADUAL_COMMAND_STRIDE;
	} while (gradual_texts_have(state->proofs, name));
	state->proofs = lappend(state->proofs, name);
	return name;
}

static void
add_proof(GradualRecipeState *state, const GradualCommand *command,
		  GradualPhase phase, const char *proof)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);
	const char *table = command->table->qualified;
	const char *column = gradual_steps_column(command, phase);

	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD CONSTRAINT %s CHECK (%s IS NOT NULL) NOT VALID",
										 table, proof, quote_identifier(column)));
	step->undo = list_make1(psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
									 table, proof));
	step->action = psprintf("require %s in new rows", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	step->note = phase == GRADUAL_VERIFY ?
		"After the backfill, since any UPDATE of a row that still has NULL fails from here on; the fill never gives NULL, so nobody's writes do." :
		"Only after complete, since an INSERT or UPDATE that leaves NULL fails from here on.";

	step = gradual_steps_validate(state, command, phase, command->table->qualified, proof);
	step->action = psprintf("prove %s is not null", command->column);
	step->check = gradual_violators_null(command->table, column);
	gradual_steps_lock(step, command->table, ShareUpdateExclusiveLock);
	step->note = "Scans the table while everybody goes on reading and writing, so that SET NOT NULL need not scan it under ACCESS EXCLUSIVE.";
}

/* PostgreSQL 18: with a name of its own. */
static char *
named_text(const GradualCommand *command, const GradualConstraint *constraint)
{
	return psprintf("ALTER TABLE %s ADD CONSTRAINT %s %s%s", command->table->qualified,
					quote_identifier(constraint->name), constraint->definition,
					constraint->valid ? "" : " NOT VALID");
}

/*
 * The NOT NULL by its proof, no sooner than in a phase; returns that of its
 * effect.  Two commands: in one ALTER TABLE the proof would
 * be dropped before SET NOT NULL looks for it, and the table scanned under lock.
 */
static GradualPhase
prove(GradualRecipeState *state, const GradualCommand *command,
	  const GradualConstraint *constraint, GradualPhase earliest)
{
	GradualColumn *added = gradual_steps_added_column(command, command->column);
	GradualChange *change = NULL;
	const char *proof = quote_identifier(proof_name(state, command));
	bool		before_ready = added != NULL && added->fill_not_null &&
	gradual_trigger_assignment(state, command->table, added, &change) != NULL;
	GradualPhase own = Max(earliest, before_ready ? GRADUAL_VERIFY : GRADUAL_PREPARE);
	GradualPhase phase = gradual_place_work(gradual_place_column(state, command, own));
	GradualPhase effect = gradual_place_column(state, command, Max(GRADUAL_SWAP, phase));
	GradualStep *step;

	add_proof(state, command, phase, proof);
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, effect);
	gradual_steps_command(step, constraint != NULL ? named_text(command, constraint) :
						  gradual_steps_alter_column(command, effect, "SET NOT NULL"));
	gradual_steps_command(step, psprintf("ALTER TABLE %s DROP CONSTRAINT %s",
										 command->table->qualified, proof));
	step->action = psprintf("set %s not null", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "The proof makes it a catalog change; it is dropped by a command of its own, so that it is still there when SET NOT NULL looks for it.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	return effect;
}

void
gradual_recipe_prove_not_null(GradualRecipeState *state, const GradualCommand *command)
{
	(void) prove(state, command, NULL, GRADUAL_VERIFY);
}

GradualConstraint *
gradual_recipe_named_not_null(const GradualCommand *command)
{
	ColumnDef  *definition = (ColumnDef *) ((AlterTableCmd *) command->node)->def;
	ListCell   *lc,
			   *lm;

	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type != GRADUAL_CONSTRAINT_NOT_NULL)
			continue;
		foreach(lm, definition->constraints)
		{
			Constraint *written = lfirst(lm);

			if (written->contype == CONSTR_NOTNULL && written->conname != NULL)
				return constraint;
		}
	}
	return NULL;
}

void
gradual_recipe_require_added(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRequired *required = palloc0(sizeof(GradualRequired));

	required->command = command;
	state->required = lappend(state->required, required);
	if (!command->added->fill_late)
		required->phase = prove(state, command, gradual_recipe_named_not_null(command),
								GRADUAL_VERIFY);
}

void
gradual_recipe_require_filled(GradualRecipeState *state, const GradualStatement *statement)
{
	ListCell   *lc;

	foreach(lc, state->required)
	{
		GradualRequired *required = lfirst(lc);
		const GradualColumn *added = required->command->added;

		if (required->phase == GRADUAL_EXPAND && added->filled_by == statement->number)
			required->phase = prove(state, required->command,
									gradual_recipe_named_not_null(required->command),
									gradual_steps_latest(state, statement));
	}
}

/* What the ADD COLUMN of the command's column says of NULL; or NULL. */
static GradualRequired *
find_required(const GradualRecipeState *state, const GradualCommand *command)
{
	const GradualColumn *added = gradual_steps_added_column(command, command->column);
	ListCell   *lc;

	foreach(lc, added != NULL ? state->required : NIL)
	{
		GradualRequired *required = lfirst(lc);

		if (required->command->added == added)
			return required;
	}
	return NULL;
}

bool
gradual_recipe_forget_required(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRequired *required = find_required(state, command);

	if (required == NULL || required->phase != GRADUAL_EXPAND)
		return false;
	state->required = list_delete_ptr(state->required, required);
	return true;
}

/* NOT VALID would raise in the application too. */
void
gradual_recipe_add_not_null(GradualRecipeState *state, const GradualCommand *command,
							const GradualConstraint *constraint)
{
	GradualCommand *about = palloc(sizeof(GradualCommand));
	GradualStep *step;

	*about = *command;
	about->column = linitial(constraint->columns);
	if (constraint->valid)
	{
		(void) prove(state, about, constraint, GRADUAL_VERIFY);
		return;
	}
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL,
							 gradual_place_column(state, about, GRADUAL_SWAP));
	gradual_steps_command(step, named_text(command, constraint));
	step->action = psprintf("require %s in new rows", about->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Only after complete, since an INSERT or UPDATE that leaves NULL fails from here on.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

/* SET NOT NULL itself would go through the table under ACCESS EXCLUSIVE. */
static void
validate_unproved(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;

	gradual_recipe_validate(state, command);
	step = llast(state->steps);
	step->action = psprintf("prove %s is not null", command->column);
}

/* The table has it as its own from then on, and no statement takes that back. */
static void
keep_inherited(GradualRecipeState *state, GradualCommand *command)
{
	GradualPhase phase = gradual_place_column(state, command, GRADUAL_SWAP);
	GradualStep *step = gradual_steps_plain(state, command, phase,
											gradual_steps_alter_column(command, phase, "SET NOT NULL"));

	step->action = psprintf("keep %s not null", command->column);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "Catalog only: it is NOT NULL as its parent's column is, and stays so without that.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

void
gradual_recipe_set_not_null(GradualRecipeState *state, GradualCommand *command)
{
	GradualStep *step;
	GradualPhase phase;

	if (command->column_not_null && !command->column_unproved)
	{
		if (command->column_inherits)
			keep_inherited(state, command);
		return;
	}
	if (!gradual_steps_is_at_once(command, command->column))
	{
		if (gradual_steps_is_only(command))
			gradual_script_refuse(command->statement, "SET NOT NULL with ONLY",
								  "The constraint that proves it would be on the tables below as well.",
								  "Leave ONLY out.");
		if (command->column_unproved)
			validate_unproved(state, command);
		else
			gradual_recipe_prove_not_null(state, command);
		return;
	}
	phase = gradual_place_column(state, command, GRADUAL_EXPAND);
	step = gradual_steps_plain(state, command, phase,
							   gradual_steps_alter_column(command, phase, "SET NOT NULL"));
	step->action = psprintf("set %s not null", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_note(step, "The table has no rows.");
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else if (!command->column_unproved)
		step->undo = list_make1(gradual_steps_alter_column(command, phase, "DROP NOT NULL"));
	else
		gradual_steps_note(step, "A rollback leaves its constraint validated.");
}

/* Rows with NULL in a table below, as a format in which @part@ is that table. */
static char *
null_in_part(const GradualTable *table, const char *column)
{
	GradualTable part = *table;

	part.qualified = "@part@";
	return psprintf("%s%s", GRADUAL_UNDO_CHECK, gradual_violators_null(&part, column));
}

/* From 18 on, elsewhere without rows: constraints (c) that make their column (a) NOT NULL */
#define NOT_NULLS \
	"pg_catalog.pg_constraint c JOIN pg_catalog.pg_attribute a" \
	" ON a.attrelid = c.conrelid AND c.conkey = ARRAY[a.attnum] AND c.contype = 'n'"

/* Validates that of a table below, whatever its name is by then: format(.., column, table). */
static const char *const validate_part =
GRADUAL_UNDO_ROWS
"SELECT pg_catalog.format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', c.conrelid::pg_catalog.regclass, c.conname)"
" FROM " NOT_NULLS
" WHERE NOT c.convalidated AND a.attname = %L AND c.conrelid = pg_catalog.to_regclass(%L)";

/*
 * Those that go, as rows of 'gone': that of the table, and of each table below the
 * one that it has from there alone.  VALIDATE reaches what is below, so that who is
 * below one that is valid needs none.
 */
static char *
not_nulls_gone(const char *table, const char *column, bool only)
{
	static const char *const query =
	"SELECT c.oid, 0 AS level, c.conname, c.convalidated AS valid, c.convalidated AS scanned, c.conrelid, %1$s AS of"
	" FROM " NOT_NULLS
	" WHERE c.conrelid = pg_catalog.to_regclass(%1$s) AND a.attname = %2$s"
	" UNION ALL"
	" SELECT c.oid, g.level + 1, g.conname, c.convalidated, c.convalidated AND NOT g.valid, c.conrelid, c.conrelid::pg_catalog.regclass::pg_catalog.text"
	" FROM gone g JOIN pg_catalog.pg_inherits i ON i.inhparent = g.conrelid"
	" JOIN (" NOT_NULLS ") ON c.conrelid = i.inhrelid AND a.attname = %2$s"
	" WHERE %3$s AND NOT c.conislocal AND c.coninhcount = 1";

	return psprintf(query, quote_literal_cstr(table), quote_literal_cstr(column),
					only ? "false" : "true");
}

/*
 * On 18 a NOT NULL has a name, which SET NOT NULL would choose anew, and comes
 * back NOT VALID, to be validated in a transaction of its own, if it was; so does
 * that of each table below from which it goes as well, after a look for NULLs there.
 */
static char *
named_not_null(const GradualCommand *command, const char *column)
{
	static const char *const query =
	"WITH RECURSIVE gone AS (%1$s)"
	" SELECT t.sql FROM gone g,"
	" LATERAL (SELECT g.level = 0 AS top, pg_catalog.obj_description(g.oid, 'pg_constraint') AS comment) q,"
	" LATERAL (VALUES"
	" (1, 1, q.top, pg_catalog.format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s%%s', g.of, g.conname, pg_catalog.pg_get_constraintdef(g.oid), CASE WHEN g.valid THEN ' NOT VALID' END)),"
	" (2, 1, q.comment IS NOT NULL, pg_catalog.format('COMMENT ON CONSTRAINT %%I ON %%s IS %%L', g.conname, g.of, q.comment)),"
	" (3, 1, g.scanned, '" GRADUAL_UNDO_COMMIT "'),"
	" (3, 2, g.scanned AND q.top, pg_catalog.format('ALTER TABLE %%s VALIDATE CONSTRAINT %%I', g.of, g.conname)),"
	" (3, 2, g.scanned AND NOT q.top, pg_catalog.format(%2$s, %3$s, g.of)),"
	" (4, 1, q.top AND EXISTS (SELECT FROM gone v WHERE v.valid), '" GRADUAL_UNDO_COMMIT "'),"
	" (5, 1, g.scanned AND NOT q.top, pg_catalog.replace(%4$s, '@part@', g.of))"
	") t (place, turn, needed, sql)"
	" WHERE t.needed ORDER BY t.place, g.level, g.oid, t.turn";

	return psprintf(query, not_nulls_gone(command->table->qualified, column, gradual_steps_is_only(command)),
					quote_literal_cstr(validate_part), quote_literal_cstr(column),
					quote_literal_cstr(null_in_part(command->table, column)));
}

void
gradual_recipe_undo_not_null(GradualStep *step, const GradualCommand *command, bool valid)
{
	char	   *column = gradual_steps_column(command, step->phase);

	step->undo_query = named_not_null(command, column);
	if (valid)
	{
		step->undo_checks = list_make1(gradual_violators_null(command->table, column));
		step->reversible = "if no NULLs";
	}
	else
		gradual_steps_note(step, command->table->relkind == RELKIND_PARTITIONED_TABLE || command->table->has_children ?
						   "Rolling back adds the constraint again NOT VALID, and validates it in tables below where it was." :
						   "Rolling back adds the constraint again as it was, NOT VALID.");
}

/* Does it make the column NOT NULL, perhaps by a constraint, as a primary key does? */
static bool
makes_not_null(const GradualCommand *command, const char *column)
{
	ListCell   *lc;

	if (gradual_steps_is(command, AT_SetNotNull))
		return strcmp(command->column, column) == 0;
	if (command->added != NULL)
		return !command->noop && command->added->not_null && strcmp(command->added->name, column) == 0;
	foreach(lc, gradual_steps_is(command, AT_AddConstraint) ? command->constraints : NIL)
	{
		const GradualConstraint *constraint = lfirst(lc);

		if (gradual_texts_have(constraint->type == GRADUAL_CONSTRAINT_NOT_NULL ?
							   constraint->columns : constraint->nullable, column))
			return true;
	}
	return false;
}

/* An earlier command that makes it so, of its own table, or one above or below; or NULL */
static const GradualCommand *
set_by_kin(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other->statement->number < command->statement->number &&
			gradual_steps_kin(other->table, command->table) &&
			makes_not_null(other, command->column))
			return other;
	}
	return NULL;
}

/* As PostgreSQL does: the rows of a partition, and from 18 on of a child, are the parent's, too. */
static void
refuse_inherited(const GradualCommand *command, const GradualCommand *kin)
{
	if (kin != NULL && list_member_ptr(command->table->above, kin->table) &&
		command->table->inherits_not_null)
		gradual_script_refuse(command->statement, "DROP NOT NULL",
							  psprintf("An earlier statement sets it for %s, from which %s has it then.",
									   kin->table->qualified, command->table->qualified),
							  NULL);
}

/* Unless its constraint is back by then (18): SET NOT NULL would complain of one with NO INHERIT. */
static char *
set_unless_back(const GradualCommand *command, GradualPhase phase)
{
	static const char *const query =
	GRADUAL_UNDO_ROWS
	"SELECT %s FROM pg_catalog.pg_attribute a WHERE a.attrelid = pg_catalog.to_regclass(%s) AND a.attname = %s AND NOT a.attnotnull";

	return psprintf(query, quote_literal_cstr(gradual_steps_alter_column(command, phase, "SET NOT NULL")),
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(gradual_steps_column(command, phase)));
}

void
gradual_recipe_drop_not_null(GradualRecipeState *state, GradualCommand *command)
{
	GradualRequired *required = find_required(state, command);
	const GradualCommand *kin = set_by_kin(state, command);
	GradualStep *step;
	GradualPhase phase;

	if (!command->column_not_null && kin == NULL)
		return;
	refuse_inherited(command, kin);
	if (gradual_recipe_forget_required(state, command))
		return;
	phase = gradual_place_column(state, command,
								 required != NULL ? required->phase : GRADUAL_EXPAND);
	phase = Max(phase, gradual_recipe_after_primary(state, command));
	if (kin != NULL)
		phase = Max(phase, gradual_steps_latest(state, kin->statement));
	step = gradual_steps_plain(state, command, phase,
							   gradual_steps_alter_column(command, phase, "DROP NOT NULL"));
	step->action = psprintf("allow %s to be null", command->column);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	if (phase >= GRADUAL_SWAP ||
		gradual_steps_added_column(command, command->column) != NULL)
		return;
	gradual_recipe_undo_not_null(step, command, !command->column_unproved);
	if (command->column_unproved)
		return;
	step->undo = list_make1(set_unless_back(command, phase));
	step->note = "Rolling back scans the table, before PostgreSQL 18 under ACCESS EXCLUSIVE, and fails while a row has NULL.";
}
