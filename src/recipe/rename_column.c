/*
 * rename_column.c
 *	  RENAME COLUMN, with both names live from expand to the swap.
 *
 * A second column bears the new name meanwhile, with all that the first one has
 * that matters to who reads and writes it: values, default, grants, indexes,
 * triggers that listen to it.  Constraints and whatever else hangs on the column
 * stay with the first, which keeps everything in the end: in the swap the second
 * is dropped, and the first gets its name.
 *
 * Invariant: the second column may never refuse what the first one takes: it has
 * neither NOT NULL nor CHECK nor a foreign key, and a unique index of it refuses
 * what that of the first does.
 */
#include "postgres.h"

#include <limits.h>

#include "utils/builtins.h"

#include "base/ident.h"
#include "base/texts.h"
#include "recipe/need.h"
#include "recipe/place.h"
#include "recipe/publication.h"
#include "recipe/recipe.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "rename_column.c must stay pure"
#endif

/* --- without a second column --- */

/* What the script itself brings, or what nobody uses, has no old name to keep. */
static bool
is_at_once(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualColumn *added = gradual_steps_added_column(command, command->column);

	if (command->table == NULL)
		return false;
	if (command->table->created)
		return true;
	return added != NULL && !added->filled && !added->default_volatile;
}

static void
rename_as_written(GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase phase, const char *note)
{
	RenameStmt *rename = (RenameStmt *) command->statement->node;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	gradual_steps_command(step, command->statement->sql);
	step->action = psprintf("rename column %s to %s", rename->subname, rename->newname);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_note(step, note);
	gradual_steps_note_mentioned(step, command);
	if (phase >= GRADUAL_SWAP)
		step->reversible = GRADUAL_UNTIL_COMPLETE;
	else if (!command->table->created)
		step->undo = list_make1(psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s",
										 command->table->qualified,
										 quote_identifier(rename->newname),
										 quote_identifier(rename->subname)));
}

/* --- with one --- */

static const char *
table_of(const GradualCommand *command)
{
	return command->table->qualified;
}

static char *
listener_name(const GradualRecipeState *state, const GradualCommand *command, int number)
{
	return pstrdup(quote_identifier(gradual_ident_interim(state->migration,
														  command->statement->number,
														  number)));
}

static bool
enables(const GradualCommand *command, const GradualListener *listener)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;

	if (!IsA(cmd, AlterTableCmd) || command->noop || command->table == NULL ||
		strcmp(command->table->qualified, listener->table) != 0)
		return false;
	switch (cmd->subtype)
	{
		case AT_EnableTrig:
		case AT_EnableAlwaysTrig:
		case AT_EnableReplicaTrig:
			return strcmp(cmd->name, listener->name) == 0;
		case AT_EnableTrigAll:
		case AT_EnableTrigUser:
			return true;
		default:
			return false;
	}
}

/*
 * When a trigger is enabled, as the script has it up to a phase, and in that up
 * to a statement: to replace it makes it as new.  ('DISABLE', 'ENABLE ALWAYS';
 * NULL = as new.)  What disables it does so in the swap, after we are through.
 */
static const char *
enabled(const GradualRecipeState *state, const GradualListener *listener, GradualPhase phase,
		int statement)
{
	const GradualCommand *last = NULL;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (enables(command, listener) && command->phase <= phase &&
			command->statement->number < statement &&
			(last == NULL || command->phase >= last->phase))
			last = command;
	}
	if (last == NULL)
		return listener->enabled;
	switch (((AlterTableCmd *) last->node)->subtype)
	{
		case AT_EnableAlwaysTrig:
			return "ENABLE ALWAYS";
		case AT_EnableReplicaTrig:
			return "ENABLE REPLICA";
		default:
			return NULL;
	}
}

