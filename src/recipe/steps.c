/*
 * steps.c
 *	  The parts that recipes make steps of.
 *
 * Invariant: lock_tables names real tables only.  A table that the script
 * creates is invisible to others until its transaction commits, and does not
 * exist yet when the locks are taken.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "lib/stringinfo.h"
#include "storage/lock.h"
#include "utils/builtins.h"

#include "base/lock.h"
#include "recipe/steps.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "steps.c must stay pure"
#endif

GradualStep *
gradual_steps_add(GradualRecipeState *state, const GradualCommand *command,
				  GradualStepKind kind, GradualPhase phase)
{
	GradualStep *step = gradual_step_make(kind, phase,
										  command == NULL ? 0 : command->statement->number);

	step->blocks = "nothing";
	step->cost = "instant";
	step->reversible = "yes";
	if (command != NULL)
	{
		step->settings = list_copy(command->statement->settings);
		if (command->table != NULL)
		{
			step->target = command->table->qualified;
			if (kind == GRADUAL_STEP_BACKFILL || kind == GRADUAL_STEP_SCAN)
				step->est_rows = (int64) command->table->rows;
		}
	}
	state->steps = lappend(state->steps, step);
	return step;
}

void
gradual_steps_open(GradualRecipeState *state, GradualStep *step)
{
	state->steps = list_delete_ptr(state->steps, step);
	state->openers = lappend(state->openers, step);
}

void
gradual_steps_command(GradualStep *step, char *sql)
{
	char	   *before = step->sql;

	step->sql = step->commands == NIL ? sql : psprintf("%s; %s", before, sql);

	/* thousands of foreign keys may be exchanged in one step */
	if (list_length(step->commands) > 1)
		pfree(before);
	step->commands = lappend(step->commands, sql);
}

void
gradual_steps_commands(GradualStep *step, List *texts)
{
	ListCell   *lc;

	foreach(lc, texts)
		gradual_steps_command(step, lfirst(lc));
}

GradualStep *
gradual_steps_plain(GradualRecipeState *state, const GradualCommand *command,
					GradualPhase phase, char *generated)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_DDL, phase);

	if (generated != NULL)
		gradual_steps_command(step, generated);
	state->plain = lappend(state->plain, step);
	return step;
}

bool
gradual_steps_kin(const GradualTable *table, const GradualTable *other)
{
	return table == other ||
		(table != NULL && other != NULL &&
		 (list_member_ptr(table->above, other) || list_member_ptr(other->above, table)));
}

bool
gradual_steps_has_kin(List *tables, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		if (gradual_steps_kin(lfirst(lc), table))
			return true;
	}
	return false;
}

bool
gradual_steps_may_lock(const GradualRecipeState *state, const GradualTable *table)
{
	return GRADUAL_TABLE_AT_ONCE(table) || state->script->allow_blocking ||
		table->pages < state->script->direct_pages;
}

bool
gradual_steps_changes_rows(const Node *node)
{
	return IsA(node, UpdateStmt) || IsA(node, DeleteStmt) || IsA(node, InsertStmt) ||
		IsA(node, MergeStmt);
}

bool
gradual_steps_takes_numbers(const char *expression)
{
	return expression != NULL && strstr(expression, "nextval(") != NULL;
}

void
gradual_steps_keep_filled(const GradualRecipeState *state, const GradualCommand *command,
						  GradualStep *step)
{
	StringInfoData names;
	ListCell   *lc;
	ListCell   *column;

	initStringInfo(&names);
	foreach(lc, state->fills)
	{
		GradualFill *fill = lfirst(lc);

		foreach(column, gradual_steps_kin(fill->table, command->table) ? fill->columns : NIL)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
							 quote_identifier(lfirst(column)));
	}
	if (names.len > 0)
		step->settings = lappend(step->settings,
								 psprintf("SET LOCAL gradual.settled_columns = %s",
										  quote_literal_cstr(names.data)));
}

/*
 * A row that is not filled yet is told by its short tuple, and whoever writes it
 * makes it long.  So no fill overtakes an earlier one, whatever kept that back;
 * not even one of another table, which may be a parent of this one.
 */
static GradualPhase
after_earlier_fills(const GradualRecipeState *state, GradualPhase phase)
{
	ListCell   *lc;

	foreach(lc, state->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->proof == GRADUAL_PROOF_ATTRIBUTES && step->phase < GRADUAL_PHASE_READY)
			phase = Max(phase, step->phase);
	}
	return phase;
}

