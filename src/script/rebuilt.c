/*
 * rebuilt.c
 *	  The keys of a clone while the server makes them anew.
 *
 * With a column's type it does so from the text of the constraint, and the index
 * gets the constraint's name.  That may be taken in pg_temp by the clone of
 * another schema's key, which is why the index has another one there: for a
 * moment the constraint is called like its index.
 *
 * If we crash here, the clones are gone with the transaction.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "catalog/index.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/tablecmds.h"
#include "utils/lsyscache.h"

#include "script/catalog.h"
#include "script/rebuilt.h"

typedef struct GradualRebuiltKey
{
	char	   *index;
	char	   *constraint;
} GradualRebuiltKey;

/* That of a foreign key is at its other end. */
static bool
has_index(Form_pg_constraint constraint)
{
	return constraint->contype == CONSTRAINT_PRIMARY ||
		constraint->contype == CONSTRAINT_UNIQUE ||
		constraint->contype == CONSTRAINT_EXCLUSION;
}

static List *
rename_keys(Oid clone)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(clone))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
		GradualRebuiltKey *key;

		if (!has_index(constraint) ||
			strcmp(get_rel_name(constraint->conindid), NameStr(constraint->conname)) == 0)
			continue;
		key = palloc(sizeof(GradualRebuiltKey));
		key->index = get_rel_name(constraint->conindid);
		key->constraint = pstrdup(NameStr(constraint->conname));
		keys = lappend(keys, key);
		RenameConstraintById(constraint->oid, key->index);
	}
	return keys;
}

/* Those of its partitions are made anew as well. */
List *
gradual_rebuilt_begin(const GradualRelation *relation)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(relation->clone, NoLock, NULL))
		keys = list_concat(keys, rename_keys(lfirst_oid(lc)));
	CommandCounterIncrement();
	return keys;
}

void
gradual_rebuilt_end(GradualRehearsal *rehearsal, List *keys)
{
	ListCell   *lc;

	foreach(lc, keys)
	{
		GradualRebuiltKey *key = lfirst(lc);
		Oid			index = get_relname_relid(key->index, rehearsal->temp);

		if (OidIsValid(index))
			RenameConstraintById(get_index_constraint(index), key->constraint);
	}
	CommandCounterIncrement();
}
