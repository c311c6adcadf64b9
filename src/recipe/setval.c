/*
 * setval.c
 *	  SELECT setval(..): what a sequence gives next.
 *
 * From the moment in which a column takes its values from a sequence this has to
 * be beyond all that the column holds.  So it is set in the transaction in which
 * that begins, while nobody writes the table, wherever the script says it; and
 * again after rows that come later.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "utils/builtins.h"

#include "base/texts.h"
#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/recipe.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "setval.c must stay pure"
#endif

/* Does a column of a table that is in use take its values from a sequence, from the command on? */
static bool
gives_sequence(const GradualCommand *command)
{
	if (command->table == NULL || GRADUAL_TABLE_AT_ONCE(command->table))
		return false;
	return gradual_steps_is(command, AT_AddIdentity) ||
		(gradual_steps_is(command, AT_ColumnDefault) &&
		 gradual_steps_takes_numbers(command->new_default));
}

/* .. from one of these? */
static bool
gives(const GradualCommand *command, const GradualSetval *setval)
{
	if (!gives_sequence(command))
		return false;
	return command->sequence != NULL ?
		gradual_texts_have(setval->sequences, command->sequence->name) :
		gradual_names_any_mentioned(command->new_default, setval->sequences);
}

static List *
givers(const GradualRecipeState *state, const GradualSetval *setval)
{
	List	   *all = NIL;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		if (gives(lfirst(lc), setval))
			all = lappend(all, lfirst(lc));
	}
	return all;
}

/* --- when --- */

/* Does the value follow from the rows that the late statement changes? */
static bool
reads_changed(const GradualLate *late, const GradualCommand *command)
{
	const GradualCommand *other = linitial(late->statement->commands);
	const GradualChange *change = other->change;

	if (IsA(other->node, UpdateStmt) && change != NULL &&
		!gradual_names_any_mentioned(command->statement->sql, change->assigns))
		return false;
	return gradual_steps_has_kin(command->reads, other->table);
}

static List *
add_phase(List *phases, GradualPhase phase)
{
	return list_append_unique_int(phases, phase == GRADUAL_PREPARE ? GRADUAL_SWAP : phase);
}

/*
 * After rows that the script brings before it.  A copy grows until the swap, with
 * the numbers of the old sequence.
 */
static List *
phases_of_rows(const GradualRecipeState *state, const GradualCommand *command, GradualPhase base)
{
	List	   *phases = NIL;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		const GradualLate *late = lfirst(lc);
		bool		reads = late->rows > GRADUAL_EXPAND && reads_changed(late, command);

		if (late->opaque)
			phases = add_phase(phases, Max(base, late->phase));
		if (reads)
			phases = add_phase(phases, Max(base, late->rows));
		if (late->carries && (reads || !command->setval->existed))
			phases = add_phase(phases, Max(base, late->until));
	}
	return phases;
}

/* Not before what the statement names is there. */
static GradualPhase
base_phase(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_EXPAND);
	ListCell   *lc,
			   *ls;

	foreach(lc, state->late)
	{
		const GradualLate *late = lfirst(lc);

		foreach(ls, command->setval->sequences)
		{
			if (gradual_texts_have(late->names, lfirst(ls)))
				phase = Max(phase, late->phase);
		}
	}
	return Max(phase, command->setval->phase);
}

static GradualPhase
latest(const List *phases)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, phases)
		phase = Max(phase, lfirst_int(lc));
	return phase;
}

/*
 * The phases in which it runs.  It only does so more than once where it cannot take
 * back what was given meanwhile: where it reads the very rows that got it.
 */
static List *
phases_of(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase base = base_phase(state, command);
	List	   *phases = NIL;
	bool		tied = true;
	ListCell   *lc;

	foreach(lc, givers(state, command->setval))
	{
		const GradualCommand *giver = lfirst(lc);

		phases = add_phase(phases, Max(base, giver->phase));
		tied &= list_member_ptr(command->reads, giver->table);
	}
	if (command->setval->looks)
		phases = list_concat_unique_int(phases, phases_of_rows(state, command, base));
	if (phases == NIL)
		phases = add_phase(phases, base);
	return tied && command->setval->looks ? phases : list_make1_int(latest(phases));
}

