/*
 * below.c
 *	  What statements about a table do to real ones below it.
 *
 * The clones of tables that are there do not inherit from one another.  One that
 * comes later gets all that was noted before as it is made (follow_parent.c).
 *
 * If we crash here nothing is left: locks only, to the end of the transaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "script/below.h"
#include "script/catalog.h"
#include "script/follow_parent.h"
#include "script/lookup.h"
#include "script/member.h"
#include "script/part.h"

/* --- the columns of a table below, as the script has left them --- */

/* The parents that a table has the column from; *own: it has it itself as well. */
static int
count_inherited(Oid table, const char *column, bool *own)
{
	HeapTuple	tuple = SearchSysCacheAttName(table, column);
	int			parents;

	if (!HeapTupleIsValid(tuple))
		return 0;
	parents = ((Form_pg_attribute) GETSTRUCT(tuple))->attinhcount;
	*own |= ((Form_pg_attribute) GETSTRUCT(tuple))->attislocal;
	ReleaseSysCache(tuple);
	return parents;
}

/* .. but for parents that the script has taken it from. */
static int
count_real_columns(GradualRehearsal *rehearsal, Oid table, const char *column, bool *own)
{
	return count_inherited(table, column, own) -
		gradual_part_left_with(rehearsal, table, column, false);
}

static int
count_real_checks(GradualRehearsal *rehearsal, Oid table, const char *name, bool *own)
{
	int			parents = 0;
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(table))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (constraint->contype != CONSTRAINT_CHECK || strcmp(NameStr(constraint->conname), name) != 0)
			continue;
		parents = constraint->coninhcount - gradual_part_left_with(rehearsal, table, name, true);
		*own |= constraint->conislocal;
	}
	return parents;
}

static bool
is_called(const char *it, const char *name)
{
	return it != NULL && strcmp(it, name) == 0;
}

/* Backwards to the name that the real table has, or to where it was dropped. */
static int
count_parents(GradualRehearsal *rehearsal, Oid table, const char *name, bool *own, bool is_check)
{
	int			parents = 0;

	for (int i = list_length(rehearsal->below) - 1; i >= 0; i--)
	{
		const GradualBelow *below = list_nth(rehearsal->below, i);
		const char *before = is_check ? below->released : below->goes ? below->column : below->before;
		const char *after = is_check ? below->constraint : below->goes ? NULL : below->column;
		bool		comes = is_called(after, name);
		bool		goes = is_called(before, name);

		if (below->table != table || !(comes || goes))
			continue;
		if (goes && below->applies)
			return parents;
		if (comes && before != NULL)
			name = before;
		else if (!gradual_part_has_left(rehearsal, table, below->parent))
			parents += comes ? 1 : -1;
		*own |= below->merges;
	}
	return parents + (is_check ? count_real_checks : count_real_columns) (rehearsal, table, name, own);
}

int
gradual_below_count_parents(GradualRehearsal *rehearsal, Oid table, const char *column,
							bool *own)
{
	return count_parents(rehearsal, table, column, own, false);
}

int
gradual_below_count_check_parents(GradualRehearsal *rehearsal, Oid table, const char *name,
								  bool *own)
{
	return count_parents(rehearsal, table, name, own, true);
}

/* --- notes --- */

bool
gradual_below_has_family(const GradualRelation *relation)
{
	return relation->relkind == RELKIND_RELATION ||
		relation->relkind == RELKIND_PARTITIONED_TABLE;
}

/* There may be thousands of partitions. */
GradualRelation *
gradual_below_relation(GradualRehearsal *rehearsal, Oid table)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, table);

	if (relation != NULL)
		return relation;
	relation = palloc0(sizeof(GradualRelation));
	relation->oid = table;
	relation->schema = get_rel_namespace(table);
	relation->name = get_rel_name(table);
	relation->relkind = get_rel_relkind(table);
	return relation;
}

List *
gradual_below_children(GradualRehearsal *rehearsal, Oid parent)
{
	List	   *children = NIL;
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent, AccessShareLock))
	{
		if (!gradual_part_has_left(rehearsal, lfirst_oid(lc), parent))
			children = lappend_oid(children, lfirst_oid(lc));
	}
	return children;
}

void
gradual_below_note(GradualRehearsal *rehearsal, const GradualBelow *model, Oid parent,
				   GradualBelowCheck check)
{
	ListCell   *lc;

	foreach(lc, gradual_below_children(rehearsal, parent))
	{
		GradualBelow *below = palloc(sizeof(GradualBelow));

		*below = *model;
		below->table = lfirst_oid(lc);
		below->parent = parent;
		below->command = rehearsal->command;
		if (check != NULL)
			check(rehearsal, below);
		rehearsal->below = lappend(rehearsal->below, below);

		/* what it had itself those below it have already */
		if (below->applies && !below->merges)
			gradual_below_note(rehearsal, model, below->table, check);
	}
}

