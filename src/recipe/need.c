/*
 * need.c
 *	  What a statement needs of an earlier one that takes effect late: names,
 *	  columns, the shape of a table.
 *
 * Invariant: when in doubt it needs it.  What waits too long is right
 * nevertheless.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"

#include "base/texts.h"
#include "recipe/names.h"
#include "recipe/need.h"
#include "recipe/rows.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "need.c must stay pure"
#endif

/* Are names derived from those of partitions? */
static bool
names_partitions(const GradualStatement *statement)
{
	GradualCommand *command = linitial(statement->commands);

	return command->table != NULL && command->table->relkind == RELKIND_PARTITIONED_TABLE &&
		(IsA(statement->node, IndexStmt) || IsA(statement->node, AlterTableStmt));
}

/* The one table that ALTER TABLE or CREATE INDEX is about, under the name it always has; or NULL. */
static const GradualTable *
only_table(const GradualStatement *statement)
{
	GradualCommand *command = linitial(statement->commands);
	const GradualTable *table = IsA(statement->node, IndexStmt) && command->index != NULL ?
	command->index->table : command->table;

	if (!IsA(statement->node, IndexStmt) &&
		!(IsA(statement->node, AlterTableStmt) &&
		  ((AlterTableStmt *) statement->node)->objtype == OBJECT_TABLE))
		return NULL;
	return table != NULL && table->namings == NIL ? table : NULL;
}

static bool
is_carried_along(const GradualScript *script, const GradualTable *table,
				 const GradualTable *referenced)
{
	ListCell   *lc;

	foreach(lc, script->carried_keys)
	{
		GradualCarriedKey *key = lfirst(lc);

		if (key->table == table && key->referenced == referenced)
			return true;
	}
	return false;
}

/* Does it make or drop what can be named anywhere: a sequence, or what CASCADE takes along? */
static bool
is_about_others(const GradualCommand *command)
{
	return command->drop != NULL || command->sequence != NULL ||
		(command->added != NULL && command->added->sequence != NULL);
}

/*
 * Are both about what hangs on one table, each in a schema of its own?  Then the
 * names of indexes and constraints are others there, though they read the same.
 */
static bool
is_elsewhere(const GradualStatement *statement, const GradualLate *late)
{
	const GradualTable *table = only_table(statement);
	const GradualTable *other = only_table(late->statement);
	ListCell   *lc;

	if (table == NULL || other == NULL || gradual_need_table(statement, other) ||
		is_carried_along(statement->script, table, other) || gradual_late_moves_child(late->statement) ||
		strcmp(gradual_names_schema_prefix(table->qualified),
			   gradual_names_schema_prefix(other->qualified)) == 0)
		return false;
	foreach(lc, late->statement->commands)
	{
		if (is_about_others(lfirst(lc)))
			return false;
	}
	return true;
}

bool
gradual_need_same_name(const GradualStatement *statement, const GradualLate *late,
					   const char *name)
{
	return gradual_texts_have(late->names, name) && !is_elsewhere(statement, late);
}

/*
 * Does the statement mention what is late?  A table that only has another name
 * before the swap can be called by that one in most statements.
 */
bool
gradual_need_names(const GradualStatement *statement, const GradualLate *late)
{
	if (late->renamed != NULL && late->renamed->is_partition && names_partitions(statement))
		return true;
	if (late->renamed != NULL && gradual_spell_can(statement, late->renamed))
		return false;
	if (late->renamed != NULL)
		return gradual_spell_mentions(statement, late->renamed, late->names);
	return gradual_names_any_mentioned(statement->sql, late->names) &&
		!is_elsewhere(statement, late);
}

const char *
gradual_need_dropped_key(const GradualCommand *command)
{
	if (gradual_steps_is(command, AT_DropConstraint))
		return ((AlterTableCmd *) command->node)->name;
	if (IsA(command->node, DropStmt) && command->index != NULL && command->index->exists)
		return gradual_names_unqualified(command->index->qualified);
	return NULL;
}

bool
gradual_need_mere_rename(const GradualLate *late, const GradualCommand *command)
{
	return command->naming != NULL && command->table != NULL && !late->opaque &&
		command->naming->relkind == command->table->relkind &&
		gradual_spell_can(late->statement, command->table);
}