GradualStep *
gradual_steps_backfill(GradualRecipeState *state, const GradualCommand *command,
					   GradualPhase phase, const char *assignments, char *proof)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_BACKFILL,
										  after_earlier_fills(state, phase));

	gradual_steps_command(step, psprintf("UPDATE %s SET %s", command->table->qualified,
										 assignments));
	step->lock_mode = "ROW EXCLUSIVE";
	step->cost = "batches";
	step->source = GRADUAL_SOURCE_HEAP;
	step->proof = GRADUAL_PROOF_ATTRIBUTES;
	step->proof_column = proof;
	step->fill = true;
	gradual_steps_keep_filled(state, command, step);
	state->changed_tables = list_append_unique_ptr(state->changed_tables, command->table);
	return step;
}

/* An index that is built partition by partition is valid when each of them has one. */
static void
refuse_foreign_partition(const GradualCommand *command, const GradualTable *table)
{
	if (table->relkind != RELKIND_PARTITIONED_TABLE || table->foreign == NULL)
		return;
	gradual_script_refuse(command->statement, command->statement->tag,
						  psprintf("The partition %s is a foreign table, which can have no index.",
								   table->foreign),
						  "Write CREATE INDEX for each of the other partitions. Afterwards CREATE INDEX for the partitioned table, by hand, takes these at once.");
}

GradualStep *
gradual_steps_index(GradualRecipeState *state, const GradualCommand *command,
					GradualPhase phase, const GradualTable *table, char *index, char *sql)
{
	GradualStep *step;

	refuse_foreign_partition(command, table);
	step = gradual_steps_add(state, command, GRADUAL_STEP_INDEX, phase);
	gradual_steps_command(step, sql);
	step->index = index;
	step->target = table->qualified;
	step->est_rows = (int64) table->rows;
	step->cost = "index build";
	gradual_steps_lock(step, table, ShareUpdateExclusiveLock);
	if (table->relkind == RELKIND_PARTITIONED_TABLE)
	{
		/* of the step as a whole; each of its builds waits for less */
		step->lock_mode = "SHARE";
		step->blocks = pstrdup(gradual_steps_blocks(ShareLock));
	}
	step->undo = list_make1(psprintf("DROP INDEX CONCURRENTLY IF EXISTS %s", index));
	step->undo_concurrently = true;
	return step;
}

GradualStep *
gradual_steps_validate(GradualRecipeState *state, const GradualCommand *command,
					   GradualPhase phase, char *table, const char *constraint)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, phase);

	gradual_steps_command(step, psprintf("ALTER TABLE %s VALIDATE CONSTRAINT %s", table,
										 constraint));
	step->target = table;
	step->cost = "scan";
	return step;
}

void
gradual_steps_if_there(GradualStep *step)
{
	char	   *head = psprintf("ALTER TABLE %s ", step->target);
	List	   *texts[] = {step->commands, step->undo};
	ListCell   *lc;

	for (int i = 0; i < lengthof(texts); i++)
	{
		foreach(lc, texts[i])
		{
			char	   *text = lfirst(lc);

			if (strncmp(text, head, strlen(head)) == 0)
				lfirst(lc) = psprintf("ALTER TABLE IF EXISTS %s", text +strlen("ALTER TABLE "));
		}
	}
	step->sql = pstrdup(linitial(step->commands));
}

char *
gradual_steps_column(const GradualCommand *command, GradualPhase phase)
{
	char	   *name = command->column;
	ListCell   *lc;

	if (phase >= GRADUAL_SWAP || name == NULL || command->table == NULL)
		return name;
	foreach(lc, command->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (bridge->statement <= command->statement->number &&
			strcmp(bridge->name, command->column) == 0)
			name = bridge->physical;
	}
	return name;
}

char *
gradual_steps_alter_column(const GradualCommand *command, GradualPhase phase, const char *what)
{
	return psprintf("ALTER TABLE %s ALTER COLUMN %s %s", command->table->qualified,
					quote_identifier(gradual_steps_column(command, phase)), what);
}

const char *
gradual_steps_blocks(LOCKMODE mode)
{
	if (mode == AccessExclusiveLock)
		return "reads and writes";
	if (mode >= ShareLock)
		return "writes";
	return "nothing";
}

bool
gradual_steps_is(const GradualCommand *command, AlterTableType subtype)
{
	return IsA(command->node, AlterTableCmd) &&
		((AlterTableCmd *) command->node)->subtype == subtype;
}

bool
gradual_steps_is_first(const GradualCommand *command)
{
	return linitial(command->statement->commands) == command;
}

int
gradual_steps_number(const GradualCommand *command)
{
	int			number = command->statement->number;
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		if (lfirst(lc) == command)
			break;
		number += GRADUAL_COMMAND_STRIDE;
	}
	return number;
}

