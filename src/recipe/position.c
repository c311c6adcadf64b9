/*
 * position.c
 *	  Statements that go by the order of a table's columns.
 *
 * A column that gets another type by the way of a second one comes to stand last,
 * and one whose ADD COLUMN has to wait stands behind those that did not.  A
 * statement after that which names no columns would put values into others, without
 * a word where the types allow it.
 */
#include "postgres.h"

#include "nodes/nodeFuncs.h"

#include "recipe/need.h"
#include "recipe/position.h"
#include "recipe/rows.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "position.c must stay pure"
#endif

/* --- which tables --- */

static bool
is_before(const GradualCommand *command, const GradualStatement *statement)
{
	return command->statement->number < statement->number;
}

/* Does a later ADD COLUMN of the table come before the command's? */
static bool
is_overtaken(const GradualRecipeState *state, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *other = lfirst(lc);

		if (gradual_steps_is(other, AT_AddColumn) && !other->noop &&
			other->table == command->table && is_before(command, other->statement) &&
			other->phase < command->phase)
			return true;
	}
	return false;
}

/* Have the table's columns another order when the statement runs, which follows from the command? */
static bool
reorders(const GradualRecipeState *state, const GradualCommand *command)
{
	if (command->retype != NULL)
		return command->retype->shadow != NULL && command->retype->moves;
	return gradual_steps_is(command, AT_AddColumn) && !command->noop &&
		command->phase > GRADUAL_EXPAND && is_overtaken(state, command);
}

static bool
makes_like(const GradualStatement *statement, const GradualTable *table)
{
	const GradualCommand *command = linitial(statement->commands);

	if (command->table == NULL || command->table == table)
		return false;
	return IsA(statement->node, CreateStmt) ?
		list_member_ptr(command->touches, table) || list_member_ptr(command->reads, table) ||
		gradual_need_shape(statement, table) :
		(IsA(statement->node, CreateTableAsStmt) || IsA(statement->node, ViewStmt)) &&
		gradual_need_star(statement, table);
}

/* Is it a table in another order by then, or made after the model of one? */
static bool
is_reordered(const GradualRecipeState *state, const GradualTable *table,
			 const GradualStatement *statement)
{
	bool		late = gradual_steps_latest(state, statement) >= GRADUAL_SWAP;
	ListCell   *lc;

	foreach(lc, state->commands)
	{
		const GradualCommand *command = lfirst(lc);

		if ((late || is_before(command, statement)) && gradual_steps_kin(command->table, table) &&
			reorders(state, command))
			return true;
	}
	return false;
}

/* --- which statements --- */

static bool
has_names(const Alias *alias)
{
	return alias != NULL && alias->colnames != NIL;
}

/* Names for columns, or a comparison of rows, which go one by one. */
static bool
goes_one_by_one(Node *node, void *context)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_RangeVar:
			return has_names(((RangeVar *) node)->alias);
		case T_RangeSubselect:
			if (has_names(((RangeSubselect *) node)->alias))
				return true;
			break;
		case T_JoinExpr:
			if (has_names(((JoinExpr *) node)->alias))
				return true;
			break;
		case T_CommonTableExpr:
			if (((CommonTableExpr *) node)->aliascolnames != NIL)
				return true;
			break;
		case T_SelectStmt:
			if (((SelectStmt *) node)->op != SETOP_NONE)
				return true;
			break;
		case T_SubLink:
			if (((SubLink *) node)->testexpr != NULL && IsA(((SubLink *) node)->testexpr, RowExpr))
				return true;
			break;
		case T_MultiAssignRef:
			return true;
		default:
			break;
	}
	return raw_expression_tree_walker(node, goes_one_by_one, context);
}

static bool
selects_by_position(const GradualStatement *statement)
{
	Node	   *node = statement->node;

	switch (nodeTag(node))
	{
		case T_InsertStmt:
			return true;
		case T_CreateTableAsStmt:
			return ((CreateTableAsStmt *) node)->into->colNames != NIL ||
				goes_one_by_one(((CreateTableAsStmt *) node)->query, NULL);
		case T_ViewStmt:
			return ((ViewStmt *) node)->aliases != NIL ||
				goes_one_by_one(((ViewStmt *) node)->query, NULL);
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
		case T_SelectStmt:
			return goes_one_by_one(node, NULL);
		default:
			return false;
	}
}

static bool
inserts_by_position(const GradualStatement *statement)
{
	const InsertStmt *insert = (InsertStmt *) statement->node;
	ListCell   *lc;

	if (IsA(insert, InsertStmt))
		return insert->cols == NIL && insert->selectStmt != NULL;
	foreach(lc, IsA(insert, MergeStmt) ? ((MergeStmt *) insert)->mergeWhenClauses : NIL)
	{
		const MergeWhenClause *clause = lfirst(lc);

		if (clause->commandType == CMD_INSERT && clause->targetList == NIL &&
			clause->values != NIL)
			return true;
	}
	return false;
}

static void
refuse(const GradualStatement *statement, const GradualTable *table, const char *form)
{
	gradual_script_refuse(statement, psprintf("%s after a change of the order of columns", form),
						  psprintf("Columns of %s that get another type, or have to wait, come to stand behind the others, so one would be taken for another.",
								   table->qualified),
						  "Write the names of the columns, or put this statement into a migration of its own.");
}

/* Is the table made, or changed in its order, so that the statement meets another one? */
static bool
meets_other_order(const GradualRecipeState *state, const GradualTable *table,
				  const GradualStatement *statement)
{
	ListCell   *ls,
			   *lt;

	if (is_reordered(state, table, statement))
		return true;
	foreach(ls, table->created ? state->script->statements : NIL)
	{
		const GradualStatement *maker = lfirst(ls);

		if (maker->number >= statement->number || maker->dropped || maker->commands == NIL ||
			((GradualCommand *) linitial(maker->commands))->table != table)
			continue;
		foreach(lt, state->script->tables)
		{
			if (makes_like(maker, lfirst(lt)) &&
				meets_other_order(state, lfirst(lt), maker))
				return true;
		}
	}
	return false;
}

static void
check(const GradualRecipeState *state, const GradualStatement *statement)
{
	const GradualTable *target = ((GradualCommand *) linitial(statement->commands))->table;
	ListCell   *lc;

	if (target != NULL && inserts_by_position(statement) &&
		meets_other_order(state, target, statement))
		refuse(statement, target, psprintf("%s without a list of columns", statement->tag));
	if (!selects_by_position(statement))
		return;
	foreach(lc, state->script->tables)
	{
		GradualTable *table = lfirst(lc);

		if (table != target &&
			(gradual_need_star(statement, table) || gradual_rows_renamed(statement, table)) &&
			meets_other_order(state, table, statement))
			refuse(statement, table, psprintf("%s with *", statement->tag));
	}
}

void
gradual_position_check(const GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->script->statements)
	{
		const GradualStatement *statement = lfirst(lc);

		if (!statement->dropped && statement->commands != NIL)
			check(state, statement);
	}
}