void
gradual_setval_settle(GradualRecipeState *state)
{
	ListCell   *lc,
			   *lg;

	foreach(lc, state->commands)
	{
		GradualSetval *setval = ((GradualCommand *) lfirst(lc))->setval;

		foreach(lg, setval != NULL ? givers(state, setval) : NIL)
		{
			GradualPhase phase = ((GradualCommand *) lfirst(lg))->phase;

			if (phase <= setval->phase)
				continue;
			setval->phase = phase;
			state->again = true;
		}
	}
}

/* --- the steps --- */

/* A table of which it does not only look at the end of an index, if that takes long; or NULL. */
static GradualTable *
slow_table(const GradualRecipeState *state, const GradualSetval *setval)
{
	ListCell   *lc;

	foreach(lc, setval->scanned)
	{
		GradualTable *table = lfirst(lc);
		bool		small = GRADUAL_TABLE_AT_ONCE(table) ?
		!list_member_ptr(state->loaded, table) && !gradual_place_changed(state, table) :
		table->pages < state->script->direct_pages;

		if (!small)
			return table;
	}
	return NULL;
}

/* Code of which nobody knows that it sets a sequence, or when. */
static void
refuse_hidden(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	if (state->script->allow_blocking ||
		!gradual_names_mentioned(command->statement->sql, "setval"))
		return;
	foreach(lc, state->commands)
	{
		const GradualCommand *giver = lfirst(lc);

		if (gives_sequence(giver))
			gradual_script_refuse(command->statement,
								  psprintf("%s with setval()", command->statement->tag),
								  psprintf("It is opaque, so it has a transaction of its own, and %s of %s could get values from its new sequence before, or after others were added.",
										   giver->column, giver->table->qualified),
								  "Write SELECT setval(..) as a statement of its own, the sequence by name and without other functions that are volatile.");
	}
}

static void
refuse_scan(const GradualCommand *command, const GradualTable *table)
{
	gradual_script_refuse(command->statement, "setval() without an index for its value",
						  psprintf("It goes through %s while nobody can write it, since the value has to be beyond all of its rows.",
								   table->qualified),
						  "Take max() of a column that has an index, which another migration may build before. To run it nevertheless: SET gradual.allow_blocking = on;");
}

/* Nobody writes it meanwhile: a copy that the new application may use by then, too. */
static void
lock_table(const GradualRecipeState *state, GradualStep *step, const GradualTable *table)
{
	ListCell   *lc;

	gradual_steps_lock(step, table, ShareLock);
	foreach(lc, table->created && step->phase > GRADUAL_PHASE_READY ? state->late : NIL)
	{
		const GradualLate *late = lfirst(lc);

		if (late->carries &&
			((GradualCommand *) linitial(late->statement->commands))->table == table)
			gradual_steps_lock_name(step, table->qualified, ShareLock);
	}
}

static void
set_sequence(GradualRecipeState *state, const GradualCommand *command, GradualPhase phase,
			 const GradualTable *slow)
{
	const GradualSetval *setval = command->setval;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_STATEMENT, phase);
	ListCell   *lc;

	gradual_steps_command(step, command->statement->sql);
	foreach(lc, setval->locked)
		lock_table(state, step, lfirst(lc));
	step->action = psprintf(GRADUAL_SET_SEQUENCE "%s", gradual_names_list(setval->sequences));
	step->target = setval->qualified;
	step->reversible = setval->existed ? "no" :
		phase >= GRADUAL_SWAP ? GRADUAL_UNTIL_COMPLETE : "yes";
	if (step->lock_tables != NIL)
		step->note = "Nobody writes the table meanwhile, so no row has a value that the sequence is yet to give.";
	if (slow == NULL)
		return;
	step->cost = "scan";
	step->transaction = GRADUAL_TRANSACTION_JOINED;
	gradual_steps_note(step, psprintf("All rows of %s are gone through under lock.",
									  slow->qualified));
}

void
gradual_recipe_code(GradualRecipeState *state, GradualCommand *command)
{
	GradualTable *slow = command->setval != NULL ? slow_table(state, command->setval) : NULL;
	ListCell   *lc;

	/* where nobody gets values yet it may take its time */
	if (slow != NULL && givers(state, command->setval) == NIL)
		command->setval = NULL;
	if (command->setval == NULL)
	{
		refuse_hidden(state, command);
		gradual_recipe_opaque(state, command);
		return;
	}
	if (slow != NULL && !state->script->allow_blocking)
		refuse_scan(command, slow);
	foreach(lc, phases_of(state, command))
		set_sequence(state, command, lfirst_int(lc), slow);
}
