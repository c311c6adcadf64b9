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

#include "recipe/names.h"
#include "recipe/place.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "place.c must stay pure"
#endif

static bool
any_mentioned(const char *sql, List *names)
{
	ListCell   *lc;

	foreach(lc, names)
	{
		if (gradual_names_mentioned(sql, lfirst(lc)))
			return true;
	}
	return false;
}

/*
 * Names whose meaning for earlier statements changes when this one runs.  A
 * trigger, rule or policy changes what a change of its table does.
 */
static List *
names_disturbed(const GradualCommand *command)
{
	GradualStatement *statement = command->statement;
	Node	   *node = statement->node;
	List	   *names = NIL;

	if (!gradual_names_only_creates(statement))
		names = gradual_names_defined(statement);
	if (command->table != NULL &&
		(IsA(node, CreateTrigStmt) || IsA(node, RuleStmt) ||
		 IsA(node, CreatePolicyStmt) ||
		 (IsA(node, AlterTableStmt) && GRADUAL_TABLE_AT_ONCE(command->table))))
		names = list_concat(list_copy(names), gradual_spell_names(command->table));
	return names;
}

/* Are names derived from those of partitions? */
static bool
names_partitions(const GradualStatement *statement)
{
	GradualCommand *command = linitial(statement->commands);

	return command->table != NULL && command->table->relkind == RELKIND_PARTITIONED_TABLE &&
		(IsA(statement->node, IndexStmt) || IsA(statement->node, AlterTableStmt));
}

/*
 * Does the statement mention what is late?  A table that only has another name
 * before the swap can be called by that one in most statements.
 */
static bool
needs_names(const GradualStatement *statement, const GradualLate *late)
{
	if (late->renamed != NULL && late->renamed->is_partition && names_partitions(statement))
		return true;
	if (late->renamed != NULL && gradual_spell_can(statement, late->renamed))
		return false;
	return any_mentioned(statement->sql, late->names);
}

/* Is the command a new name for a table, which the late statement can run under as well? */
static bool
is_mere_rename(const GradualLate *late, const GradualCommand *command)
{
	return command->naming != NULL && command->table != NULL && !late->opaque &&
		command->naming->relkind == command->table->relkind &&
		gradual_spell_can(late->statement, command->table);
}

/* Code that may do anything to the table it names has to find it as the script would. */
static bool
is_code_about(const GradualStatement *statement, const GradualTable *table)
{
	return (IsA(statement->node, DoStmt) || IsA(statement->node, CallStmt)) &&
		table != NULL && any_mentioned(statement->sql, gradual_spell_names(table));
}

/* --- columns that come or go late --- */

static bool
is_about_table(const GradualStatement *statement, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table || list_member_ptr(command->reads, table) ||
			list_member_ptr(command->touches, table))
			return true;
	}
	return any_mentioned(statement->sql, gradual_spell_names(table));
}

/* The body of a function need not name the table: it may be that of a trigger. */
static bool
is_about_late_column(const GradualStatement *statement, const GradualLateColumn *column)
{
	return gradual_names_mentioned(statement->sql, column->name) &&
		(IsA(statement->node, CreateFunctionStmt) ||
		 is_about_table(statement, column->table));
}

static bool
has_like(const CreateStmt *create)
{
	ListCell   *lc;

	foreach(lc, create->tableElts)
	{
		if (IsA(lfirst(lc), TableLikeClause))
			return true;
	}
	return false;
}

/* Does it depend on which columns the table has, without naming them? */
static bool
needs_shape(const GradualStatement *statement, const GradualTable *table)
{
	Node	   *node = statement->node;
	GradualCommand *command = linitial(statement->commands);

	switch (nodeTag(node))
	{
		case T_AlterTableStmt:
		case T_IndexStmt:
		case T_CommentStmt:
		case T_GrantStmt:
		case T_RenameStmt:
		case T_DropStmt:
			return false;
		case T_CreateStmt:
			return has_like((CreateStmt *) node) && is_about_table(statement, table);
		case T_InsertStmt:
			if (command->table == table && ((InsertStmt *) node)->cols == NIL)
				return true;
			break;
		default:
			break;
	}
	return strchr(statement->sql, '*') != NULL && is_about_table(statement, table);
}

/*
 * Is the command about the column in texts that can name the physical one?  A
 * default takes part in telling which of two names the application used.  The
 * indexes of partitions get their names from the columns.
 */
