/*
 * trigger.c
 *	  The sync trigger of a table: made with the columns that it fills or keeps
 *	  under two names, dropped first thing in the swap.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "base/ident.h"
#include "base/sync_group.h"
#include "base/texts.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "trigger.c must stay pure"
#endif

GradualAssignment *
gradual_trigger_assignment(const GradualRecipeState *state, const GradualTable *table,
						   const GradualColumn *column, GradualChange **change)
{
	ListCell   *lc,
			   *la;

	foreach(lc, column->filled ? state->commands : NIL)
	{
		GradualCommand *command = lfirst(lc);

		if (command->statement->number != column->filled_by || command->table != table ||
			command->change == NULL || command->change->late || command->change->untriggered)
			continue;
		*change = command->change;
		foreach(la, command->change->assignments)
		{
			GradualAssignment *assignment = lfirst(la);

			if (strcmp(assignment->column, column->name) == 0)
				return assignment;
		}
	}
	return NULL;
}

static List *
creation(const GradualTable *table, const char *name, List *arguments)
{
	return list_make2(psprintf("%s EXECUTE FUNCTION gradual.sync(%s)",
							   gradual_ident_sync_creation(name, table->qualified),
							   gradual_texts_literals(arguments)),
					  psprintf("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s",
							   table->qualified, quote_identifier(name)));
}

/*
 * Undone it is what it was before, NIL = not there: a rollback may stop after
 * this step, and the other columns still have to be kept in step.
 */
static List *
undoing(const GradualTable *table, const char *name, List *before)
{
	return before != NIL ? creation(table, name, before) :
		list_make1(psprintf("DROP TRIGGER IF EXISTS %s ON %s", quote_identifier(name),
							table->qualified));
}

static void
make_trigger(GradualStep *step, const GradualTable *table, const char *name, List *arguments,
			 List *before)
{
	gradual_steps_commands(step, creation(table, name, arguments));
	step->undo = list_concat(undoing(table, name, before), step->undo);
}

static const char *
name_of(const GradualRecipeState *state, bool first)
{
	return first ? gradual_ident_first_trigger(state->migration) :
		gradual_ident_sync_trigger(state->migration);
}

/*
 * Makes it with nothing but these arguments, as if nothing had been before:
 * gradual_trigger_settle() knows what else is there when the step runs.
 */
static void
add_to_trigger(const GradualRecipeState *state, GradualFill *fill, GradualStep *step,
			   List **part, List *arguments)
{
	GradualMaker *maker = palloc(sizeof(GradualMaker));

	fill->trigger = true;
	*part = list_concat(*part, arguments);
	maker->first = part == &fill->first;
	make_trigger(step, fill->table, name_of(state, maker->first), arguments, NIL);
	maker->step = step;
	maker->pair = part == &fill->pairs;
	maker->arguments = list_copy(arguments);
	maker->creation = list_nth(step->commands, list_length(step->commands) - 2);
	maker->undo = linitial(step->undo);
	fill->makers = lappend(fill->makers, maker);
}

/*
 * Pairs come first: a fill may read a renamed column, whatever the order in the
 * script.
 */
static List *
all_arguments(const GradualFill *fill)
{
	return list_concat(list_copy(fill->pairs), fill->arguments);
}

char *
gradual_trigger_mode(const char *mode, const GradualStatement *statement)
{
	char	   *all = pstrdup(mode);
	ListCell   *lc;

	foreach(lc, statement->settings)
		all = psprintf("%s; %s", all, (char *) lfirst(lc));
	return all;
}

void
gradual_trigger_add(GradualRecipeState *state, GradualTable *table, GradualStep *step,
					List *arguments)
{
	GradualFill *fill = gradual_steps_fill(state, table, step->phase >= GRADUAL_SWAP);

	add_to_trigger(state, fill, step, &fill->arguments, arguments);
	gradual_steps_note(step,
					   "A sync trigger, made in the same transaction, fills the column in rows that the application writes meanwhile.");
}

static bool
has_trigger_beside(const GradualRecipeState *state, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, state->fills)
	{
		const GradualFill *fill = lfirst(lc);

		if (fill->trigger && fill->table != table && gradual_steps_kin(fill->table, table))
			return true;
	}
	return false;
}

bool
gradual_trigger_yields(const GradualRecipeState *state)
{
	ListCell   *lc,
			   *fill;

	foreach(fill, state->fills)
	{
		const GradualTable *table = ((GradualFill *) lfirst(fill))->table;
		bool		yields = false;

		if (!((GradualFill *) lfirst(fill))->trigger || !table->is_partition ||
			!has_trigger_beside(state, table))
			continue;
		foreach(lc, state->commands)
		{
			GradualCommand *command = lfirst(lc);

			if (command->table != table || command->change == NULL || !command->change->fill ||
				command->change->untriggered)
				continue;
			command->change->untriggered = true;
			yields = true;
		}
		if (yields)
			return true;
	}
	return false;
}

/* With shadows in strict mode. */
static List *
strict_arguments(List *arguments)
{
	List	   *strict = list_copy(arguments);
	ListCell   *lc;

	foreach(lc, strict)
	{
		char	   *mode = lfirst(lc);

		if (foreach_current_index(lc) % GRADUAL_SYNC_GROUP == GRADUAL_SYNC_MODE &&
			gradual_sync_mode_is(mode, "shadow"))
			lfirst(lc) = psprintf("strict%s", mode + strlen("shadow"));
	}
	return strict;
}

