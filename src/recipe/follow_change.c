/*
 * follow_change.c
 *	  Up to which phase a change of rows has to follow one late statement.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "nodes/nodeFuncs.h"

#include "base/texts.h"
#include "recipe/follow_change.h"
#include "recipe/need.h"
#include "recipe/spell.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "follow_change.c must stay pure"
#endif

/*
 * Does a change need the indexes of a late CREATE INDEX?  Those of its own
 * target are better built after it, but for the one that ON CONFLICT names, which may
 * be that of a table above.
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

		if ((has_arbiter && gradual_steps_kin(table, command->table)) ||
			(table != command->table &&
			 gradual_spell_mentions(command->statement, table, gradual_spell_names(table))))
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

		if (gradual_need_shape(command->statement, column->table) ||
			((column->bridge == NULL || !column->bridge->visible) &&
			 gradual_need_late_column(command->statement, column)))
			return true;
	}
	return false;
}

/*
 * Do rows that come in the swap go into a table that the script makes, where
 * nothing takes them further: no trigger, no foreign key to the changed table?
 */
static bool
is_into_new_table(const GradualLate *late, const GradualCommand *command)
{
	GradualTable *into = ((GradualCommand *) linitial(late->statement->commands))->table;
	ListCell   *lc,
			   *ls;

	if (into == NULL || !into->created)
		return false;
	foreach(ls, late->statement->script->statements)
	{
		foreach(lc, ((GradualStatement *) lfirst(ls))->commands)
		{
			GradualCommand *other = lfirst(lc);
			bool		refers = list_member_ptr(other->touches, command->table) &&
			!(command->change != NULL && command->change->fill);

			if (other->table == into && (refers || IsA(other->node, CreateTrigStmt)))
				return false;
		}
	}
	return true;
}

/* Changes after complete do not keep back those of other tables. */
static bool
goes_its_own_way(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	if (late->rows < GRADUAL_SWAP || late->opaque ||
		(late->rows == GRADUAL_SWAP && !is_into_new_table(late, command)))
		return false;
	foreach(lc, late->statement->commands)
	{
		GradualTable *changed = ((GradualCommand *) lfirst(lc))->table;

		if (changed == NULL || gradual_need_table(command->statement, changed))
			return false;
	}
	return command->table != NULL && !gradual_need_table(late->statement, command->table);
}

/*
 * Does it change a copy that a trigger keeps on writing to?  What comes later of
 * its rows would not be changed.
 */
static bool
changes_copy(const GradualLate *late, const GradualCommand *command)
{
	InsertStmt *insert = (InsertStmt *) command->statement->node;

	return late->carries && command->table != NULL &&
		command->table == ((GradualCommand *) linitial(late->statement->commands))->table &&
		(!IsA(insert, InsertStmt) || insert->onConflictClause != NULL);
}

/* Rows that come, and SET .. = DEFAULT */
static bool
gives_defaults(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, InsertStmt) || IsA(node, MergeStmt) || IsA(node, SetToDefault))
		return true;
	return raw_expression_tree_walker(node, gives_defaults, context);
}

static WithClause *
with_clause(Node *node)
{
	switch (nodeTag(node))
	{
		case T_InsertStmt:
			return ((InsertStmt *) node)->withClause;
		case T_UpdateStmt:
			return ((UpdateStmt *) node)->withClause;
		case T_DeleteStmt:
			return ((DeleteStmt *) node)->withClause;
		case T_MergeStmt:
			return ((MergeStmt *) node)->withClause;
		default:
			return NULL;
	}
}

/* Any view may be one of it. */
bool
gradual_follow_change_gives_defaults(const GradualCommand *command, const GradualTable *table)
{
	const GradualStatement *statement = command->statement;

	if (!gradual_steps_changes_rows(statement->node))
		return false;
	if (gives_defaults((Node *) with_clause(statement->node), NULL) &&
		gradual_spell_mentions(statement, table, gradual_spell_names(table)))
		return true;
	return command->table != NULL &&
		(command->table->relkind == RELKIND_VIEW || gradual_steps_kin(table, command->table)) &&
		gives_defaults(statement->node, NULL);
}

/* Rows get the default that the script has left the column with before. */
static bool
sets_default_of(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	foreach(lc, late->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if ((gradual_steps_is(other, AT_ColumnDefault) || gradual_steps_is(other, AT_AddIdentity) ||
			 gradual_steps_is(other, AT_SetIdentity)) && other->table != NULL &&
			gradual_follow_change_gives_defaults(command, other->table))
			return true;
	}
	return false;
}