static bool
can_cross(const GradualCommand *command, const GradualLateColumn *column)
{
	if (column->bridge == NULL || command->table != column->table)
		return false;
	if (IsA(command->node, IndexStmt))
		return command->index != NULL && command->index->physical != NULL &&
			column->table->relkind != RELKIND_PARTITIONED_TABLE;
	if (!IsA(command->node, AlterTableCmd))
		return false;
	switch (((AlterTableCmd *) command->node)->subtype)
	{
		case AT_SetNotNull:
			return true;
		case AT_DropNotNull:
			return column->bridge->visible;
		case AT_AddConstraint:
			return command->crosses_bridge;
		case AT_DropConstraint:
			return column->bridge->visible;
		default:
			return false;
	}
}

/* Does the DDL refer to a table whose column gets another type: by a foreign key? */
static bool
refers_to_retyped(const GradualCommand *command, const GradualLateColumn *column)
{
	return column->bridge != NULL && !column->bridge->visible &&
		list_member_ptr(command->touches, column->table);
}

static GradualPhase
after_late_columns(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, late->columns)
	{
		GradualLateColumn *column = lfirst(lc);

		if (refers_to_retyped(command, column) ||
			needs_shape(command->statement, column->table) ||
			(is_about_late_column(command->statement, column) &&
			 !can_cross(command, column)))
			return late->phase;
	}
	return GRADUAL_EXPAND;
}

/* LIKE and INHERITS copy what the table is like, all that hangs on it too. */
static bool
copies_table(const GradualStatement *statement, const GradualLate *late)
{
	CreateStmt *create = (CreateStmt *) statement->node;
	ListCell   *lc;

	if (!IsA(create, CreateStmt) || create->partbound != NULL ||
		!(has_like(create) || create->inhRelations != NIL))
		return false;
	foreach(lc, late->statement->commands)
	{
		GradualCommand *command = lfirst(lc);
		GradualTable *table = command->index != NULL ? command->index->table : command->table;

		switch (nodeTag(command->node))
		{
			case T_AlterTableCmd:
			case T_IndexStmt:
			case T_DropStmt:
			case T_RenameStmt:
			case T_CommentStmt:
			case T_CreateStatsStmt:
				if (table != NULL && is_about_table(statement, table))
					return true;
				break;
			default:
				break;
		}
	}
	return false;
}

/* --- DDL --- */

/* Of its own table, what the command takes away or gives another shape; or NULL. */
static char *
column_disturbed(const GradualCommand *command)
{
	Node	   *node = command->node;

	if (IsA(node, RenameStmt) && ((RenameStmt *) node)->renameType == OBJECT_COLUMN)
		return ((RenameStmt *) node)->subname;
	if (IsA(node, AlterTableCmd) &&
		(((AlterTableCmd *) node)->subtype == AT_DropColumn ||
		 ((AlterTableCmd *) node)->subtype == AT_AlterColumnType))
		return command->column;
	return NULL;
}

/*
 * What a table is given after it was filled by a copy that goes on until the
 * swap: it is the same before the first row, and then takes an instant.
 */
static bool
is_for_empty_copy(const GradualLate *late, const GradualCommand *command)
{
	InsertStmt *insert = (InsertStmt *) late->statement->node;
	ListCell   *lc;

	if (!late->carries || !IsA(command->statement->node, AlterTableStmt) ||
		command->table != ((GradualCommand *) linitial(late->statement->commands))->table)
		return false;
	foreach(lc, ((AlterTableStmt *) command->statement->node)->cmds)
	{
		switch (lfirst_node(AlterTableCmd, lc)->subtype)
		{
			case AT_AddConstraint:
			case AT_SetNotNull:
			case AT_ChangeOwner:
			case AT_SetRelOptions:
			case AT_SetStatistics:
			case AT_SetStorage:
			case AT_ClusterOn:
			case AT_ReplicaIdentity:
				break;
			case AT_AddColumn:
				if (insert->cols == NIL)
					return false;
				break;
			default:
				return false;
		}
	}
	return true;
}

/*
 * Does an earlier statement, by when it runs, still need what the command
 * changes?  A bridged column is there under its old name up to the swap, where
 * steps keep the script's order.
 */