void
gradual_trigger_strict(GradualRecipeState *state, const GradualFill *fill)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL, GRADUAL_PREPARE);

	make_trigger(step, fill->table, gradual_ident_sync_trigger(state->migration),
				 list_concat(list_copy(fill->pairs), strict_arguments(fill->arguments)),
				 all_arguments(fill));
	step->action = "refuse values that do not convert";
	step->target = fill->table->qualified;
	step->transaction = GRADUAL_TRANSACTION_ALONE;
	step->note = "From here on a value that does not convert is an error for the application, as it will be for the new type; so no more such rows come.";
	gradual_steps_lock(step, fill->table, ShareRowExclusiveLock);
	gradual_steps_open(state, step);
}

void
gradual_trigger_add_pair(GradualRecipeState *state, const GradualCommand *command,
						 GradualStep *step)
{
	GradualFill *fill = gradual_steps_fill(state, command->table, false);
	GradualRename *rename = command->rename;

	add_to_trigger(state, fill, step, &fill->pairs,
				   list_make4(rename->to, rename->from, "",
							  rename->before_triggers ? "last" : "pair"));
	gradual_steps_note(step,
					   "A sync trigger, made in the same transaction, shows each change of the one under the other name at once.");
	if (!rename->before_triggers)
		return;
	add_to_trigger(state, fill, step, &fill->first,
				   list_make4(rename->to, rename->from, "", "first"));
	gradual_steps_note(step,
					   "A second one fires before the triggers of users, which know the old name only.");
}

/* --- the order in which the steps run --- */

static void
replace_creation(const GradualMaker *maker, char *creation)
{
	GradualStep *step = maker->step;
	List	   *commands = step->commands;
	ListCell   *lc;

	step->commands = NIL;
	foreach(lc, commands)
		gradual_steps_command(step, lfirst(lc) == maker->creation ? creation : lfirst(lc));
}

static void
replace_undo(const GradualMaker *maker, List *undo)
{
	GradualStep *step = maker->step;
	List	   *texts = NIL;
	ListCell   *lc;

	foreach(lc, step->undo)
	{
		if (lfirst(lc) == maker->undo)
			texts = list_concat(texts, undo);
		else
			texts = lappend(texts, lfirst(lc));
	}
	step->undo = texts;
}

/* As the makers of a phase find it and leave it; 'made' is what is there before them. */
static void
settle_phase(const GradualRecipeState *state, const GradualFill *fill, GradualPhase phase,
			 GradualFill *made)
{
	ListCell   *lc;

	foreach(lc, fill->makers)
	{
		GradualMaker *maker = lfirst(lc);
		const char *name = name_of(state, maker->first);
		List	  **part = maker->first ? &made->first :
		maker->pair ? &made->pairs : &made->arguments;

		if (maker->step->phase != phase)
			continue;
		replace_undo(maker, undoing(fill->table, name,
									maker->first ? made->first : all_arguments(made)));
		*part = list_concat(list_copy(*part), maker->arguments);
		replace_creation(maker, linitial(creation(fill->table, name,
												  maker->first ? made->first : all_arguments(made))));
	}
}

void
gradual_trigger_settle(const GradualRecipeState *state, const GradualFill *fill)
{
	GradualFill made = {0};

	for (GradualPhase phase = GRADUAL_EXPAND; phase <= GRADUAL_TAIL; phase++)
		settle_phase(state, fill, phase, &made);
}

char *
gradual_trigger_require(const GradualRecipeState *state, const GradualTable *table, bool first)
{
	return psprintf("SELECT gradual.require_sync(%s, %s)", quote_literal_cstr(table->qualified),
					quote_literal_cstr(name_of(state, first)));
}

/* Does it keep a column alike that another one takes the place of? */
static bool
keeps_alike(const GradualFill *fill)
{
	return !fill->late && (fill->pairs != NIL || fill->table->carried != NULL);
}

/* Is there a column that nobody fills any more when it goes? */
static bool
leaves_to_application(const GradualFill *fill)
{
	ListCell   *lc;

	foreach(lc, fill->arguments)
	{
		if (foreach_current_index(lc) % GRADUAL_SYNC_GROUP == GRADUAL_SYNC_MODE &&
			!gradual_sync_mode_is(lfirst(lc), "shadow") &&
			!gradual_sync_mode_is(lfirst(lc), "reverse"))
			return true;
	}
	return false;
}

void
gradual_trigger_drop(GradualRecipeState *state, const GradualFill *fill)
{
	GradualStep *step = gradual_steps_add(state, NULL, GRADUAL_STEP_DDL,
										  fill->late ? GRADUAL_TAIL : GRADUAL_SWAP);

	if (keeps_alike(fill))
		gradual_steps_command(step, gradual_trigger_require(state, fill->table, false));
	if (fill->first != NIL)
		gradual_steps_command(step, gradual_trigger_require(state, fill->table, true));
	gradual_steps_command(step, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
										 quote_identifier(gradual_ident_sync_trigger(state->migration)),
										 fill->table->qualified));
	if (fill->first != NIL)
		gradual_steps_command(step, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
											 quote_identifier(gradual_ident_first_trigger(state->migration)),
											 fill->table->qualified));
	step->action = "drop sync trigger";
	step->target = fill->table->qualified;
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = fill->arguments == NIL ?
		"The application has moved over to the new names." :
		leaves_to_application(fill) ? "From here on the application fills the new columns itself." :
		"It kept in step what is now exchanged or dropped.";
	gradual_steps_lock(step, fill->table, AccessExclusiveLock);
	if (!fill->late)
		gradual_steps_open(state, step);
}
