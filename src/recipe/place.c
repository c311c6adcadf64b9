/*
 * place.c
 *	  In which phase a statement may run.
 *
 * Invariant: inside a phase steps keep the script's order, so a statement is
 * never wrong in the latest phase of all that came before it; everything here
 * is about how much earlier it may go.
 */
#include "postgres.h"

#include "catalog/pg_class.h"

#include "base/texts.h"
#include "recipe/follow.h"
#include "recipe/follow_change.h"
#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/place.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "place.c must stay pure"
#endif

GradualPhase
gradual_place_ddl(const GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase own)
{
	GradualPhase phase = own;
	ListCell   *lc;

	foreach(lc, state->late)
		phase = Max(phase, gradual_follow_ddl(lfirst(lc), command, own));
	return phase;
}

/* Does it only name something?  Texts of ours have the name that holds before. */
static bool
names_object(const GradualStatement *statement)
{
	return ((GradualCommand *) linitial(statement->commands))->object_naming != NULL;
}

/*
 * It adds something that nobody knows, so what counts is what it needs; of
 * constraints it needs none.
 */
GradualPhase
gradual_place_shadow_after(const GradualLate *late, const GradualCommand *command)
{
	GradualPhase phase = gradual_need_late_columns(late, command);

	if ((!IsA(late->statement->node, AlterTableStmt) ||
		 gradual_late_moves_child(late->statement)) &&
		!names_object(late->statement) &&
		gradual_need_names(command->statement, late))
		phase = Max(phase, late->phase);
	return phase;
}

GradualPhase
gradual_place_shadow(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->late)
		phase = Max(phase, gradual_place_shadow_after(lfirst(lc), command));
	return phase;
}

/* From 18 on NOT NULL can be said without ALTER COLUMN, by a constraint. */
static bool
is_about_not_null(const GradualCommand *command, const char *column)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL &&
			gradual_texts_have(constraint->columns, column))
			return true;
	}
	return false;
}

/* What only proves something of the rows does not care which default new ones get. */
static bool
heeds_default(const GradualCommand *command)
{
	return !gradual_steps_is(command, AT_AddConstraint) &&
		!gradual_steps_is(command, AT_SetNotNull);
}

/* Does the statement say something that counts about the command's column, which is there? */
static bool
is_about_column(const GradualStatement *statement, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (!gradual_steps_kin(other->table, command->table) || !IsA(other->node, AlterTableCmd) ||
			gradual_steps_is(other, AT_AddColumn) ||
			(gradual_steps_is(other, AT_ColumnDefault) && !heeds_default(command)))
			continue;
		if (other->column != NULL ? strcmp(other->column, command->column) == 0 :
			is_about_not_null(other, command->column))
			return true;
	}
	return false;
}

/* The type that the command's own statement gives its column; NULL = none. */
static const GradualRetype *
own_type(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other != command && other->retype != NULL && command->column != NULL &&
			strcmp(other->column, command->column) == 0)
			return other->retype;
	}
	return NULL;
}

bool
gradual_place_is_retyped(const GradualCommand *command)
{
	const GradualRetype *retype = own_type(command);

	return retype != NULL && (retype->shadow != NULL || GRADUAL_TABLE_AT_ONCE(command->table));
}

/*
 * What one ALTER TABLE says of a column that it gives another type comes with
 * that: a default may be none of the old type.
 */
static bool
goes_with_type(const GradualCommand *command)
{
	const GradualRetype *retype = own_type(command);

	if (retype == NULL || ((AlterTableCmd *) command->node)->subtype == AT_SetNotNull)
		return false;
	return retype->shadow != NULL ||
		(retype->in_place && !retype->widens && !GRADUAL_TABLE_AT_ONCE(command->table));
}

/* Without rows the old default, the type and the new default come as they are written. */
static GradualPhase
after_own_parts(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	if (!GRADUAL_TABLE_AT_ONCE(command->table) || !IsA(command->statement->node, AlterTableStmt))
		return GRADUAL_EXPAND;
	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other == command)
			break;
		if ((gradual_steps_is(other, AT_ColumnDefault) || gradual_steps_is(other, AT_AlterColumnType)) &&
			strcmp(other->column, command->column) == 0)
			return gradual_steps_latest(state, command->statement);
	}
	return GRADUAL_EXPAND;
}

