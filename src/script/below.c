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

/* Has it the column from nowhere but one parent? */
static bool
goes_with_parent(Oid child, const char *column)
{
	HeapTuple	tuple = SearchSysCacheAttName(child, column);
	bool		goes;

	if (!HeapTupleIsValid(tuple))
		return false;
	goes = ((Form_pg_attribute) GETSTRUCT(tuple))->attinhcount == 1 &&
		!((Form_pg_attribute) GETSTRUCT(tuple))->attislocal;
	ReleaseSysCache(tuple);
	return goes;
}

static void
note_real(GradualRehearsal *rehearsal, Oid parent, const char *column)
{
	ListCell   *lc;

	foreach(lc, find_inheritance_children(parent, AccessShareLock))
	{
		Oid			child = lfirst_oid(lc);
		GradualColumnBelow *below;

		if (!goes_with_parent(child, column) || gradual_part_has_left(rehearsal, child, parent))
			continue;
		below = palloc0(sizeof(GradualColumnBelow));
		below->table = child;
		below->column = pstrdup(column);
		below->command = rehearsal->command;
		rehearsal->below = lappend(rehearsal->below, below);
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

		if (child == NULL || child->table == NULL || !goes_with_parent(lfirst_oid(lc), column))
			continue;
		command->below = list_append_unique_ptr(command->below, child->table);
		note_clones(rehearsal, lfirst_oid(lc), column);
	}
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

		if (OidIsValid(child->oid) && OidIsValid(child->clone) && !child->gone)
			gradual_clone_follow_parent(rehearsal, child);
	}
}