/* Would the backfill fire it, although no other trigger of users? */
static bool
is_loud(const GradualRecipeState *state, const GradualCommand *command,
		const GradualListener *listener)
{
	const char *how = enabled(state, listener, GRADUAL_EXPAND, command->statement->number);

	return how != NULL && strcmp(how, "DISABLE") != 0;
}

static List *
enable(List *texts, const GradualListener *listener, const char *name, const char *how)
{
	if (how == NULL)
		return texts;
	return lappend(texts, psprintf("ALTER TABLE %s %s TRIGGER %s", listener->table, how, name));
}

/* Does an earlier statement of the script make the trigger, in its own way? */
static bool
is_made_anew(const GradualRecipeState *state, const GradualCommand *command,
			 const GradualListener *listener)
{
	ListCell   *lc;

	foreach(lc, state->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number < command->statement->number &&
			IsA(statement->node, CreateTrigStmt) &&
			strcmp(((CreateTrigStmt *) statement->node)->trigname, listener->name) == 0)
			return true;
	}
	return false;
}

static List *
listeners(const GradualRecipeState *state, const GradualCommand *command)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, command->rename->listeners)
	{
		if (!is_made_anew(state, command, lfirst(lc)))
			found = lappend(found, lfirst(lc));
	}
	return found;
}

/* 'b, d': the second columns that a trigger listens to when the command has run. */
static char *
heard(GradualRecipeState *state, const GradualCommand *command,
	  const GradualListener *listener)
{
	GradualFill *fill = gradual_steps_fill(state, command->table, false);
	char	   *columns = pstrdup(quote_identifier(command->rename->to));
	ListCell   *lc,
			   *ll;

	foreach(lc, state->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other == command || other->rename == NULL || other->table != command->table ||
			!gradual_texts_have(fill->twins, other->rename->to))
			continue;
		foreach(ll, other->rename->listeners)
		{
			if (strcmp(((GradualListener *) lfirst(ll))->before, listener->before) == 0)
				columns = psprintf("%s, %s", columns, quote_identifier(other->rename->to));
		}
	}
	return columns;
}

/*
 * Triggers of users that fire when the first column is set fire for the second,
 * too: the loud ones after the backfill.  A constraint trigger cannot be
 * replaced: another one of its kind listens to the second column alone.
 */
static void
add_listeners(GradualRecipeState *state, const GradualCommand *command,
			  GradualStep *step, bool loud)
{
	int			number = 0;
	bool		any = false;
	ListCell   *lc;

	foreach(lc, listeners(state, command))
	{
		GradualListener *listener = lfirst(lc);
		char	   *name = listener->constraint ? listener_name(state, command, ++number) :
		pstrdup(quote_identifier(listener->name));

		if (is_loud(state, command, listener) != loud)
			continue;
		any = true;
		gradual_steps_lock_name(step, listener->table, ShareRowExclusiveLock);
		if (listener->constraint)
			gradual_steps_command(step, psprintf("CREATE CONSTRAINT TRIGGER %s AFTER UPDATE OF %s%s",
												 name, quote_identifier(command->rename->to),
												 listener->rest));
		else
			gradual_steps_command(step, psprintf("%s, %s%s", listener->head,
												 heard(state, command, listener),
												 listener->rest));
		gradual_steps_commands(step, enable(NIL, listener, name,
											enabled(state, listener, step->phase,
													command->statement->number)));
	}
	if (any)
		gradual_steps_note(step, psprintf("Triggers with UPDATE OF %s listen to %s as well.",
										  command->rename->from, command->rename->to));
}

/*
 * The texts that take this back, enabled as of a phase and a statement; from
 * prepare on of all triggers, loud or not.
 */