bool
gradual_need_code_about(const GradualStatement *statement, const GradualTable *table)
{
	return (IsA(statement->node, DoStmt) || IsA(statement->node, CallStmt)) &&
		table != NULL && gradual_names_any_mentioned(statement->sql, gradual_spell_names(table));
}

bool
gradual_need_table(const GradualStatement *statement, const GradualTable *table)
{
	ListCell   *lc;

	foreach(lc, statement->commands)
	{
		GradualCommand *command = lfirst(lc);

		if (gradual_steps_kin(command->table, table) || gradual_steps_has_kin(command->reads, table) ||
			gradual_steps_has_kin(command->touches, table))
			return true;
	}
	return gradual_spell_mentions(statement, table, gradual_spell_names(table));
}

bool
gradual_need_dropped_part(const GradualStatement *statement, const GradualLate *late)
{
	ListCell   *lc,
			   *table;

	foreach(lc, IsA(late->statement->node, DropStmt) ? late->statement->commands : NIL)
	{
		const GradualDrop *drop = ((GradualCommand *) lfirst(lc))->drop;

		foreach(table, drop != NULL ? drop->tables : NIL)
		{
			if (((GradualTable *) lfirst(table))->above != NIL &&
				gradual_need_table(statement, lfirst(table)))
				return true;
		}
	}
	return false;
}

/* The body of a function need not name the table: it may be that of a trigger. */
bool
gradual_need_late_column(const GradualStatement *statement, const GradualLateColumn *column)
{
	return gradual_names_mentioned(statement->sql, column->name) &&
		(IsA(statement->node, CreateFunctionStmt) ||
		 gradual_need_table(statement, column->table));
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

bits32
gradual_need_like_options(const GradualStatement *statement)
{
	bits32		options = 0;
	ListCell   *lc;

	foreach(lc, ((CreateStmt *) statement->node)->tableElts)
	{
		if (IsA(lfirst(lc), TableLikeClause))
			options |= ((TableLikeClause *) lfirst(lc))->options;
	}
	return options;
}

bool
gradual_need_star(const GradualStatement *statement, const GradualTable *table)
{
	return gradual_rows_listed(statement, table) && gradual_need_table(statement, table);
}

bool
gradual_need_rows(const GradualStatement *statement, const GradualTable *table)
{
	return gradual_rows_whole(statement, table) && gradual_need_table(statement, table);
}

bool
gradual_need_shape(const GradualStatement *statement, const GradualTable *table)
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
			return has_like((CreateStmt *) node) && gradual_need_table(statement, table);
		case T_InsertStmt:
			if (command->table == table && ((InsertStmt *) node)->cols == NIL)
				return true;
			break;
		default:
			break;
	}
	return (gradual_rows_star(statement) || gradual_rows_whole(statement, table)) &&
		gradual_need_table(statement, table);
}

bool
gradual_need_bare_name(const GradualStatement *statement, const GradualTable *table, char *column)
{
	return gradual_rows_name_bare(statement, column) && gradual_need_table(statement, table);
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
		case AT_AlterColumnType:
			/* a shadow is made of the column that is there before the swap */
			return command->retype->shadow != NULL && !column->bridge->retyped;
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

/* By a foreign key of the table to itself?  The shadow has no key before prepare. */
static bool
refers_to_own(const GradualCommand *command, const GradualLateColumn *column)
{
	ListCell   *lc;

	foreach(lc, command->table == column->table ? command->constraints : NIL)
	{
		const GradualConstraint *constraint = lfirst(lc);
		const char *end;

		if (constraint->referenced != column->table || constraint->physical == NULL)
			continue;
		end = strstr(constraint->physical->definition, " REFERENCES ");
		if (end != NULL && gradual_names_mentioned(end, column->bridge->physical))
			return true;
	}
	return false;
}

/*
 * Does the DDL refer to a table whose column gets another type: by a foreign key?
 * One that the script drops has to be gone by then: nothing takes its place.
 */
static bool
refers_to_retyped(const GradualCommand *command, const GradualLateColumn *column)
{
	return !gradual_steps_is(command, AT_DropConstraint) && column->bridge != NULL && !column->bridge->visible &&
		(list_member_ptr(command->touches, column->table) || refers_to_own(command, column));
}

/* That of the command's own table counts, and not the same of one above or below. */
static bool
is_of_kin(const GradualLate *late, const GradualCommand *command, const GradualLateColumn *column)
{
	ListCell   *lc;

	foreach(lc, column->table != command->table ? late->columns : NIL)
	{
		GradualLateColumn *other = lfirst(lc);

		if (other->table == command->table && strcmp(other->name, column->name) == 0)
			return true;
	}
	return false;
}

GradualPhase
gradual_need_late_columns(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, late->columns)
	{
		GradualLateColumn *column = lfirst(lc);

		if (is_of_kin(late, command, column))
			continue;
		if (refers_to_retyped(command, column) ||
			gradual_need_shape(command->statement, column->table) ||
			(gradual_need_late_column(command->statement, column) &&
			 !can_cross(command, column)))
			return late->phase;
	}
	return GRADUAL_EXPAND;
}

