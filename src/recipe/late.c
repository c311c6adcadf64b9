/*
 * late.c
 *	  What is remembered of a statement that has an effect later than expand.
 *
 * Invariant: a statement without an entry here has had all its effects when the
 * first backfill begins, so nothing has to wait for it.
 */
#include "postgres.h"

#include "catalog/pg_class.h"

#include "recipe/late.h"
#include "recipe/names.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "late.c must stay pure"
#endif

/* Does it prove a NOT NULL that is NOT VALID (18)?  Keys and identity columns need that. */
static bool
proves_not_null(const GradualStatement *statement)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if ((gradual_steps_is(command, AT_ValidateConstraint) ||
			 gradual_steps_is(command, AT_SetNotNull)) &&
			command->constraints != NIL &&
			((GradualConstraint *) linitial(command->constraints))->type == GRADUAL_CONSTRAINT_NOT_NULL)
			return true;
	}
	return false;
}

static bool
sets_sequence(const GradualStatement *statement)
{
	return ((GradualCommand *) linitial(statement->commands))->setval != NULL;
}

/* What the steps of one statement come to.  Nothing else waits for a scan in tail. */
static void
measure_steps(const GradualRecipeState *state, int first, GradualLate *late)
{
	bool		needed = proves_not_null(late->statement);

	late->phase = late->rows = late->until = GRADUAL_EXPAND;
	for (int i = first; i < list_length(state->steps); i++)
	{
		GradualStep *step = list_nth(state->steps, i);

		if (step->kind == GRADUAL_STEP_SCAN && step->phase == GRADUAL_TAIL && !needed)
			continue;
		late->phase = Max(late->phase, step->phase);
		if ((step->kind == GRADUAL_STEP_STATEMENT && !sets_sequence(late->statement)) ||
			(step->kind == GRADUAL_STEP_BACKFILL && step->phase != GRADUAL_PREPARE))
			late->rows = Max(late->rows, step->phase);

		/*
		 * The sync trigger evaluates the fill's expression until the swap, or
		 * it runs once more in prepare; so does the one that carries over
		 * that of a copy.
		 */
		late->carries |= step->carries;
		if (step->fill || step->carries)
			late->until = GRADUAL_SWAP;
	}
	late->until = Max(late->until, late->phase);
}

/* Does it change which tables are one family?  Both then get another meaning. */
static bool
moves_child(const AlterTableCmd *cmd)
{
	switch (cmd->subtype)
	{
		case AT_AddInherit:
		case AT_DropInherit:
		case AT_AttachPartition:
		case AT_DetachPartition:
		case AT_DetachPartitionFinalize:
			return true;
		default:
			return false;
	}
}

bool
gradual_late_moves_child(const GradualStatement *statement)
{
	ListCell   *lc;

	if (!IsA(statement->node, AlterTableStmt))
		return false;
	foreach(lc, statement->commands)
	{
		if (moves_child((AlterTableCmd *) ((GradualCommand *) lfirst(lc))->node))
			return true;
	}
	return false;
}

/* With those above it, whose rows come or go with its own. */
static List *
names_above(const GradualTable *table)
{
	List	   *names = list_make1(table->name);
	ListCell   *lc;

	foreach(lc, table->above)
		names = lappend(names, ((GradualTable *) lfirst(lc))->name);
	return names;
}

static List *
table_names(const GradualCommand *command)
{
	List	   *names = command->table != NULL ? names_above(command->table) : NIL;
	ListCell   *lc;

	foreach(lc, command->touches)
		names = list_concat(names, names_above(lfirst(lc)));
	return names;
}

/* What comes along with a column that gets another type is another object after the swap. */
static List *
carried_names(const GradualCommand *command)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (command->retype == NULL || command->table->carried == NULL)
		return NIL;
	foreach(lc, command->table->carried->indexes)
		names = lappend(names, ((GradualCarriedIndex *) lfirst(lc))->name);
	foreach(lc, command->table->carried->checks)
		names = lappend(names, ((GradualCarriedCheck *) lfirst(lc))->name);
	foreach(lc, command->table->carried->statistics)
		names = lappend(names, ((GradualCarriedStatistics *) lfirst(lc))->name);
	if (command->retype->not_null_name != NULL)
		names = lappend(names, command->retype->not_null_name);
	foreach(lc, command->statement->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->table == command->table || key->referenced == command->table)
			names = lappend(names, key->name);
	}
	return names;
}

/* Those of a composite type that the statement alters. */
static List *
attribute_names(const AlterTableStmt *alter)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, alter->objtype == OBJECT_TYPE ? alter->cmds : NIL)
	{
		AlterTableCmd *cmd = lfirst(lc);

		if (cmd->subtype == AT_AddColumn)
			names = lappend(names, ((ColumnDef *) cmd->def)->colname);
		else if (cmd->name != NULL)
			names = lappend(names, cmd->name);
	}
	return names;
}