GradualPhase
gradual_place_column(const GradualRecipeState *state, const GradualCommand *command,
					 GradualPhase own)
{
	GradualPhase phase = Max(gradual_place_ddl(state, command, own),
							 after_own_parts(state, command));
	ListCell   *lc;

	if (goes_with_type(command))
		phase = Max(phase, GRADUAL_SWAP);
	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (is_about_column(late->statement, command))
			phase = Max(phase, late->phase);
	}
	return phase;
}

static GradualPhase
after_late_rows(const GradualRecipeState *state, const GradualCommand *command, GradualPhase own)
{
	GradualPhase phase = own;
	ListCell   *lc;

	foreach(lc, state->late)
		phase = Max(phase, gradual_follow_change(lfirst(lc), command));
	return phase;
}

GradualPhase
gradual_place_change(const GradualRecipeState *state, const GradualCommand *command,
					 GradualPhase own)
{
	GradualPhase phase = after_late_rows(state, command, own);

	return phase > GRADUAL_PHASE_READY ? GRADUAL_TAIL : phase;
}

GradualPhase
gradual_place_values(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = after_late_rows(state, command, GRADUAL_EXPAND);

	return phase == GRADUAL_PREPARE ? GRADUAL_SWAP : phase;
}

/* --- keys by which batches go --- */

/* The key source's cursor needs one of them to the end. */
static bool
is_last_key(const GradualRecipeState *state, List *keys, const char *key)
{
	List	   *dropped = NIL;
	ListCell   *lc;

	if (!gradual_texts_have(keys, key))
		return false;
	foreach(lc, state->commands)
	{
		const char *name = gradual_need_dropped_key(lfirst(lc));

		if (name != NULL)
			dropped = lappend(dropped, (char *) name);
	}
	foreach(lc, keys)
	{
		if (!gradual_texts_have(dropped, lfirst(lc)))
			return false;
	}
	return true;
}

/* A fill that no trigger can do runs once more in prepare; a copy's trigger goes by the key, too. */
static GradualPhase
end_of_walk(const GradualChange *change)
{
	return change->copy != NULL || change->late ||
		(change->fill && change->assignments == NIL) ? GRADUAL_SWAP : GRADUAL_INDEX;
}

GradualPhase
gradual_place_after_walk(const GradualRecipeState *state, const GradualTable *table,
						 const char *key)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	if (GRADUAL_TABLE_AT_ONCE(table) || table->pages < state->script->direct_pages)
		return phase;
	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);
		const GradualChange *change = command->change;

		if (change != NULL && change->source == GRADUAL_SOURCE_KEY &&
			change->not_batchable == NULL &&
			(change->copy != NULL ? change->copy->source : command->table) == table &&
			is_last_key(state, change->keys, key))
			phase = Max(phase, end_of_walk(change));
	}
	return phase;
}

GradualPhase
gradual_place_work(GradualPhase phase)
{
	return phase == GRADUAL_SWAP ? GRADUAL_TAIL : phase;
}

GradualPhase
gradual_place_opaque(const GradualRecipeState *state)
{
	return state->latest > GRADUAL_PHASE_READY ? GRADUAL_TAIL : state->latest;
}

GradualPhase
gradual_place_last(const GradualRecipeState *state)
{
	GradualPhase phase = state->latest;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		phase = Max(phase, late->until);
	}
	return phase == GRADUAL_PREPARE ? GRADUAL_SWAP : phase;
}

/* The same without the constraints that it takes from the table; NULL = nothing is left. */
static GradualLate *
without_drops(GradualLate *late, const GradualTable *table)
{
	GradualLate *rest = palloc(sizeof(GradualLate));
	List	   *dropped = NIL;
	ListCell   *lc;

	foreach(lc, late->statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table && gradual_steps_is(command, AT_DropConstraint))
			dropped = lappend(dropped, ((AlterTableCmd *) command->node)->name);
	}
	if (dropped == NIL)
		return late;
	if (list_length(dropped) == list_length(late->statement->commands))
		return NULL;
	*rest = *late;
	rest->names = NIL;
	rest->until = GRADUAL_EXPAND;
	foreach(lc, late->names)
	{
		if (!gradual_texts_have(dropped, lfirst(lc)))
			rest->names = lappend(rest->names, lfirst(lc));
	}
	return rest;
}

List *
gradual_place_but_drops(const GradualRecipeState *state, const GradualTable *table)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (late->rows > GRADUAL_INDEX)
			return state->late;
		late = without_drops(late, table);
		if (late != NULL)
			rest = lappend(rest, late);
	}
	return rest;
}

bool
gradual_place_changed(const GradualRecipeState *state, const GradualTable *table)
{
	return list_member_ptr(state->changed_tables, table);
}
