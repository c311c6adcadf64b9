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
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/constraint_name.h"
#include "script/lookup.h"

/* Is it one that the server made of the other for a partition? */
static bool
is_part_of(Oid part, Oid whole)
{
	while (OidIsValid(part) && part != whole)
	{
		HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(part));

		if (!HeapTupleIsValid(tuple))
			elog(ERROR, "cache lookup failed for constraint %u", part);
		part = ((Form_pg_constraint) GETSTRUCT(tuple))->conparentid;
		ReleaseSysCache(tuple);
	}
	return OidIsValid(part);
}

/*
 * Will a table of the schema have a constraint of that name, beside the one that
 * gets it?  The parts of that have the name it had among the clones.
 */
static bool
is_constraint(GradualRehearsal *rehearsal, Oid schema, const char *name, Oid itself)
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
		Oid			other;

		if (relation->gone || relation->schema != schema || !OidIsValid(relation->clone))
			continue;
		other = get_relation_constraint_oid(relation->clone, name, true);
		found |= OidIsValid(other) && !is_part_of(other, itself);
	}
	return found;
}

/* ChooseConstraintName() and ChooseRelationName(), among the names that will be there. */
static char *
choose_name(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid itself,
			const char *columns, const char *label, bool with_index)
{
	char	   *name;
	char	   *modified = pstrdup(label);
	int			number = 0;

	for (;;)
	{
		name = makeObjectName(relation->name, columns, modified);
		if ((!with_index || gradual_lookup_find_in(rehearsal, relation->schema, name) == NULL) &&
			!is_constraint(rehearsal, relation->schema, name, itself))
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
								const GradualConstraint *constraint, Oid itself, Oid index)
{
	switch (constraint->type)
	{
		case CONSTRAINT_CHECK:
			return choose_name(rehearsal, relation, itself,
							   list_length(constraint->columns) == 1 ?
							   linitial(constraint->columns) : NULL, "check", false);
		case CONSTRAINT_FOREIGN:
			return choose_name(rehearsal, relation, itself, join_names(constraint->columns),
							   "fkey", false);
		case CONSTRAINT_PRIMARY:
			return choose_name(rehearsal, relation, itself, NULL, "pkey", true);
		case CONSTRAINT_UNIQUE:
			return choose_name(rehearsal, relation, itself, join_names(index_columns(index)),
							   "key", true);
		case CONSTRAINT_EXCLUSION:
			return choose_name(rehearsal, relation, itself, join_names(index_columns(index)),
							   "excl", true);
		default:
			return choose_name(rehearsal, relation, itself, linitial(constraint->columns),
							   "not_null", false);
	}
}
