/*
 * constraint_name.c
 *	  The name that the server would choose for a constraint.
 *
 * It must be free in the schema of the table, and what is taken in pg_temp says
 * little about that: so it is chosen here, by the server's rules, among what the
 * schema will hold when the statement runs.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "catalog/indexing.h"
#include "catalog/pg_constraint.h"
#include "commands/defrem.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "script/constraint_name.h"
#include "script/lookup.h"

/* Will a table of the schema have a constraint of that name? */
static bool
is_constraint(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	Relation	constraints = table_open(ConstraintRelationId, AccessShareLock);
	ScanKeyData keys[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	ListCell   *lc;
	bool		found = false;

	ScanKeyInit(&keys[0], Anum_pg_constraint_conname, BTEqualStrategyNumber,
				F_NAMEEQ, CStringGetDatum(name));
	ScanKeyInit(&keys[1], Anum_pg_constraint_connamespace, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(schema));
	scan = systable_beginscan(constraints, ConstraintNameNspIndexId, true, NULL, 2, keys);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Oid			table = ((Form_pg_constraint) GETSTRUCT(tuple))->conrelid;

		found = true;
		foreach(lc, rehearsal->relations)
		{
			GradualRelation *relation = lfirst(lc);

			/* its clone tells, or it is gone */
			if (relation->oid == table && OidIsValid(table) &&
				(relation->gone || OidIsValid(relation->clone)))
				found = false;
		}
	}
	systable_endscan(scan);
	table_close(constraints, AccessShareLock);

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (!relation->gone && relation->schema == schema && OidIsValid(relation->clone) &&
			OidIsValid(get_relation_constraint_oid(relation->clone, name, true)))
			found = true;
	}
	return found;
}

/* ChooseConstraintName() and ChooseRelationName(), among the names that will be there. */
static char *
choose_name(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *columns,
			const char *label, bool with_index)
{
	char	   *name;
	char	   *modified = pstrdup(label);
	int			number = 0;

	for (;;)
	{
		name = makeObjectName(relation->name, columns, modified);
		if ((!with_index || gradual_lookup_find_in(rehearsal, relation->schema, name) == NULL) &&
			!is_constraint(rehearsal, relation->schema, name))
			return name;
		modified = psprintf("%s%d", label, ++number);
	}
}

/* 'a_b' of a list of names, as long as a name can be. */
static char *
join_names(List *names)
{
	StringInfoData joined;
	ListCell   *lc;

	initStringInfo(&joined);
	foreach(lc, names)
	{
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? "_" : "", (char *) lfirst(lc));
		if (joined.len >= NAMEDATALEN)
			break;
	}
	return joined.data;
}

static List *
index_columns(Oid index)
{
	Relation	rel = relation_open(index, AccessShareLock);
	List	   *names = NIL;

	for (int i = 0; i < RelationGetNumberOfAttributes(rel); i++)
		names = lappend(names, pstrdup(NameStr(TupleDescAttr(RelationGetDescr(rel), i)->attname)));
	relation_close(rel, NoLock);
	return names;
}

char *
gradual_constraint_default_name(GradualRehearsal *rehearsal, const GradualRelation *relation,
								const GradualConstraint *constraint, Oid index)
{
	switch (constraint->type)
	{
		case CONSTRAINT_CHECK:
			return choose_name(rehearsal, relation,
							   list_length(constraint->columns) == 1 ?
							   linitial(constraint->columns) : NULL, "check", false);
		case CONSTRAINT_FOREIGN:
			return choose_name(rehearsal, relation, join_names(constraint->columns),
							   "fkey", false);
		case CONSTRAINT_PRIMARY:
			return choose_name(rehearsal, relation, NULL, "pkey", true);
		case CONSTRAINT_UNIQUE:
			return choose_name(rehearsal, relation, join_names(index_columns(index)),
							   "key", true);
		case CONSTRAINT_EXCLUSION:
			return choose_name(rehearsal, relation, join_names(index_columns(index)),
							   "excl", true);
		default:
			return choose_name(rehearsal, relation, linitial(constraint->columns),
							   "not_null", false);
	}
}