static List *
remove_listeners(const GradualRecipeState *state, const GradualCommand *command, bool loud,
				 GradualPhase phase, int statement)
{
	List	   *texts = NIL;
	int			number = 0;
	ListCell   *lc;

	foreach(lc, listeners(state, command))
	{
		GradualListener *listener = lfirst(lc);

		number += listener->constraint;
		if (phase < GRADUAL_PREPARE && is_loud(state, command, listener) != loud)
			continue;
		if (listener->constraint)
		{
			texts = lappend(texts, psprintf("DROP TRIGGER IF EXISTS %s ON %s",
											listener_name(state, command, number),
											listener->table));
			continue;
		}
		texts = lappend(texts, listener->before);
		texts = enable(texts, listener, quote_identifier(listener->name),
					   enabled(state, listener, phase, statement));
	}
	return texts;
}

static char *
drop_second(const GradualCommand *command)
{
	return psprintf("ALTER TABLE %s DROP COLUMN IF EXISTS %s", table_of(command),
					quote_identifier(command->rename->to));
}

static void
note_default(GradualStep *step, const GradualRename *rename)
{
	if (rename->default_volatile)
		gradual_steps_note(step, psprintf("Its default gives another value each time, so a new row in which %s is NULL gets the value of %s: under the new name NULL cannot be told from nothing.",
										  rename->to, rename->from));
}

/* Expand: the column and all that makes it as good as the first. */
static void
add_second(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRename *rename = command->rename;
	const char *to = quote_identifier(rename->to);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_EXPAND);

	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	step->action = psprintf("add column %s beside %s", rename->to, rename->from);
	step->note = psprintf("Both names are live until complete; the column %s keeps all that hangs on it, and gets its new name there.",
						  rename->from);
	gradual_publication_hide(state, command, step);
	gradual_steps_command(step, psprintf("ALTER TABLE %s ADD COLUMN %s %s", table_of(command),
										 to, rename->type));
	step->undo = lcons(drop_second(command), step->undo);
	if (rename->default_expr != NULL)
		gradual_steps_command(step, psprintf("ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s",
											 table_of(command), to, rename->default_expr));
	gradual_steps_commands(step, rename->grants);
	if (rename->generated)
		gradual_trigger_add(state, command->table, step,
							list_make4(rename->to, pstrdup(quote_identifier(rename->from)),
									   "", "fill"));
	else
		gradual_trigger_add_pair(state, command, step);
	add_listeners(state, command, step, false);
	step->undo = list_concat(remove_listeners(state, command, false, step->phase,
											  command->statement->number),
							 step->undo);
	note_default(step, rename);
	gradual_steps_note(step, "Clients that go by position see one column more: COPY without a column list, INSERT .. SELECT *, prepared SELECT *.");
}

/* Verify: what would fire for the backfill, as soon as that is over. */
static void
listen_late(GradualRecipeState *state, const GradualCommand *command)
{
	int			statement = command->statement->number;
	List	   *undo = remove_listeners(state, command, true, GRADUAL_VERIFY, statement);
	GradualStep *step;

	if (undo == NIL)
		return;
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_VERIFY);
	step->action = psprintf("let triggers listen to %s", command->rename->to);
	step->note = "After the backfill, for which they would fire: they are ENABLE ALWAYS or REPLICA.";
	add_listeners(state, command, step, true);
	step->undo = undo;
}

static void
fill_second(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRename *rename = command->rename;
	GradualStep *step = gradual_steps_backfill(state, command, GRADUAL_BACKFILL,
											   psprintf("%s = %s", quote_identifier(rename->to),
														quote_identifier(rename->from)),
											   rename->to);
	GradualFill *fill = gradual_steps_fill(state, command->table, false);

	step->action = psprintf("fill %s", rename->to);
	step->quiet = command->table->has_triggers;
	step->note = "Rows that are older than the column; in one that was written since it has its value.";
	if (step->quiet)
		gradual_steps_note(step, "No trigger of users fires, but for those that are ENABLE ALWAYS: renaming changes no row.");
	gradual_steps_note_not_valid(step, command->table);
	fill->twins = lappend(fill->twins, rename->to);
}