/* USING INDEX: nothing has the index's name any more once it has that of the constraint. */
static List *
taken_index_name(const AlterTableCmd *cmd)
{
	Constraint *constraint = (Constraint *) cmd->def;

	if (cmd->subtype != AT_AddConstraint || constraint == NULL || !IsA(constraint, Constraint) ||
		constraint->indexname == NULL)
		return NIL;
	return list_make1(constraint->indexname);
}

/* The names that a statement makes, if it makes them later than expand. */
static List *
late_names(GradualStatement *statement)
{
	AlterTableStmt *alter = (AlterTableStmt *) statement->node;
	List	   *names = NIL;
	ListCell   *lc;

	/* it has no name but its server's */
	if (IsA(alter, DropUserMappingStmt) || IsA(alter, AlterUserMappingStmt))
		return gradual_names_altered(statement);
	if (!IsA(alter, AlterTableStmt))
		return gradual_names_defined(statement);
	if (alter->objtype != OBJECT_TABLE)
		return list_concat(gradual_names_defined(statement), attribute_names(alter));
	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);
		AlterTableCmd *cmd = (AlterTableCmd *) command->node;

		if (!IsA(cmd, AlterTableCmd))
			continue;
		if (cmd->subtype == AT_DropConstraint)
			names = lappend(names, cmd->name);
		if (command->drop != NULL)
			names = list_concat(names, list_copy(command->drop->names));
		if (moves_child(cmd))
			names = list_concat(names, table_names(command));
		names = list_concat(names, taken_index_name(cmd));
		names = list_concat(names, carried_names(lfirst(lc)));
	}
	return names;
}

static void
add_of_table(GradualLate *late, GradualTable *table, char *name)
{
	GradualLateColumn *column = palloc0(sizeof(GradualLateColumn));
	ListCell   *lc;

	column->table = table;
	column->name = name;
	foreach(lc, table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (bridge->statement == late->statement->number && strcmp(bridge->name, name) == 0)
			column->bridge = bridge;
	}
	late->columns = lappend(late->columns, column);
}

/* Of the command's table and those below it, too. */
static void
add_late_column(GradualLate *late, const GradualCommand *command, char *name)
{
	ListCell   *lc;

	add_of_table(late, command->table, name);
	foreach(lc, command->below)
		add_of_table(late, lfirst(lc), name);
}

/*
 * Columns that come, go or change late by a command, if that takes effect late.
 * A new one is there when the statement begins.
 */
static void
remember_columns(GradualLate *late, const GradualCommand *command, GradualPhase begin)
{
	Node	   *node = command->node;

	if (command->table == NULL)
		return;
	if (IsA(node, RenameStmt) && ((RenameStmt *) node)->renameType == OBJECT_COLUMN)
	{
		add_late_column(late, command, ((RenameStmt *) node)->subname);
		add_late_column(late, command, ((RenameStmt *) node)->newname);
	}
	if (!IsA(node, AlterTableCmd))
		return;
	switch (((AlterTableCmd *) node)->subtype)
	{
		case AT_AddColumn:
			if (begin > GRADUAL_EXPAND && !command->noop)
				add_late_column(late, command, command->column);
			break;
		case AT_DropColumn:
		case AT_AlterColumnType:
			if (command->column != NULL && !command->noop)
				add_late_column(late, command, command->column);
			break;
		default:
			break;
	}
}

/* A table that gets another name late, and a schema, with all that it holds. */
static void
remember_rename(GradualLate *late, const GradualCommand *command)
{
	GradualNaming *naming = command->naming;

	if (naming != NULL && command->table != NULL &&
		naming->relkind == command->table->relkind)
		late->renamed = command->table;
	if (IsA(command->node, RenameStmt) &&
		((RenameStmt *) command->node)->renameType == OBJECT_SCHEMA)
		late->everything = true;
}

/* Is it a subcommand that later changes of rows have to wait for? */
static bool
is_hook(const GradualLate *late, const GradualCommand *command)
{
	if (late->phase < GRADUAL_PHASE_READY)
		return ((AlterTableCmd *) command->node)->subtype == AT_DropConstraint;
	switch (((AlterTableCmd *) command->node)->subtype)
	{
		case AT_AddColumn:
		case AT_AlterColumnType:
		case AT_ColumnDefault:
		case AT_SetNotNull:
		case AT_AddConstraint:
		case AT_ValidateConstraint:
		case AT_AddIndex:
			return false;
		case AT_DropColumn:
			return command->column_shared ||
				(command->column_not_null && !command->column_relaxable);
		default:
			return true;
	}
}

/*
 * The table whose changes meet something new, or something less, after the
 * command: a trigger, a rule, a policy, a constraint, a unique index.
 */