static bool
is_needed_by(const GradualLate *late, const GradualCommand *command, List *disturbed)
{
	bool		bridged = command->rename != NULL && command->rename->original &&
	command->rename->not_bridged == NULL;
	char	   *column = bridged && late->until <= GRADUAL_SWAP ? NULL :
	column_disturbed(command);

	if (is_for_empty_copy(late, command))
		return false;
	return any_mentioned(late->statement->sql, disturbed) ||
		(column != NULL && command->table != NULL &&
		 ((gradual_names_mentioned(late->statement->sql, column) &&
		   is_about_table(late->statement, command->table)) ||
		  needs_shape(late->statement, command->table)));
}

/* Does the command change what happens when rows of its table are changed or read? */
static bool
changes_hooks(const GradualCommand *command)
{
	Node	   *node = command->node;

	switch (nodeTag(node))
	{
		case T_CreateTrigStmt:
		case T_RuleStmt:
		case T_CreatePolicyStmt:
		case T_AlterPolicyStmt:
			return true;
		case T_AlterTableCmd:
			switch (((AlterTableCmd *) node)->subtype)
			{
				case AT_EnableTrig:
				case AT_EnableAlwaysTrig:
				case AT_EnableReplicaTrig:
				case AT_EnableTrigAll:
				case AT_EnableTrigUser:
					return true;
				default:
					return false;
			}
		default:
			return false;
	}
}

/* Does the command look at rows, or act on those that are changed after it? */
static bool
is_about_rows(const GradualCommand *command)
{
	Node	   *node = command->node;

	switch (nodeTag(node))
	{
		case T_CreateTrigStmt:
		case T_RuleStmt:
		case T_CreatePolicyStmt:
			return true;
		case T_IndexStmt:
			return ((IndexStmt *) node)->unique;
		case T_AlterTableCmd:
			return ((AlterTableCmd *) node)->subtype == AT_AddConstraint ||
				((AlterTableCmd *) node)->subtype == AT_ValidateConstraint ||
				((AlterTableCmd *) node)->subtype == AT_SetNotNull ||
				changes_hooks(command);
		default:
			return false;
	}
}

/* Rows that are changed in tail are changed before the command all the same. */
static bool
follows_rows(const GradualLate *late, const GradualCommand *command, GradualPhase own)
{
	return late->rows == GRADUAL_TAIL && command->table != NULL &&
		(own >= GRADUAL_SWAP || is_about_rows(command)) &&
		(late->opaque || is_about_table(late->statement, command->table));
}

static bool
is_grant(const GradualStatement *statement)
{
	return IsA(statement->node, GrantStmt) || IsA(statement->node, GrantRoleStmt);
}

/* Whoever has given an object away may not be able to do the rest. */
static bool
gives_away(const GradualCommand *command)
{
	return IsA(command->node, AlterTableCmd) &&
		((AlterTableCmd *) command->node)->subtype == AT_ChangeOwner;
}

static bool
is_drop(const GradualCommand *command)
{
	Node	   *node = command->node;

	return IsA(node, DropStmt) ||
		(IsA(node, AlterTableCmd) &&
		 (((AlterTableCmd *) node)->subtype == AT_DropConstraint ||
		  ((AlterTableCmd *) node)->subtype == AT_DropColumn));
}

/*
 * Does the command drop a key, and the late statement what hangs on it: a
 * foreign key, or a whole table or view?
 */
static bool
frees_key(const GradualLate *late, const GradualCommand *command)
{
	const GradualTable *table = command->index != NULL ? command->index->table :
	command->table;
	ListCell   *lc;

	foreach(lc, command->freed ? late->statement->commands : NIL)
	{
		GradualCommand *other = lfirst(lc);

		if (is_drop(other) &&
			((IsA(other->node, DropStmt) && other->index == NULL) ||
			 list_member_ptr(other->touches, table) ||
			 (other->table == table && other->drops_own_reference)))
			return true;
	}
	return false;
}

/* What does not commute, although neither names what the other makes. */
static bool
follows(const GradualLate *late, const GradualCommand *command)
{
	return frees_key(late, command) ||
		(is_grant(command->statement) && is_grant(late->statement)) ||
		(changes_hooks(command) && list_member_ptr(late->hooked, command->table)) ||
		(gives_away(command) && command->table != NULL &&
		 is_about_table(late->statement, command->table));
}