/* RESTART and the like of the sequence of a column that the script adds to their table */
static bool
sets_sequence_of(const GradualLate *late, const GradualCommand *command)
{
	const AlterSeqStmt *alter = (const AlterSeqStmt *) late->statement->node;
	ListCell   *lc;

	if (!IsA(alter, AlterSeqStmt) || command->table == NULL ||
		!gradual_follow_change_gives_defaults(command, command->table))
		return false;
	foreach(lc, command->table->added)
	{
		const GradualColumn *column = lfirst(lc);

		if (column->sequence != NULL &&
			strcmp(column->sequence->name, alter->sequence->relname) == 0)
			return true;
	}
	return false;
}

static bool
renames_label(const GradualLate *late)
{
	return IsA(late->statement->node, AlterEnumStmt) &&
		((AlterEnumStmt *) late->statement->node)->oldVal != NULL;
}

/*
 * Are they rows of a table to which others only come to refer?  These may be
 * filled with such references before, so the rows have to be there first.
 */
static bool
is_referred_to(const GradualLate *late, const GradualCommand *command)
{
	ListCell   *lc;

	if (!IsA(command->statement->node, InsertStmt) || command->table == NULL)
		return false;
	foreach(lc, late->statement->commands)
	{
		GradualCommand *other = lfirst(lc);

		if (!gradual_steps_is(other, AT_AddConstraint) || list_length(other->constraints) != 1 ||
			((GradualConstraint *) linitial(other->constraints))->referenced != command->table ||
			other->table == command->table ||
			gradual_need_table(command->statement, other->table))
			return false;
	}
	return true;
}

/*
 * Does the late statement only take keys away that the batches go by, and so leave
 * alone?  They cannot do without, and do not meet them.
 */
static bool
goes_by_dropped_key(const GradualLate *late, const GradualCommand *command)
{
	const GradualChange *change = command->change;
	ListCell   *lc;

	if (change == NULL || change->source != GRADUAL_SOURCE_KEY || change->not_batchable != NULL)
		return false;
	foreach(lc, late->statement->commands)
	{
		const GradualCommand *other = lfirst(lc);
		const char *key = gradual_need_dropped_key(other);

		if (key != NULL ? !gradual_texts_have(change->keys, key) :
			!gradual_steps_is(other, AT_AddColumn) && !gradual_steps_is(other, AT_AddConstraint))
			return false;
	}
	return true;
}

/*
 * Could it take rows away, from its table or by actions of other foreign keys, to
 * which a foreign key refers that is dropped before?  That would forbid it, or
 * change what refers to them.  Partitions may have keys of their own.
 */
static bool
needs_release(const GradualLate *late, const GradualCommand *command)
{
	const GradualChange *change = command->change;
	bool		inserts = IsA(command->statement->node, InsertStmt);
	bool		spares = !inserts && change != NULL && change->spares_keys;
	ListCell   *lc;

	if (inserts ? !command->upserts_key : change != NULL && change->fill)
		return false;
	foreach(lc, late->released)
	{
		GradualTable *table = lfirst(lc);

		if (list_member_ptr(table->above, command->table) ||
			(!spares && (gradual_steps_kin(table, command->table) ||
						 list_member_oid(command->reached, table->oid))))
			return true;
	}
	return false;
}

GradualPhase
gradual_follow_change(const GradualLate *late, const GradualCommand *command)
{
	GradualPhase phase = GRADUAL_EXPAND;

	if (is_referred_to(late, command))
		return phase;
	if (late->indexed == NIL && !goes_its_own_way(late, command))
		phase = late->rows;
	else if (needs_index(command, late))
		phase = late->phase;
	if (changes_copy(late, command))
		phase = late->until;
	if (gradual_need_names(command->statement, late) || late->everything ||
		needs_late_column(command, late) ||
		(list_member_ptr(late->hooked, command->table) && !goes_by_dropped_key(late, command)) ||
		needs_release(late, command) || gradual_need_dropped_part(command->statement, late) ||
		(command->shows_label && renames_label(late)) ||
		sets_default_of(late, command) || sets_sequence_of(late, command))
		phase = Max(phase, late->phase);
	return phase;
}