bool
gradual_steps_is_only(const GradualCommand *command)
{
	Node	   *node = command->statement->node;

	return IsA(node, AlterTableStmt) && !((AlterTableStmt *) node)->relation->inh &&
		command->table != NULL && (command->table->has_children ||
								   command->table->relkind == RELKIND_PARTITIONED_TABLE);
}

/* 'name' and 'oid' of a table and of all below it */
static char *
family(const char *oid)
{
	return psprintf("(WITH RECURSIVE below (oid) AS (SELECT %s::pg_catalog.oid UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN below b ON i.inhparent = b.oid) SELECT c.oid, pg_catalog.format('%%I.%%I', n.nspname, c.relname) AS name FROM below b JOIN pg_catalog.pg_class c ON c.oid = b.oid JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace)",
					oid);
}

char *
gradual_steps_undo_family(const GradualTable *table, const char *what, const char *key,
						  const char *from)
{
	char	   *oid = psprintf("pg_catalog.to_regclass(%s)", quote_literal_cstr(table->qualified));

	return psprintf("SELECT pg_catalog.format('ALTER TABLE %%s%%s %%s', CASE WHEN NOT f.top THEN 'IF EXISTS ONLY ' END, f.name, f.what)"
					" FROM (SELECT t.name, t.oid = %1$s AS top, %2$s AS what, pg_catalog.max(%2$s) FILTER (WHERE t.oid = %1$s) OVER (PARTITION BY %3$s) AS of_top FROM %4$s t %5$s) f"
					" WHERE f.top OR f.what IS DISTINCT FROM f.of_top ORDER BY f.top DESC",
					oid, what, key, family(oid), from);
}

/* Where the table stands in the step's list, or -1. */
static int
position_of(const GradualStep *step, const char *name)
{
	ListCell   *lc;

	foreach(lc, step->lock_tables)
	{
		if (strcmp(lfirst(lc), name) == 0)
			return foreach_current_index(lc);
	}
	return -1;
}

void
gradual_steps_lock_name(GradualStep *step, char *name, LOCKMODE mode)
{
	int			position = position_of(step, name);
	char	   *words = pstrdup(gradual_lock_mode_name(mode));

	if (position < 0)
	{
		step->lock_tables = lappend(step->lock_tables, name);
		step->lock_modes = lappend(step->lock_modes, words);
	}
	else if (mode > gradual_lock_mode_parse(list_nth(step->lock_modes, position)))
		lfirst(list_nth_cell(step->lock_modes, position)) = words;
	if (mode > gradual_lock_mode_parse(step->lock_mode))
	{
		step->lock_mode = words;
		step->blocks = pstrdup(gradual_steps_blocks(mode));
	}
}

void
gradual_steps_lock_as(GradualStep *step, const GradualStep *other)
{
	ListCell   *lt,
			   *lm;

	forboth(lt, other->lock_tables, lm, other->lock_modes)
		gradual_steps_lock_name(step, lfirst(lt), gradual_lock_mode_parse(lfirst(lm)));
	if (gradual_lock_mode_parse(other->lock_mode) > gradual_lock_mode_parse(step->lock_mode))
	{
		step->lock_mode = other->lock_mode;
		step->blocks = other->blocks;
	}
}

/* Those below are locked with a table, and may be others by then. */
static bool
is_locked_above(const GradualStep *step, const GradualTable *table, LOCKMODE mode)
{
	ListCell   *lc;

	foreach(lc, table->above)
	{
		int			position = position_of(step, ((GradualTable *) lfirst(lc))->qualified);

		if (position >= 0 && gradual_lock_mode_parse(list_nth(step->lock_modes, position)) >= mode)
			return true;
	}
	return false;
}

void
gradual_steps_lock(GradualStep *step, const GradualTable *table, LOCKMODE mode)
{
	if (table == NULL || table->created || !OidIsValid(table->oid) ||
		is_locked_above(step, table, mode))
		return;
	gradual_steps_lock_name(step, table->qualified, mode);
}

/* Is it named as a parent of the table that is created? */
static bool
is_parent(const CreateStmt *create, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, create->inhRelations)
	{
		if (strcmp(((RangeVar *) lfirst(lc))->relname, table->name) == 0)
			return true;
	}
	return false;
}

/* Does it only add to what hangs on other tables? */
static bool
is_addition(const AlterTableCmd *cmd)
{
	return cmd->subtype == AT_AddColumn || cmd->subtype == AT_AddConstraint ||
		cmd->subtype == AT_AttachPartition;
}

/*
 * A new partition locks its parent as strongly as it can, a child only other
 * DDL on its parent; a new foreign key locks out writers, and one that is
 * dropped takes triggers from the other table.
 */
