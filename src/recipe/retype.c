/*
 * retype.c
 *	  The swap of columns that get another type.
 *
 * The old column is dropped and takes along the indexes and constraints that
 * name it; so what it owns has to move before, and what was made beside it gets
 * the free names after.  Nothing here looks at a row: the whole is short.
 *
 * If we crash here nothing has happened: the swap is one transaction.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "recipe/beside.h"
#include "recipe/names.h"
#include "recipe/retype.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "retype.c must stay pure"
#endif

/* 'ALTER TABLE t <what>' as one more command. */
static void
alter(GradualStep *step, const GradualTable *table, char *what)
{
	gradual_steps_command(step, psprintf("ALTER TABLE %s %s", table->qualified, what));
}

static void
comment(GradualStep *step, char *what, const char *text_of_comment)
{
	if (text_of_comment != NULL)
		gradual_steps_command(step, psprintf("COMMENT ON %s IS %s", what,
											 quote_literal_cstr(text_of_comment)));
}

/*
 * 's.': the schema of the table when the step runs, which the script may have
 * moved it to, with its indexes and sequences.
 */
static const char *
schema_prefix(const GradualCommand *command)
{
	return gradual_names_schema_prefix(gradual_spell_written(command->statement, command->table));
}

/* --- before the old column goes --- */

/* A NOT NULL by itself (18), or those that a primary key brings along. */
static bool
adds_not_null(const GradualCommand *command)
{
	ListCell   *lc;

	if (!gradual_steps_is(command, AT_AddConstraint))
		return false;
	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL || constraint->nullable != NIL)
			return true;
	}
	return false;
}

bool
gradual_retype_is_of_same(const GradualCommand *command, const GradualCommand *other)
{
	return command != other && command->table == other->table &&
		command->retype != NULL && strcmp(command->retype->column, other->retype->column) == 0;
}

/* The state of a partitioned table tells of its partitions; it may be one of them. */
static bool
may_be_part(const GradualTable *table, const GradualTable *whole)
{
	return table == whole ||
		(table != NULL && table->is_partition && whole->relkind == RELKIND_PARTITIONED_TABLE);
}

/* Does the script itself change what gradual_hung_state() says, or a name in it? */
static bool
changes_state(const GradualRecipeState *state, const GradualCommand *retyping)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *command = lfirst(lc);

		switch (nodeTag(command->statement->node))
		{
			case T_RenameStmt:
			case T_AlterObjectSchemaStmt:
				return true;
			default:
				break;
		}
		if (command != retyping && may_be_part(command->table, retyping->table) &&
			(gradual_steps_is(command, AT_ColumnDefault) ||
			 gradual_steps_is(command, AT_SetNotNull) ||
			 gradual_steps_is(command, AT_DropNotNull) ||
			 gradual_steps_is(command, AT_SetStatistics) ||
			 gradual_steps_is(command, AT_SetOptions) ||
			 gradual_steps_is(command, AT_ResetOptions) ||
			 gradual_steps_is(command, AT_AddIdentity) ||
			 gradual_steps_is(command, AT_DropIdentity) ||
			 gradual_steps_is(command, AT_AddIndex) ||
			 gradual_steps_is(command, AT_ValidateConstraint) ||
			 gradual_steps_is(command, AT_DropConstraint) || gradual_retype_is_of_same(command, retyping) ||
			 adds_not_null(command)))
			return true;
	}
	return false;
}

/* 'ARRAY['t_pkey', ..]': what may hang on the column, since the plan knows of it. */
static char *
known_names(const GradualRecipeState *state, const GradualRetype *retype,
			const GradualCarried *carry)
{
	List	   *names = list_copy(retype->hung);
	ListCell   *lc;

	foreach(lc, carry->indexes)
		names = lappend(names, ((GradualCarriedIndex *) lfirst(lc))->name);
	foreach(lc, carry->checks)
		names = lappend(names, ((GradualCarriedCheck *) lfirst(lc))->name);
	foreach(lc, carry->statistics)
		names = lappend(names, ((GradualCarriedStatistics *) lfirst(lc))->name);
	foreach(lc, state->script->carried_keys)
		names = lappend(names, ((GradualCarriedKey *) lfirst(lc))->name);
	return psprintf("ARRAY[%s]::text[]", gradual_texts_literals(names));
}

/* What hangs on several columns goes with the first of them .. */
static bool
goes_with(const GradualCarried *carry, List *shadows, const GradualRetype *retype)
{
	ListCell   *lc;

	foreach(lc, carry->retypes)
	{
		const char *shadow = ((GradualRetype *) lfirst(lc))->shadow;

		if (gradual_texts_have(shadows, shadow))
			return strcmp(shadow, retype->shadow) == 0;
	}
	return false;
}

