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
#include "catalog/pg_inherits.h"
#include "utils/syscache.h"

#include "script/below.h"
#include "script/clone.h"
#include "script/lookup.h"
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
		below->goes = goes_with_parents(child, column, count_losses(rehearsal, child, column));
		if (below->goes)
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

static bool
loses(const GradualRehearsal *rehearsal, Oid table)
{
	ListCell   *lc;

	foreach(lc, rehearsal->below)
	{
		const GradualColumnBelow *below = lfirst(lc);

		if (below->table == table && below->command == rehearsal->command && below->goes)
			return true;
	}
	return false;
}

void
gradual_below_drop_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
						  const char *column)
{
	ListCell   *lc;

	if (relation->relkind != RELKIND_RELATION)
		return;
	note_clones(rehearsal, relation->clone, column);
	note_real(rehearsal, relation->oid, column);
	foreach(lc, list_copy(rehearsal->relations))
	{
		GradualRelation *child = lfirst(lc);

		if (!OidIsValid(child->oid) || !OidIsValid(child->clone) || child->gone)
			continue;
		if (loses(rehearsal, child->oid))
			note_clones(rehearsal, child->clone, column);
		gradual_clone_follow_parent(rehearsal, child);
	}
}