static bool
copies_statistics(const CreateStmt *create)
{
	ListCell   *lc;

	foreach(lc, create->tableElts)
	{
		if (IsA(lfirst(lc), TableLikeClause) &&
			(lfirst_node(TableLikeClause, lc)->options & CREATE_TABLE_LIKE_STATISTICS) != 0)
			return true;
	}
	return false;
}

/* A statistics object has its table among those that DROP locks. */
static bool
drops_what_is_copied(const GradualCommand *late, const GradualStatement *statement)
{
	ListCell   *lc;

	if (!IsA(late->node, DropStmt) || late->drop == NULL ||
		((DropStmt *) late->node)->removeType != OBJECT_STATISTIC_EXT ||
		!copies_statistics((CreateStmt *) statement->node))
		return false;
	foreach(lc, late->drop->others)
	{
		if (gradual_need_table(statement, lfirst(lc)))
			return true;
	}
	return false;
}

/* LIKE and INHERITS copy what the table is like, all that hangs on it too. */
bool
gradual_need_copied(const GradualStatement *statement, const GradualLate *late)
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
				if (table != NULL && gradual_need_table(statement, table))
					return true;
				break;
			default:
				break;
		}
		if (drops_what_is_copied(command, statement))
			return true;
	}
	return false;
}

/* --- keys --- */

static bool
has_foreign_key(List *constraints)
{
	ListCell   *lc;

	foreach(lc, constraints)
	{
		if (((Constraint *) lfirst(lc))->contype == CONSTR_FOREIGN)
			return true;
	}
	return false;
}

/* Does a column, or a constraint by itself, refer to another table? */
static bool
refers(Node *element)
{
	if (element == NULL)
		return false;
	return IsA(element, Constraint) ? has_foreign_key(list_make1(element)) :
		IsA(element, ColumnDef) && has_foreign_key(((ColumnDef *) element)->constraints);
}

static bool
adds_reference(const GradualCommand *command)
{
	ListCell   *lc;

	if (IsA(command->node, AlterTableCmd))
		return refers(((AlterTableCmd *) command->node)->def);
	if (!IsA(command->node, CreateStmt))
		return false;
	foreach(lc, ((CreateStmt *) command->node)->tableElts)
	{
		if (refers(lfirst(lc)))
			return true;
	}
	return false;
}

static bool
makes_key(const GradualCommand *command)
{
	ListCell   *lc;

	if (IsA(command->node, IndexStmt))
		return ((IndexStmt *) command->node)->unique;
	foreach(lc, command->constraints)
	{
		char		type = ((GradualConstraint *) lfirst(lc))->type;

		if (type == CONSTRAINT_PRIMARY || type == CONSTRAINT_UNIQUE)
			return true;
	}
	return false;
}

bool
gradual_need_late_key(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	if (command->table == NULL || !GRADUAL_TABLE_AT_ONCE(command->table) ||
		!adds_reference(command))
		return false;
	foreach(lc, late->statement->commands)
	{
		const GradualCommand *other = lfirst(lc);

		if (makes_key(other) && list_member_ptr(command->touches, other->table))
			return true;
	}
	return false;
}