/* .. and gets its place with the last. */
static bool
comes_with(const GradualCarried *carry, List *shadows, const GradualRetype *retype)
{
	const char *last = NULL;
	ListCell   *lc;

	foreach(lc, carry->retypes)
	{
		const char *shadow = ((GradualRetype *) lfirst(lc))->shadow;

		if (gradual_texts_have(shadows, shadow))
			last = shadow;
	}
	return last != NULL && strcmp(last, retype->shadow) == 0;
}

/*
 * Foreign keys of both ends go with the first of their columns: what refers to
 * the old key would keep it from being dropped.
 */
static bool
swaps_key(const GradualRecipeState *state, const GradualCarriedKey *key,
		  const GradualTable *table, const char *shadow)
{
	return !list_member_ptr(state->swapped_keys, key) &&
		((key->table == table && gradual_texts_have(key->shadows, shadow)) ||
		 (key->referenced == table && gradual_texts_have(key->referenced_shadows, shadow)));
}

/* Did it hang on the column, and will be replaced with it?  Then it must still be there. */
static bool
is_needed(const GradualCommand *command, const char *name, List *shadows)
{
	return gradual_texts_have(command->retype->hung, name) &&
		goes_with(command->table->carried, shadows, command->retype);
}

static char *
needed_names(const GradualRecipeState *state, const GradualCommand *command)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, command->table->carried->indexes)
	{
		GradualCarriedIndex *index = lfirst(lc);

		if (!index->created && is_needed(command, index->name, index->shadows))
			names = lappend(names, index->name);
	}
	foreach(lc, command->table->carried->checks)
	{
		GradualCarriedCheck *check = lfirst(lc);

		if (is_needed(command, check->name, check->shadows))
			names = lappend(names, check->name);
	}
	foreach(lc, state->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (!key->created && gradual_texts_have(command->retype->hung, key->name) &&
			swaps_key(state, key, command->table, command->retype->shadow))
			names = lappend(names, key->name);
	}
	return psprintf("ARRAY[%s]::text[]", gradual_texts_literals(names));
}

/* What others have made since then would be lost, and what they have dropped come back. */
static void
require_known(const GradualRecipeState *state, GradualStep *step, const GradualCommand *command)
{
	const GradualTable *table = command->table;
	const GradualRetype *retype = command->retype;

	if (table->created)
		return;
	gradual_steps_command(step, psprintf("SELECT gradual.require_known(%s, %s, %s, %s, %s)",
										 quote_literal_cstr(table->qualified),
										 quote_literal_cstr(retype->column),
										 known_names(state, retype, table->carried),
										 needed_names(state, command),
										 retype->state == NULL || changes_state(state, command) ?
										 "NULL" : quote_literal_cstr(retype->state)));
}

static void
swap_keys(GradualRecipeState *state, GradualStep *step, const GradualTable *table,
		  const char *shadow)
{
	ListCell   *lc;

	foreach(lc, state->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);
		const char *name = pstrdup(quote_identifier(key->name));

		if (!swaps_key(state, key, table, shadow))
			continue;
		state->swapped_keys = lappend(state->swapped_keys, key);
		gradual_beside_lock(step, key->table, AccessExclusiveLock);
		gradual_beside_lock(step, key->referenced, AccessExclusiveLock);
		if (key->partitioned)
			gradual_steps_command(step, psprintf("SELECT gradual.name_parts(%s, %s, %s)",
												 quote_literal_cstr(key->table->qualified),
												 quote_literal_cstr(key->name),
												 quote_literal_cstr(key->interim)));
		gradual_steps_command(step, psprintf("SELECT gradual.follow_foreign_key(%s, %s, %s)",
											 quote_literal_cstr(key->table->qualified),
											 quote_literal_cstr(key->name),
											 quote_literal_cstr(key->interim)));
		alter(step, key->table, psprintf("DROP CONSTRAINT %s", name));
		alter(step, key->table, psprintf("RENAME CONSTRAINT %s TO %s",
										 quote_identifier(key->interim), name));
	}
}

/* It moves with the table that owns it, wherever it was. */
static char *
sequence_name(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->table->namings)
	{
		GradualNaming *naming = lfirst(lc);

		if (naming->moves && naming->statement < command->statement->number)
			return psprintf("%s%s", schema_prefix(command),
							quote_identifier(gradual_names_unqualified(command->retype->sequence)));
	}
	return command->retype->sequence;
}