/*
 * Before what the script itself does to these triggers in the swap, but after
 * what it has enabled before: so when all of it is in its place.
 */
static void
stop_listening(GradualRecipeState *state, const GradualCommand *command)
{
	GradualStep *step;

	if (listeners(state, command) == NIL)
		return;
	step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_SWAP);
	gradual_steps_commands(step, remove_listeners(state, command, true, GRADUAL_PREPARE, INT_MAX));
	step->action = psprintf("let triggers listen to %s alone", command->rename->from);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "As they were; a column that a trigger names cannot be dropped.";
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
	gradual_steps_open(state, step);
}

void
gradual_rename_stop_listening(GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->bridged)
		stop_listening(state, lfirst(lc));
}

/* The swap: nothing is moved, so it takes an instant. */
static void
keep_first(GradualRecipeState *state, const GradualCommand *command)
{
	GradualRename *rename = command->rename;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, GRADUAL_SWAP);

	/* what others have made on it would go without a word */
	gradual_steps_command(step, psprintf("SELECT gradual.require_known(%s, %s, ARRAY[]::text[], ARRAY[]::text[], NULL)",
										 quote_literal_cstr(table_of(command)),
										 quote_literal_cstr(rename->to)));
	gradual_steps_command(step, psprintf("ALTER TABLE %s DROP COLUMN %s", table_of(command),
										 quote_identifier(rename->to)));
	gradual_steps_command(step, psprintf("ALTER TABLE %s RENAME COLUMN %s TO %s",
										 table_of(command), quote_identifier(rename->from),
										 quote_identifier(rename->to)));
	step->action = psprintf("rename column %s to %s", rename->from, rename->to);
	step->reversible = GRADUAL_UNTIL_COMPLETE;
	step->note = "The second column goes with its indexes, the first one gets its name.";
	gradual_steps_note_mentioned(step, command);
	gradual_steps_lock(step, command->table, AccessExclusiveLock);
}

static void
bridge(GradualRecipeState *state, const GradualCommand *command)
{
	int			number = list_length(command->rename->listeners);
	ListCell   *lc;

	add_second(state, command);
	fill_second(state, command);
	foreach(lc, command->rename->indexes)
		gradual_recipe_twin_index(state, command, lfirst(lc), ++number);
	listen_late(state, command);
	keep_first(state, command);
	state->bridged = lappend(state->bridged, (GradualCommand *) command);
}

/* Would the second column be taken for another table's in an earlier statement? */
static bool
is_named_bare(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->late)
	{
		const GradualLate *late = lfirst(lc);

		if ((late->rows > GRADUAL_EXPAND || late->phase > GRADUAL_EXPAND) &&
			gradual_need_bare_name(late->statement, command->table, command->rename->to))
			return true;
	}
	return false;
}

void
gradual_recipe_rename_column(GradualRecipeState *state, GradualCommand *command)
{
	GradualRename *rename = command->rename;
	GradualPhase phase = gradual_place_ddl(state, command, GRADUAL_EXPAND);
	GradualPhase late = Max(GRADUAL_SWAP, phase);

	if (is_at_once(state, command))
		rename_as_written(state, command, phase, NULL);
	else if (rename == NULL || !rename->original)
		rename_as_written(state, command, late,
						  "Only after complete: the running application knows the old name only.");
	else if (rename->not_bridged != NULL)
		rename_as_written(state, command, late,
						  psprintf("Not bridged: %s. The old name fails from complete on, the new one before it.",
								   rename->not_bridged));
	else if (phase >= GRADUAL_SWAP)
		rename_as_written(state, command, late,
						  "Not bridged, since an earlier statement is about the column and waits for complete. The old name fails from there on, the new one before it.");
	else if (is_named_bare(state, command))
		rename_as_written(state, command, late,
						  "Not bridged, since an earlier statement says the new name of another table's column. The old name fails from complete on, the new one before it.");
	else
		bridge(state, command);
}