static LOCKMODE
mode_of_touched(const GradualCommand *command, const GradualTable *table)
{
	CreateStmt *create = (CreateStmt *) command->statement->node;

	if (command->node != NULL && IsA(command->node, AlterTableCmd) &&
		!is_addition((AlterTableCmd *) command->node))
		return AccessExclusiveLock;
	if (IsA(create, CreateStmt) && create->partbound != NULL)
		return AccessExclusiveLock;
	if (IsA(create, CreateStmt) && is_parent(create, table))
		return ShareUpdateExclusiveLock;
	return ShareRowExclusiveLock;
}

void
gradual_steps_lock_touched(GradualStep *step, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->touches)
		gradual_steps_lock(step, lfirst(lc), mode_of_touched(command, lfirst(lc)));
}

GradualPhase
gradual_steps_latest(const GradualRecipeState *state, const GradualStatement *statement)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->statement == statement->number)
			phase = Max(phase, step->phase);
	}
	return phase;
}

void
gradual_steps_lock_dropped(GradualStep *step, const GradualCommand *command, LOCKMODE mode)
{
	List	   *tables = command->drop == NULL ? NIL :
	list_concat(list_copy(command->drop->tables), command->drop->others);
	ListCell   *lc;

	/* a table before those below it, which it stands for */
	foreach(lc, tables)
	{
		if (((GradualTable *) lfirst(lc))->above == NIL)
			gradual_steps_lock(step, lfirst(lc), mode);
	}
	foreach(lc, tables)
		gradual_steps_lock(step, lfirst(lc), mode);
}

void
gradual_steps_note(GradualStep *step, const char *sentence)
{
	if (sentence == NULL || sentence[0] == '\0' ||
		strstr(step->note, sentence) != NULL)
		return;
	if (step->note[0] == '\0')
		step->note = pstrdup(sentence);
	else
		step->note = psprintf("%s%s %s", step->note,
							  step->note[strlen(step->note) - 1] == '.' ? "" : ".",
							  sentence);
}

void
gradual_steps_note_mentioned(GradualStep *step, const GradualCommand *command)
{
	if (command->mentioned != NULL)
		gradual_steps_note(step, psprintf("Functions whose text has its name, of which PostgreSQL keeps no track: %s.",
										  command->mentioned));
}

/* In one ALTER TABLE what is dropped goes before columns are added. */
static bool
is_drop(const GradualCommand *command)
{
	return gradual_steps_is(command, AT_DropColumn) || gradual_steps_is(command, AT_DropNotNull);
}

GradualColumn *
gradual_steps_added_column(const GradualCommand *command, const char *column)
{
	int			last = command->statement->number - (is_drop(command) ? 1 : 0);
	ListCell   *lc;

	if (command->table == NULL || column == NULL)
		return NULL;
	foreach(lc, command->table->added)
	{
		GradualColumn *added = lfirst(lc);

		if (!added->existed && added->statement <= last && strcmp(added->name, column) == 0)
			return added;
	}
	return NULL;
}

bool
gradual_steps_is_at_once(const GradualCommand *command, const char *column)
{
	const GradualColumn *added = gradual_steps_added_column(command, column);

	return GRADUAL_TABLE_AT_ONCE(command->table) &&
		(command->table->created || added == NULL || !(added->filled || added->filled_below));
}

bool
gradual_steps_drops_own(const GradualCommand *command)
{
	return command->table->created &&
		(command->drop == NULL || command->drop->along == NULL);
}

bool
gradual_steps_adds_late_not_null(const GradualCommand *command)
{
	const GradualColumn *column = command->added;

	return column != NULL && column->not_null &&
		(column->generated == NULL || column->computed) &&
		(column->default_expr == NULL || column->default_volatile) &&
		!GRADUAL_TABLE_AT_ONCE(command->table);
}

void
gradual_steps_note_not_valid(GradualStep *step, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, table->not_valid)
		gradual_steps_note(step, psprintf("Constraint %s is NOT VALID: a row that violates it makes the migration fail here, where plain SQL would not look; repair such rows, or drop the constraint before.",
										  quote_identifier(lfirst(lc))));
}

GradualFill *
gradual_steps_fill(GradualRecipeState *state, GradualTable *table, bool late)
{
	GradualFill *fill;
	ListCell   *lc;

	foreach(lc, state->fills)
	{
		fill = lfirst(lc);
		if (fill->table == table && fill->late == late)
			return fill;
	}
	fill = palloc0(sizeof(GradualFill));
	fill->table = table;
	fill->late = late;
	state->fills = lappend(state->fills, fill);
	return fill;
}