/* The sequence would go with the column that owns it. */
static void
move_sequence(GradualStep *step, const GradualCommand *command)
{
	const GradualTable *table = command->table;
	const GradualRetype *retype = command->retype;
	char	   *sequence;

	if (retype->sequence == NULL)
		return;
	sequence = sequence_name(command);
	if (!retype->identity)
	{
		gradual_steps_command(step, psprintf("ALTER SEQUENCE %s OWNED BY %s.%s", sequence,
											 table->qualified, quote_identifier(retype->shadow)));
		return;
	}
	gradual_steps_command(step, psprintf("SELECT gradual.move_identity(%s, %s, %s)",
										 quote_literal_cstr(table->qualified),
										 quote_literal_cstr(retype->column),
										 quote_literal_cstr(retype->shadow)));
	gradual_steps_command(step, psprintf("ALTER SEQUENCE %s AS %s", sequence,
										 retype->type));
}

/*
 * Names, comments and marks change places before the old index goes with its
 * column.
 */
static void
replace_indexes(GradualStep *step, const GradualCommand *command)
{
	const GradualCarried *carry = command->table->carried;
	const char *schema = schema_prefix(command);
	ListCell   *lc;

	foreach(lc, carry->indexes)
	{
		GradualCarriedIndex *index = lfirst(lc);

		if (!goes_with(carry, index->shadows, command->retype))
			continue;
		if (index->created && strcmp(index->interim, index->name) != 0)
			gradual_steps_command(step, psprintf("ALTER INDEX %s%s RENAME TO %s", schema,
												 quote_identifier(index->interim),
												 quote_identifier(index->name)));
		else if (!index->created)
			gradual_steps_command(step, psprintf("SELECT gradual.replace_index(%s, %s)",
												 quote_literal_cstr(psprintf("%s%s", schema,
																			 quote_identifier(index->name))),
												 quote_literal_cstr(psprintf("%s%s", schema,
																			 quote_identifier(index->interim)))));
	}
}

static void
drop_statistics(GradualStep *step, const GradualCarried *carry, const GradualRetype *retype)
{
	ListCell   *lc;

	foreach(lc, carry->statistics)
	{
		GradualCarriedStatistics *statistics = lfirst(lc);

		if (comes_with(carry, statistics->shadows, retype))
			gradual_steps_command(step, psprintf("DROP STATISTICS IF EXISTS %s.%s",
												 statistics->schema,
												 quote_identifier(statistics->name)));
	}
}

/* --- the column --- */

/* It is NOT NULL as the old one was; before 18 there is no constraint of that. */
static void
swap_not_null(const GradualRecipeState *state, GradualStep *step, const GradualTable *table,
			  const GradualRetype *retype)
{
	const char *column = pstrdup(quote_identifier(retype->column));

	if (!retype->not_null)
		return;
	if (retype->not_null_name != NULL)
	{
		const char *name = pstrdup(quote_identifier(retype->not_null_name));

		alter(step, table, psprintf("ADD CONSTRAINT %s NOT NULL %s%s%s", name, column,
									retype->not_null_alone ? " NO INHERIT" : "",
									retype->unproved ? " NOT VALID" : ""));
		comment(step, psprintf("CONSTRAINT %s ON %s", name, table->qualified),
				retype->not_null_comment);
	}
	else
		alter(step, table, psprintf("ALTER COLUMN %s SET NOT NULL", column));
	if (!retype->unproved)
		alter(step, table, psprintf("DROP CONSTRAINT %s",
									quote_identifier(gradual_beside_proof(state, table, retype))));
}

/* With the name that the column's own sequence has by then. */
static char *
default_text(const GradualCommand *command)
{
	GradualTable before = {.qualified = command->retype->sequence};
	GradualSpelling spelling = {.table = &before};

	if (command->retype->sequence == NULL)
		return command->retype->default_expr;
	spelling.qualified = sequence_name(command);
	return gradual_spell_generated(command->retype->default_expr, list_make1(&spelling));
}

static void
swap_column(const GradualRecipeState *state, GradualStep *step, const GradualCommand *command)
{
	const GradualTable *table = command->table;
	const GradualRetype *retype = command->retype;
	const char *column = pstrdup(quote_identifier(retype->column));

	alter(step, table, psprintf("DROP COLUMN %s", column));
	alter(step, table, psprintf("RENAME COLUMN %s TO %s", quote_identifier(retype->shadow), column));
	swap_not_null(state, step, table, retype);
	if (retype->default_expr != NULL)
		alter(step, table, psprintf("ALTER COLUMN %s SET DEFAULT %s", column, default_text(command)));
}