GradualPhase
gradual_place_ddl(const GradualRecipeState *state, const GradualCommand *command,
				  GradualPhase own)
{
	GradualStatement *statement = command->statement;
	List	   *disturbed = names_disturbed(command);
	GradualPhase phase = own;
	ListCell   *lc,
			   *ln;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (needs_names(statement, late) || late->everything ||
			is_code_about(late->statement, command->table) ||
			copies_table(statement, late))
			phase = Max(phase, late->phase);
		foreach(ln, gradual_names_defined(statement))
		{
			if (gradual_steps_has(late->names, lfirst(ln)))
				phase = Max(phase, late->phase);
		}
		if (follows(late, command))
			phase = Max(phase, late->phase);
		phase = Max(phase, after_late_columns(late, command));
		if (is_mere_rename(late, command))
			continue;
		if (is_needed_by(late, command, disturbed))
			phase = Max(phase, late->until);
		if (follows_rows(late, command, own) || (late->opaque && own >= GRADUAL_SWAP))
			phase = Max(phase, late->phase);
	}
	return phase;
}

/*
 * It adds something that nobody knows, so what counts is what it needs; of
 * constraints it needs none.
 */
GradualPhase
gradual_place_shadow(const GradualRecipeState *state, const GradualCommand *command)
{
	GradualPhase phase = GRADUAL_EXPAND;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (!IsA(late->statement->node, AlterTableStmt) &&
			any_mentioned(command->statement->sql, late->names))
			phase = Max(phase, late->phase);
		phase = Max(phase, after_late_columns(late, command));
	}
	return phase;
}

/* Does the statement say something about a column of the table that is there? */
static bool
is_about_column(const GradualStatement *statement, const GradualTable *table,
				const char *column)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (command->table == table && command->column != NULL &&
			IsA(command->node, AlterTableCmd) &&
			((AlterTableCmd *) command->node)->subtype != AT_AddColumn &&
			strcmp(command->column, column) == 0)
			return true;
	}
	return false;
}

bool
gradual_place_is_retyped(const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, command->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (other != command && other->retype != NULL && other->retype->shadow != NULL &&
			command->column != NULL && strcmp(other->column, command->column) == 0)
			return true;
	}
	return false;
}

/* What one ALTER TABLE says of a column that it gives another type comes with that. */
static bool
goes_with_type(const GradualCommand *command)
{
	return gradual_place_is_retyped(command) &&
		((AlterTableCmd *) command->node)->subtype != AT_SetNotNull;
}

GradualPhase
gradual_place_column(const GradualRecipeState *state, const GradualCommand *command,
					 GradualPhase own)
{
	GradualPhase phase = gradual_place_ddl(state, command, own);
	ListCell   *lc;

	if (goes_with_type(command))
		phase = Max(phase, GRADUAL_SWAP);
	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (is_about_column(late->statement, command->table, command->column))
			phase = Max(phase, late->phase);
	}
	return phase;
}

/* --- changes of rows --- */

/*
 * Does a change need the indexes of a late CREATE INDEX?  Those of its own
 * target are better built after it, but for the one that ON CONFLICT names.
 */
static bool
needs_index(const GradualCommand *command, const GradualLate *late)
{
	Node	   *node = command->statement->node;
	bool		has_arbiter = IsA(node, InsertStmt) &&
	((InsertStmt *) node)->onConflictClause != NULL;
	ListCell   *lc;

	foreach(lc, late->indexed)
	{
		GradualTable *table = lfirst(lc);

		if (table == command->table ? has_arbiter :
			any_mentioned(command->statement->sql, gradual_spell_names(table)))
			return true;
	}
	return false;
}

/* A column that can be seen under both names may be used before the swap. */
static bool
needs_late_column(const GradualCommand *command, const GradualLate *late)
{
	ListCell   *lc;

	foreach(lc, late->columns)
	{
		GradualLateColumn *column = lfirst(lc);

		if (needs_shape(command->statement, column->table) ||
			((column->bridge == NULL || !column->bridge->visible) &&
			 is_about_late_column(command->statement, column)))
			return true;
	}
	return false;
}

/* Changes after complete do not keep back those of other tables. */
static bool
goes_its_own_way(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	if (late->rows != GRADUAL_TAIL || late->opaque)
		return false;
	foreach(lc, late->statement->commands)
	{
		GradualTable *changed = ((GradualCommand *) lfirst(lc))->table;

		if (changed == NULL || is_about_table(command->statement, changed))
			return false;
	}
	return command->table != NULL && !is_about_table(late->statement, command->table);
}