static GradualTable *
hooked_table(const GradualLate *late, const GradualCommand *command)
{
	switch (nodeTag(command->node))
	{
		case T_AlterTableCmd:
			return is_hook(late, command) ? command->table : NULL;
		case T_DropStmt:
			return command->index != NULL ? command->index->table : command->table;
		case T_IndexStmt:
		case T_RenameStmt:
		case T_AlterObjectSchemaStmt:
		case T_CommentStmt:
		case T_GrantStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_InsertStmt:
			return NULL;
		default:
			return command->table;
	}
}

/* Does a foreign key come that changes rows itself where others are changed? */
static bool
adds_cascade(const GradualCommand *command)
{
	AlterTableCmd *cmd = (AlterTableCmd *) command->node;
	Constraint *constraint;

	if (!gradual_steps_is(command, AT_AddConstraint) || cmd->def == NULL || !IsA(cmd->def, Constraint))
		return false;
	constraint = (Constraint *) cmd->def;
	return constraint->contype == CONSTR_FOREIGN &&
		(constraint->fk_del_action != FKCONSTR_ACTION_NOACTION ||
		 constraint->fk_upd_action != FKCONSTR_ACTION_NOACTION);
}

/*
 * What a DROP of tables takes along hangs on those that they refer to; so does
 * a foreign key.  One that goes, perhaps with its column, may have to let go of rows.
 */
static void
remember_hooked(GradualLate *late, const GradualCommand *command)
{
	GradualTable *hooked = hooked_table(late, command);

	if (hooked != NULL)
		late->hooked = lappend(late->hooked, hooked);
	if (IsA(command->node, DropStmt) || IsA(command->node, TruncateStmt) ||
		adds_cascade(command))
		late->hooked = list_concat(late->hooked, command->touches);
	if (gradual_steps_is(command, AT_DropConstraint) || gradual_steps_is(command, AT_DropColumn))
		late->released = list_concat(late->released, command->touches);
	if (IsA(command->node, DropStmt) && command->drop != NULL)
		late->released = list_concat(late->released, command->drop->others);
}

bool
gradual_late_is_opaque(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_DoStmt:
		case T_CallStmt:
		case T_CreateTableAsStmt:
			return true;
		case T_SelectStmt:
			return !sets_sequence(statement);
		default:
			return false;
	}
}

/* Of constraints, also those that the server chooses; and what their indexes are on. */
static void
remember_constraints(GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		GradualConstraint *constraint = lfirst(lc);

		if (late->phase > GRADUAL_EXPAND)
			late->names = lappend(late->names, constraint->name);
		if (constraint->index_method != NULL &&
			((AlterTableCmd *) command->node)->subtype == AT_AddConstraint)
			late->indexed = lappend(late->indexed, command->table);
	}
}

/* What comes with a column, or goes with it, has a name of its own. */
static void
remember_company(GradualLate *late, const GradualCommand *command)
{
	late->names = list_concat(late->names, command->frees);
	if (command->makes != NULL)
		late->names = lappend(late->names, command->makes);
	if (command->sequence != NULL)
		late->names = lappend(late->names, command->sequence->name);
	if (command->added != NULL && command->added->sequence != NULL)
		late->names = lappend(late->names, command->added->sequence->name);
	if (command->setval != NULL)
		late->names = list_concat(late->names, list_copy(command->setval->sequences));
}

/* A NOT NULL that waits for the statement's fill has a name from 18 on. */
static void
remember_required(const GradualRecipeState *state, GradualLate *late)
{
	ListCell   *lc;

	foreach(lc, state->required)
	{
		const GradualCommand *command = ((GradualRequired *) lfirst(lc))->command;

		if (command->added->fill_late &&
			command->added->filled_by == late->statement->number)
			remember_constraints(late, command);
	}
}

void
gradual_late_remember(GradualRecipeState *state, GradualStatement *statement, int first)
{
	GradualLate *late = palloc0(sizeof(GradualLate));
	GradualPhase begin;
	ListCell   *lc;

	if (first == list_length(state->steps))
		return;
	begin = ((GradualStep *) list_nth(state->steps, first))->phase;
	late->statement = statement;
	measure_steps(state, first, late);
	state->latest = Max(state->latest, late->phase);
	if (late->until == GRADUAL_EXPAND)
		return;

	late->opaque = gradual_late_is_opaque(statement);
	if (late->phase > GRADUAL_EXPAND)
		late->names = late_names(statement);
	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (late->phase > GRADUAL_EXPAND)
			remember_columns(late, command, begin);
		remember_rename(late, command);
		remember_constraints(late, command);
		if (late->phase > GRADUAL_EXPAND)
			remember_company(late, command);
		if (IsA(command->node, IndexStmt) && command->index != NULL)
			late->indexed = lappend(late->indexed, command->index->table);
		remember_hooked(late, command);
	}
	remember_required(state, late);
	state->late = lappend(state->late, late);
}