/* They have it from nowhere else. */
static void
note_clones(GradualRehearsal *rehearsal, Oid parent, const char *column)
{
	GradualCommand *command = rehearsal->command;
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent, NoLock))
	{
		GradualRelation *child = gradual_lookup_of_clone(rehearsal, lfirst_oid(lc));
		bool		own = false;

		if (child == NULL || child->table == NULL ||
			count_inherited(lfirst_oid(lc), column, &own) != 1 || own)
			continue;
		command->below = list_append_unique_ptr(command->below, child->table);
		note_clones(rehearsal, lfirst_oid(lc), column);
	}
}

static bool
is_noted(const GradualRehearsal *rehearsal, Oid table)
{
	ListCell   *lc;

	foreach(lc, rehearsal->below)
	{
		const GradualBelow *below = lfirst(lc);

		if (below->command == rehearsal->command && below->applies && below->table == table)
			return true;
	}
	return false;
}

void
gradual_below_follow(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 const char *column)
{
	ListCell   *lc;

	if (column != NULL)
		note_clones(rehearsal, relation->clone, column);
	foreach(lc, list_copy(rehearsal->relations))
	{
		GradualRelation *table = lfirst(lc);

		if (!OidIsValid(table->oid) || !OidIsValid(table->clone) || table->gone ||
			table->table == NULL || !is_noted(rehearsal, table->oid))
			continue;
		if (column != NULL)
			note_clones(rehearsal, table->clone, column);
		gradual_follow_parent(rehearsal, table);
	}
}

/* --- DROP COLUMN --- */

void
gradual_below_free_names(GradualRehearsal *rehearsal, Oid table, const char *column)
{
	GradualCommand *command = rehearsal->command;
	ListCell   *lc;

	foreach(lc, gradual_catalog_parts_of_column(table, get_attnum(table, column)))
	{
		const ObjectAddress *part = lfirst(lc);
		bool		is_index = part->classId == RelationRelationId;
		const GradualRelation *index = is_index ?
		gradual_member_relation(rehearsal, part->objectId) : NULL;
		char	   *name = !is_index ? get_constraint_name(part->objectId) :
		index != NULL ? index->name : get_rel_name(part->objectId);

		command->frees = lappend(command->frees, name);

		/* else it goes with its clone */
		if (is_index && index == NULL && get_rel_namespace(table) != rehearsal->temp)
			gradual_lookup_free_name(rehearsal, get_rel_namespace(table), name);
	}
}

static void
free_names_of(GradualRehearsal *rehearsal, Oid child, const char *column)
{
	const GradualRelation *relation = gradual_member_relation(rehearsal, child);

	gradual_below_free_names(rehearsal, child, column);
	if (relation != NULL && OidIsValid(relation->clone))
		gradual_below_free_names(rehearsal, relation->clone, column);
}

/* A table loses it with the last of its parents; a partition has only one. */
static void
check_drop(GradualRehearsal *rehearsal, GradualBelow *below)
{
	bool		own = false;

	below->applies = get_rel_relispartition(below->table) ||
		(gradual_below_count_parents(rehearsal, below->table, below->column, &own) == 1 && !own);
	if (below->applies)
		free_names_of(rehearsal, below->table, below->column);
}

List *
gradual_below_drop_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  const AlterTableCmd *command)
{
	GradualBelow model = {.column = command->name,.goes = true,.applies = true};
	List	   *tables = NIL;
	ListCell   *lc;

	if (!gradual_below_has_family(relation))
		return NIL;

	/* a clone that comes later has nothing of the script's on it */
	model.sql = psprintf("DROP COLUMN %s%s", quote_identifier(command->name),
						 command->behavior == DROP_CASCADE ? " CASCADE" : "");
	gradual_below_note(rehearsal, &model, relation->oid, check_drop);
	foreach(lc, rehearsal->below)
	{
		const GradualBelow *below = lfirst(lc);

		if (below->command == rehearsal->command && below->applies)
			tables = lappend(tables, gradual_below_relation(rehearsal, below->table));
	}
	return tables;
}

static void
check_leave(GradualRehearsal *rehearsal, GradualBelow *below)
{
	below->applies = false;
}

void
gradual_below_leave(GradualRehearsal *rehearsal, const GradualRelation *relation,
					const AlterTableCmd *command)
{
	GradualBelow model = {.merges = true};

	if (command->subtype == AT_DropColumn)
	{
		model.column = command->name;
		model.goes = true;
	}
	else
		model.released = command->name;
	gradual_below_note(rehearsal, &model, relation->oid, check_leave);
}