static GradualPhase
after_late_rows(const GradualRecipeState *state, const GradualCommand *command, GradualPhase own)
{
	GradualPhase phase = own;
	ListCell   *lc;

	foreach(lc, state->late)
	{
		GradualLate *late = lfirst(lc);

		if (late->indexed == NIL && !goes_its_own_way(late, command))
			phase = Max(phase, late->rows);
		else if (needs_index(command, late))
			phase = Max(phase, late->phase);
		if (needs_names(command->statement, late) || late->everything ||
			needs_late_column(command, late))
			phase = Max(phase, late->phase);
		if (list_member_ptr(late->hooked, command->table))
			phase = Max(phase, late->phase);
	}
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

		if (command->table == table && IsA(command->node, AlterTableCmd) &&
			((AlterTableCmd *) command->node)->subtype == AT_DropConstraint)
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
		if (!gradual_steps_has(dropped, lfirst(lc)))
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

/* What the steps of one statement come to.  Nothing waits for a scan in tail. */
static void
measure_steps(const GradualRecipeState *state, int first, GradualLate *late)
{
	late->phase = late->rows = late->until = GRADUAL_EXPAND;
	for (int i = first; i < list_length(state->steps); i++)
	{
		GradualStep *step = list_nth(state->steps, i);

		if (step->kind == GRADUAL_STEP_SCAN && step->phase == GRADUAL_TAIL)
			continue;
		late->phase = Max(late->phase, step->phase);
		if (step->kind == GRADUAL_STEP_STATEMENT ||
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

static List *
table_names(const GradualCommand *command)
{
	List	   *names = command->table != NULL ? list_make1(command->table->name) : NIL;
	ListCell   *lc;

	foreach(lc, command->touches)
		names = lappend(names, ((GradualTable *) lfirst(lc))->name);
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
	foreach(lc, command->statement->script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->table == command->table || key->referenced == command->table)
			names = lappend(names, key->name);
	}
	return names;
}

/* The names that a statement makes, if it makes them later than expand. */
static List *
late_names(GradualStatement *statement)
{
	List	   *names = NIL;
	ListCell   *lc;

	if (!IsA(statement->node, AlterTableStmt) ||
		((AlterTableStmt *) statement->node)->objtype != OBJECT_TABLE)
		return gradual_names_defined(statement);
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
		names = list_concat(names, carried_names(lfirst(lc)));
	}
	return names;
}

static void
add_late_column(GradualLate *late, GradualTable *table, char *name)
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
		add_late_column(late, command->table, ((RenameStmt *) node)->subname);
		add_late_column(late, command->table, ((RenameStmt *) node)->newname);
	}
	if (!IsA(node, AlterTableCmd))
		return;
	switch (((AlterTableCmd *) node)->subtype)
	{
		case AT_AddColumn:
			if (begin > GRADUAL_EXPAND && !command->noop)
				add_late_column(late, command->table, command->column);
			break;
		case AT_DropColumn:
		case AT_AlterColumnType:
			if (command->column != NULL && !command->noop)
				add_late_column(late, command->table, command->column);
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

	if (!IsA(cmd, AlterTableCmd) || cmd->subtype != AT_AddConstraint ||
		cmd->def == NULL || !IsA(cmd->def, Constraint))
		return false;
	constraint = (Constraint *) cmd->def;
	return constraint->contype == CONSTR_FOREIGN &&
		(constraint->fk_del_action != FKCONSTR_ACTION_NOACTION ||
		 constraint->fk_upd_action != FKCONSTR_ACTION_NOACTION);
}

/*
 * What a DROP of tables takes along hangs on those that they refer to; so does
 * a foreign key.
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
}

static bool
is_opaque(const GradualStatement *statement)
{
	switch (nodeTag(statement->node))
	{
		case T_DoStmt:
		case T_CallStmt:
		case T_SelectStmt:
		case T_CreateTableAsStmt:
			return true;
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
	if (command->sequence != NULL)
		late->names = lappend(late->names, command->sequence->name);
	if (command->added != NULL && command->added->sequence != NULL)
		late->names = lappend(late->names, command->added->sequence->name);
}

void
gradual_place_remember(GradualRecipeState *state, GradualStatement *statement, int first)
{
	GradualLate *late = palloc0(sizeof(GradualLate));
	GradualPhase begin;
	ListCell   *lc;

	if (first == list_length(state->steps))
		return;
	begin = ((GradualStep *) list_nth(state->steps, first))->phase;
	measure_steps(state, first, late);
	state->latest = Max(state->latest, late->phase);
	if (late->until == GRADUAL_EXPAND)
		return;

	late->statement = statement;
	late->opaque = is_opaque(statement);
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
	state->late = lappend(state->late, late);
}
