/*
 * constrain.c
 *	  What all recipes for constraints ask: their texts, and when they may come.
 */
#include "postgres.h"

#include "catalog/pg_constraint.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "recipe/constrain.h"
#include "recipe/need.h"
#include "recipe/place.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "constrain.c must stay pure"
#endif

char *
gradual_constrain_drop(const GradualCommand *command, const GradualConstraint *constraint)
{
	return psprintf("ALTER TABLE %s DROP CONSTRAINT IF EXISTS %s",
					command->table->qualified, quote_identifier(constraint->name));
}

bool
gradual_constrain_is_shown(const GradualCommand *command)
{
	Constraint *written = (Constraint *) ((AlterTableCmd *) command->node)->def;

	return !IsA(written, Constraint) ||
		(written->options == NIL && written->indexspace == NULL && written->indexname == NULL);
}

const GradualConstraint *
gradual_constrain_spelled(const GradualConstraint *constraint, GradualPhase phase)
{
	return phase < GRADUAL_SWAP && constraint->physical != NULL ? constraint->physical :
		constraint;
}

/* --- phases --- */

/* Are rows that the application adds meanwhile filled by nothing before prepare? */
static bool
is_chased(const GradualRecipeState *state, const GradualCommand *command, const char *name)
{
	GradualColumn *column = gradual_steps_added_column(command, name);
	GradualChange *change = NULL;

	return column != NULL && column->filled &&
		gradual_trigger_assignment(state, command->table, column, &change) == NULL;
}

/* Does an earlier statement give the referenced table its key late? */
static GradualPhase
after_key_of(const GradualRecipeState *state, const GradualTable *referenced, GradualPhase phase)
{
	ListCell   *lc,
			   *lm;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		foreach(lm, late->statement->commands)
		{
			GradualCommand *command = lfirst(lm);

			if (command->table == referenced &&
				(command->constraints != NIL || IsA(command->node, IndexStmt)))
				phase = Max(phase, late->phase);
		}
	}
	return phase;
}

/* A name that the server chooses stands nowhere in the statement. */
static GradualPhase
after_name(const GradualRecipeState *state, const GradualStatement *statement, const char *name)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (gradual_need_same_name(statement, late, name))
			phase = Max(phase, late->phase);
	}
	return phase;
}

/* Does an earlier part of the same statement change what the constraint is about? */
static bool
is_prepared(const GradualCommand *command, const GradualConstraint *constraint)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);
		AlterTableType type = ((AlterTableCmd *) other->node)->subtype;

		if (other == command)
			break;
		if (other->column != NULL && gradual_texts_have(constraint->columns, other->column) &&
			(type == AT_AlterColumnType ||
			 (type == AT_SetNotNull && constraint->type == CONSTRAINT_PRIMARY)))
			return true;
	}
	return false;
}

/* Does it drop a constraint of that name, perhaps with a column? */
static bool
frees_name(const GradualCommand *command, const char *name)
{
	return gradual_texts_have(command->frees, name) ||
		(gradual_steps_is(command, AT_DropConstraint) &&
		 strcmp(((AlterTableCmd *) command->node)->name, name) == 0);
}

GradualPhase
gradual_constrain_phase(const GradualRecipeState *state, const GradualCommand *command,
						const GradualConstraint *constraint, GradualPhase own)
{
	GradualPhase phase = gradual_constrain_phase_beside(state, command, constraint, own);
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		if (lfirst(lc) == command)
			break;
		if (frees_name(lfirst(lc), constraint->name))
			phase = Max(phase, gradual_steps_latest(state, command->statement));
	}
	return phase;
}

GradualPhase
gradual_constrain_phase_beside(const GradualRecipeState *state, const GradualCommand *command,
							   const GradualConstraint *constraint, GradualPhase own)
{
	GradualPhase phase = gradual_place_ddl(state, command, own);
	GradualCommand about = *command;
	ListCell   *lc;

	foreach(lc, constraint->columns)
	{
		about.column = lfirst(lc);
		phase = Max(phase, gradual_place_column(state, &about, own));
		if (is_chased(state, command, about.column))
			phase = Max(phase, GRADUAL_PREPARE);
	}
	if (constraint->referenced != NULL)
		phase = after_key_of(state, constraint->referenced, phase);
	if (is_prepared(command, constraint))
		phase = Max(phase, gradual_steps_latest(state, command->statement));
	return Max(phase, after_name(state, command->statement, constraint->name));
}
