/*
 * follow.c
 *	  Up to which phase DDL has to follow one late statement.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"

#include "base/texts.h"
#include "recipe/follow.h"
#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "follow.c must stay pure"
#endif

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

/* Of its own table, what the command takes away or gives another shape; or NULL. */
static char *
column_disturbed(const GradualCommand *command)
{
	Node	   *node = command->node;

	if (IsA(node, RenameStmt) && ((RenameStmt *) node)->renameType == OBJECT_COLUMN)
		return ((RenameStmt *) node)->subname;
	if (gradual_steps_is(command, AT_DropColumn) || gradual_steps_is(command, AT_AlterColumnType))
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
 * Does the command add a column to a table of which an earlier statement reads whole
 * rows, or one of a name that means another table's column there?
 */
static bool
adds_to_row(const GradualLate *late, const GradualCommand *command)
{
	return gradual_steps_is(command, AT_AddColumn) && !command->noop &&
		(late->rows > GRADUAL_EXPAND || late->phase > GRADUAL_EXPAND) &&
		command->table != NULL && !command->table->created &&
		(gradual_need_rows(late->statement, command->table) ||
		 gradual_need_bare_name(late->statement, command->table, command->column));
}

/* Does LIKE copy one of the command's constraints: NOT NULL always, foreign keys never? */
static bool
has_copied_constraint(const GradualCommand *command, bool all_of_it)
{
	ListCell   *lc;

	foreach(lc, command->constraints)
	{
		const GradualConstraint *constraint = lfirst(lc);

		if (constraint->type == GRADUAL_CONSTRAINT_NOT_NULL || constraint->nullable != NIL ||
			(all_of_it && constraint->type != CONSTRAINT_FOREIGN))
			return true;
	}
	return command->constraints == NIL && all_of_it;
}

/* Does the command change what LIKE copies of its table? */
static bool
changes_copied(const GradualCommand *command, bool all_of_it)
{
	/* of a NOT NULL the name, too (18) */
	if (IsA(command->node, RenameStmt))
		return ((RenameStmt *) command->node)->renameType == OBJECT_TABCONSTRAINT;
	if (!IsA(command->node, AlterTableCmd))
		return all_of_it && (IsA(command->node, IndexStmt) || IsA(command->node, CreateStatsStmt) ||
							 IsA(command->node, CommentStmt) || IsA(command->node, DropStmt));
	switch (((AlterTableCmd *) command->node)->subtype)
	{
		case AT_SetNotNull:
		case AT_DropNotNull:
			return true;
		case AT_AddConstraint:
		case AT_DropConstraint:
			return has_copied_constraint(command, all_of_it);
		case AT_ColumnDefault:
		case AT_AddIdentity:
		case AT_SetIdentity:
		case AT_DropIdentity:
		case AT_DropExpression:
		case AT_SetStorage:
		case AT_SetCompression:
			return all_of_it;
		default:
			return all_of_it && command->sets_expression;
	}
}

/* Does an earlier statement copy by LIKE, but later, what the command changes? */
static bool
is_copied_late(const GradualLate *late, const GradualCommand *command)
{
	const GradualTable *table = command->index != NULL ? command->index->table : command->table;

	return late->phase > GRADUAL_EXPAND && IsA(late->statement->node, CreateStmt) &&
		table != NULL && !table->created && gradual_need_shape(late->statement, table) &&
		changes_copied(command, gradual_need_like_options(late->statement) != 0);
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
	return gradual_names_any_mentioned(late->statement->sql, disturbed) ||
		adds_to_row(late, command) || is_copied_late(late, command) ||
		(column != NULL && command->table != NULL &&
		 ((gradual_names_mentioned(late->statement->sql, column) &&
		   gradual_need_table(late->statement, command->table)) ||
		  gradual_need_shape(late->statement, command->table)));
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
			return gradual_steps_is(command, AT_AddConstraint) ||
				gradual_steps_is(command, AT_ValidateConstraint) ||
				gradual_steps_is(command, AT_SetNotNull) || changes_hooks(command);
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
		(late->opaque || gradual_need_table(late->statement, command->table));
}

static bool
is_grant(const GradualStatement *statement)
{
	return IsA(statement->node, GrantStmt) || IsA(statement->node, GrantRoleStmt);
}

static bool
is_drop(const GradualCommand *command)
{
	return IsA(command->node, DropStmt) || gradual_steps_is(command, AT_DropConstraint) ||
		gradual_steps_is(command, AT_DropColumn);
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

/* What depended on what the command drops does so until then, whatever took it away. */
static bool
frees_object(const GradualLate *late, const GradualCommand *command)
{
	return command->freed && IsA(command->node, DropStmt) && late->indexed == NIL &&
		late->rows < GRADUAL_SWAP;
}

/* What kept the table from becoming unlogged, say, does so until it is dropped. */
static bool
frees_persistence(const GradualLate *late, const GradualCommand *command)
{
	return command->freed && late->rows < GRADUAL_SWAP &&
		(gradual_steps_is(command, AT_SetLogged) || gradual_steps_is(command, AT_SetUnLogged));
}

/* Does it refer to a table, or publish one, that must not be so before it is logged? */
static bool
needs_logged(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, late->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (gradual_steps_is(other, AT_SetLogged) &&
			list_member_ptr(command->touches, other->table))
			return true;
	}
	return false;
}

/* Would a sequence that the late statement drops go with the column that the command drops? */
static bool
owns_dropped(const GradualLate *late, const GradualCommand *command)
{
	const GradualDrop *drop = ((GradualCommand *) linitial(late->statement->commands))->drop;

	return gradual_steps_is(command, AT_DropColumn) && IsA(late->statement->node, DropStmt) &&
		drop != NULL && list_member_ptr(drop->owners, command->table);
}

/* Its columns have to be NOT NULL by then, which the plan makes them late. */
static bool
is_identity_by_index(const GradualCommand *command)
{
	return gradual_steps_is(command, AT_ReplicaIdentity) &&
		((ReplicaIdentityStmt *) ((AlterTableCmd *) command->node)->def)->name != NULL;
}

/* Does it give children to a table of the rows that the late statement goes through, or take them? */
static bool
inherits_changed(const GradualLate *late, const GradualCommand *command)
{
	CreateStmt *create = (CreateStmt *) command->node;
	bool		creates = IsA(create, CreateStmt) && create->partbound == NULL &&
	create->inhRelations != NIL;
	ListCell   *lc;

	if (late->rows == GRADUAL_EXPAND ||
		(!creates && !gradual_late_moves_child(command->statement)))
		return false;
	if (!creates && command->table != NULL && gradual_need_table(late->statement, command->table))
		return true;
	foreach(lc, command->touches)
	{
		if (gradual_need_table(late->statement, lfirst(lc)))
			return true;
	}
	return false;
}

/* Does it validate, perhaps by SET NOT NULL, a constraint that is about the column? */
static bool
validates_of(const GradualCommand *command, const char *column)
{
	return (gradual_steps_is(command, AT_ValidateConstraint) ||
			gradual_steps_is(command, AT_SetNotNull)) &&
		command->constraints != NIL &&
		gradual_texts_have(((GradualConstraint *) linitial(command->constraints))->columns, column);
}

/*
 * Does it take a constraint from a table and all below, where the late statement
 * validates that of one of these, perhaps by another name?
 */
static bool
drops_validated(const GradualLate *late, const GradualCommand *command)
{
	List	   *columns = NIL;
	ListCell   *lc,
			   *lm;

	if (command->table == NULL ||
		(command->table->relkind != RELKIND_PARTITIONED_TABLE && !command->table->has_children))
		return false;
	if (gradual_steps_is(command, AT_DropNotNull))
		columns = list_make1(command->column);
	else if (gradual_steps_is(command, AT_DropConstraint) && command->constraints != NIL)
		columns = ((GradualConstraint *) linitial(command->constraints))->columns;
	foreach(lc, columns)
	{
		foreach(lm, late->statement->commands)
		{
			GradualCommand *other = lfirst(lm);

			if (other->table != command->table && validates_of(other, lfirst(lc)))
				return true;
		}
	}
	return false;
}

/*
 * What does not commute, although neither names what the other makes.  Whoever
 * has given an object away may not be able to do the rest.
 */
static bool
follows(const GradualLate *late, const GradualCommand *command)
{
	return frees_key(late, command) || frees_object(late, command) ||
		frees_persistence(late, command) || needs_logged(late, command) ||
		inherits_changed(late, command) || owns_dropped(late, command) ||
		drops_validated(late, command) ||
		(command->bound_taken && gradual_need_dropped_part(command->statement, late)) ||
		gradual_need_late_key(late, command) ||
		(is_grant(command->statement) && is_grant(late->statement)) ||
		(changes_hooks(command) && list_member_ptr(late->hooked, command->table)) ||
		((gradual_steps_is(command, AT_ChangeOwner) || is_identity_by_index(command)) &&
		 command->table != NULL && gradual_need_table(late->statement, command->table));
}

GradualPhase
gradual_follow_ddl(const GradualLate *late, const GradualCommand *command, GradualPhase own)
{
	GradualStatement *statement = command->statement;
	GradualPhase phase = gradual_need_late_columns(late, command);
	ListCell   *lc;

	if (gradual_need_names(statement, late) || late->everything ||
		gradual_need_code_about(late->statement, command->table) ||
		gradual_need_copied(statement, late) || follows(late, command))
		phase = Max(phase, late->phase);
	foreach(lc, gradual_names_defined(statement))
	{
		if (gradual_need_same_name(statement, late, lfirst(lc)))
			phase = Max(phase, late->phase);
	}
	if (gradual_need_mere_rename(late, command))
		return phase;
	if (is_needed_by(late, command, names_disturbed(command)))
		phase = Max(phase, late->until);
	if (follows_rows(late, command, own) || (late->opaque && own >= GRADUAL_SWAP))
		phase = Max(phase, late->phase);
	return phase;
}
