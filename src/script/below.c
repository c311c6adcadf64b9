/*
 * below.c
 *	  Columns that go from the tables below with that of their parent.
 *
 * The clones of tables that are there do not inherit from one another.  One that
 * comes later loses such columns as it is made.
 *
 * If we crash here nothing is left: locks only, to the end of the transaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "script/below.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/member.h"
#include "script/part.h"

/* Has it the column from nowhere but so many parents? */
static bool
goes_with_parents(Oid child, const char *column, int parents)
{
	HeapTuple	tuple = SearchSysCacheAttName(child, column);
	bool		goes;

	if (!HeapTupleIsValid(tuple))
		return false;
	goes = ((Form_pg_attribute) GETSTRUCT(tuple))->attinhcount == parents &&
		!((Form_pg_attribute) GETSTRUCT(tuple))->attislocal;
	ReleaseSysCache(tuple);
	return goes;
}

/* The parents of a real table that have lost the column so far. */
static int
count_losses(const GradualRehearsal *rehearsal, Oid child, const char *column)
{
	int			losses = 0;
	ListCell   *lc;

	foreach(lc, rehearsal->below)
	{
		const GradualColumnBelow *below = lfirst(lc);

		if (below->table == child && strcmp(below->column, column) == 0)
			losses++;
	}
	return losses;
}

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

/* A table with several parents loses it with the last of them. */
static void
note_real(GradualRehearsal *rehearsal, Oid parent, const char *column)
{
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent, AccessShareLock))
	{
		Oid			child = lfirst_oid(lc);
		GradualColumnBelow *below;

		if (gradual_part_has_left(rehearsal, child, parent))
			continue;
		below = palloc0(sizeof(GradualColumnBelow));
		below->table = child;
		below->column = pstrdup(column);
		below->command = rehearsal->command;
		rehearsal->below = lappend(rehearsal->below, below);
		below->goes = goes_with_parents(child, column,
										get_rel_relispartition(child) ? 1 :
										count_losses(rehearsal, child, column));
		if (!below->goes)
			continue;
		free_names_of(rehearsal, child, column);
		note_real(rehearsal, child, column);
	}
}

/* Those that the script has put there: from their clones the server takes it. */
static void
note_clones(GradualRehearsal *rehearsal, Oid parent, const char *column)
{
	GradualCommand *command = rehearsal->command;
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent, NoLock))
	{
		GradualRelation *child = gradual_lookup_of_clone(rehearsal, lfirst_oid(lc));

		if (child == NULL || child->table == NULL || !goes_with_parents(lfirst_oid(lc), column, 1))
			continue;
		command->below = list_append_unique_ptr(command->below, child->table);
		note_clones(rehearsal, lfirst_oid(lc), column);
	}
}

/* Does it lose a column by the command? */
static bool
loses(const GradualRehearsal *rehearsal, const GradualColumnBelow *below)
{
	return below->command == rehearsal->command && below->goes;
}

/* One that the script has not met is not noted: there may be thousands of partitions. */
static GradualRelation *
relation_of(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_member_relation(rehearsal, oid);

	if (relation != NULL)
		return relation;
	relation = palloc0(sizeof(GradualRelation));
	relation->oid = oid;
	relation->schema = get_rel_namespace(oid);
	relation->name = get_rel_name(oid);
	relation->relkind = get_rel_relkind(oid);
	return relation;
}

List *
gradual_below_drop_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  const char *column)
{
	List	   *tables = NIL;
	ListCell   *lc;

	if (relation->relkind != RELKIND_RELATION && relation->relkind != RELKIND_PARTITIONED_TABLE)
		return NIL;
	note_clones(rehearsal, relation->clone, column);
	note_real(rehearsal, relation->oid, column);
	foreach(lc, rehearsal->below)
	{
		const GradualColumnBelow *below = lfirst(lc);

		if (loses(rehearsal, below))
			tables = lappend(tables, relation_of(rehearsal, below->table));
	}
	return tables;
}

void
gradual_below_take_column(GradualRehearsal *rehearsal, List *tables, const char *column)
{
	ListCell   *lc;

	foreach(lc, tables)
	{
		GradualRelation *table = lfirst(lc);

		if (!OidIsValid(table->clone) || table->gone)
			continue;
		note_clones(rehearsal, table->clone, column);
		gradual_clone_follow_parent(rehearsal, table);
	}
}