/* --- after it --- */

/* USING INDEX is not for partitioned tables. */
static void
constrain_partitioned(GradualStep *step, const char *schema, const GradualCarriedIndex *index)
{
	gradual_steps_command(step, psprintf("SELECT gradual.constrain_index(%s, %s, %s, %s)",
										 quote_literal_cstr(psprintf("%s%s", schema,
																	 quote_identifier(index->name))),
										 strcmp(index->constraint, "PRIMARY KEY") == 0 ? "true" : "false",
										 index->deferrable[0] != '\0' ? "true" : "false",
										 strstr(index->deferrable, "DEFERRED") != NULL ? "true" : "false"));
}

static void
swap_index(GradualStep *step, const GradualTable *table, const char *schema,
		   const GradualCarriedIndex *index)
{
	const char *name = pstrdup(quote_identifier(index->name));

	if (index->constraint != NULL)
	{
		if (table->relkind == RELKIND_PARTITIONED_TABLE)
			constrain_partitioned(step, schema, index);
		else
			alter(step, table, psprintf("ADD CONSTRAINT %s %s USING INDEX %s%s", name,
										index->constraint, name, index->deferrable));
		comment(step, psprintf("CONSTRAINT %s ON %s", name, table->qualified), index->comment);
	}
	if (index->replica_identity)
		alter(step, table, psprintf("REPLICA IDENTITY USING INDEX %s", name));
}

static void
swap_check(GradualStep *step, const GradualTable *table, const GradualCarriedCheck *check)
{
	const char *name = pstrdup(quote_identifier(check->name));

	alter(step, table, psprintf("RENAME CONSTRAINT %s TO %s", quote_identifier(check->interim), name));
	comment(step, psprintf("CONSTRAINT %s ON %s", name, table->qualified), check->comment);
}

static void
swap_statistics(GradualStep *step, const GradualCarriedStatistics *statistics)
{
	gradual_steps_command(step, psprintf("ALTER STATISTICS %s.%s RENAME TO %s", statistics->schema,
										 quote_identifier(statistics->interim),
										 quote_identifier(statistics->name)));
	gradual_steps_commands(step, statistics->afterwards);
}

static void
swap_objects(GradualStep *step, const GradualCommand *command)
{
	const GradualTable *table = command->table;
	const GradualRetype *retype = command->retype;
	const GradualCarried *carry = table->carried;
	ListCell   *lc;

	foreach(lc, carry->indexes)
	{
		if (comes_with(carry, ((GradualCarriedIndex *) lfirst(lc))->shadows, retype))
			swap_index(step, table, schema_prefix(command), lfirst(lc));
	}
	foreach(lc, carry->checks)
	{
		if (comes_with(carry, ((GradualCarriedCheck *) lfirst(lc))->shadows, retype))
			swap_check(step, table, lfirst(lc));
	}
	foreach(lc, carry->statistics)
	{
		if (comes_with(carry, ((GradualCarriedStatistics *) lfirst(lc))->shadows, retype))
			swap_statistics(step, lfirst(lc));
	}
}

void
gradual_retype_swap(GradualRecipeState *state, const GradualCommand *command)
{
	GradualTable *table = command->table;
	GradualRetype *retype = command->retype;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_SWAP);

	gradual_steps_lock(step, table, AccessExclusiveLock);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	require_known(state, step, command);
	swap_keys(state, step, table, retype->shadow);
	move_sequence(step, command);
	drop_statistics(step, table->carried, retype);
	replace_indexes(step, command);
	gradual_steps_command(step, psprintf("SELECT gradual.move_marks(%s, %s, %s)",
										 quote_literal_cstr(table->qualified),
										 quote_literal_cstr(retype->column),
										 quote_literal_cstr(retype->shadow)));
	swap_column(state, step, command);
	swap_objects(step, command);

	step->action = psprintf("change type of %s", retype->column);
	step->note = "The column of the new type takes the place of the old one, with all that hangs on it; no row is looked at.";
	if (retype->sequence != NULL && !retype->identity &&
		strcmp(retype->sequence_type, retype->type) != 0)
		gradual_steps_note(step, psprintf("Sequence %s stays %s, as it would without us: ALTER SEQUENCE %s AS %s in the script changes that.",
										  retype->sequence, retype->sequence_type,
										  retype->sequence, retype->type));
	gradual_steps_note(step, "The column comes to stand last in the table: clients that go by position (INSERT without a column list, COPY, SELECT *) and prepared statements that return it meet something else.");
}
