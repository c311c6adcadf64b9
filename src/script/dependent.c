/*
 * dependent.c
 *	  What hangs on the keys of a real table.
 *
 * Foreign keys depend on the index of the key that they refer to, views that
 * group by a primary key on its constraint.  Read from pg_depend as it is now;
 * what the script drops before is taken out.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/texts.h"
#include "script/catalog.h"
#include "script/closure.h"
#include "script/dependent.h"
#include "script/lookup.h"

/* As the server calls them. */
#define SEVERAL_OBJECTS "desired object(s)"

typedef struct Dependents
{
	GradualRehearsal *rehearsal;
	StringInfoData detail;		/* a line each, as PostgreSQL has it */
	List	   *lines;			/* of char *: those of detail */
	List	   *along;			/* OIDs of what goes anyway */
} Dependents;

static bool drops_key(const ForeignKeyCacheInfo *key, const AlterTableCmd *command);
static void collect(Dependents *dependents, Oid catalog, Oid object, int part,
					const char *name);
static void note_along(Dependents *dependents, Oid table, AttrNumber column);
static void collect_parts(Dependents *dependents, Oid table, AttrNumber column);
static char *describe(Dependents *dependents, Form_pg_depend dependency);
static char *describe_constraint(Dependents *dependents, Oid oid);
static void refuse(Dependents *dependents, const char *object, DropBehavior behavior);

void
gradual_dependent_check_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation,
								   const AlterTableCmd *command)
{
	Dependents	dependents = {.rehearsal = rehearsal};
	Oid			constraint = get_relation_constraint_oid(relation->oid, command->name, true);
	Oid			index = OidIsValid(constraint) ? get_constraint_index(constraint) : InvalidOid;
	char	   *object = psprintf("constraint %s on table %s", quote_identifier(command->name),
								  quote_identifier(relation->name));

	/* of a foreign key it is the index at the other end */
	if (!OidIsValid(index) || get_index_constraint(index) != constraint)
		return;
	initStringInfo(&dependents.detail);
	collect(&dependents, ConstraintRelationId, constraint, 0, object);
	collect(&dependents, RelationRelationId, index, 0,
			psprintf("index %s", quote_identifier(get_rel_name(index))));
	refuse(&dependents, object, command->behavior);
}

void
gradual_dependent_check_index(GradualRehearsal *rehearsal, const GradualRelation *index,
							  DropBehavior behavior)
{
	Dependents	dependents = {.rehearsal = rehearsal};
	char	   *object = psprintf("index %s", quote_identifier(index->name));

	if (!OidIsValid(index->oid))
		return;
	initStringInfo(&dependents.detail);
	collect(&dependents, RelationRelationId, index->oid, 0, object);
	refuse(&dependents, object, behavior);
}

void
gradual_dependent_touch(GradualRehearsal *rehearsal, const GradualRelation *relation,
						const AlterTableCmd *command)
{
	GradualCommand *facts = rehearsal->command;
	Relation	real = table_open(relation->oid, NoLock);
	List	   *keys = copyObject(RelationGetFKeyList(real));
	ListCell   *lc;

	table_close(real, NoLock);
	foreach(lc, keys)
	{
		ForeignKeyCacheInfo *key = lfirst(lc);
		GradualTable *referenced;

		if (!drops_key(key, command))
			continue;
		referenced = gradual_lookup_real(rehearsal, key->confrelid)->table;
		if (referenced == NULL)
			continue;
		if (referenced == facts->table)
			facts->drops_own_reference = true;
		else
			facts->touches = list_append_unique_ptr(facts->touches, referenced);
	}
}

static bool
drops_key(const ForeignKeyCacheInfo *key, const AlterTableCmd *command)
{
	AttrNumber	column;

	if (command->subtype == AT_DropConstraint)
		return strcmp(get_constraint_name(key->conoid), command->name) == 0;
	column = get_attnum(key->conrelid, command->name);
	for (int i = 0; i < key->nkeys; i++)
	{
		if (key->conkey[i] == column)
			return true;
	}
	return false;
}

/* The name by which the real table knows it. */
static const char *
real_name(const GradualRelation *relation, const char *column)
{
	ListCell   *lc;

	foreach(lc, relation->table == NULL ? NIL : relation->table->bridges)
	{
		GradualBridge *bridge = lfirst(lc);

		if (!bridge->outdated && strcmp(bridge->now, column) == 0)
			return bridge->original;
	}
	return column;
}

/*
 * What goes with a column; of the clone it is its default, which depends on the
 * sequence that goes with the real column.
 */
static void
note_along(Dependents *dependents, Oid table, AttrNumber column)
{
	ObjectAddress of;
	ListCell   *lc;

	if (column == InvalidAttrNumber)
		return;
	ObjectAddressSubSet(of, RelationRelationId, table, column);
	foreach(lc, gradual_catalog_dependencies(&of))
	{
		Form_pg_depend dependency = lfirst(lc);

		if (dependency->deptype == DEPENDENCY_AUTO)
			dependents->along = lappend_oid(dependents->along, dependency->objid);
	}
}

/* Is it a sequence that the script has made another column's, or nobody's? */
static bool
is_given_away(Dependents *dependents, Form_pg_depend dependency)
{
	GradualRelation *relation = dependency->classid != RelationRelationId ? NULL :
	gradual_member_relation(dependents->rehearsal, dependency->objid);

	return relation != NULL && relation->reowned;
}

/* What depends on the constraints and indexes that go with a column. */
static void
collect_parts(Dependents *dependents, Oid table, AttrNumber column)
{
	ObjectAddress of;
	ListCell   *lc;

	ObjectAddressSubSet(of, RelationRelationId, table, column);
	foreach(lc, gradual_catalog_dependencies(&of))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress address;
		Oid			index;

		if (dependency->deptype != DEPENDENCY_AUTO || is_given_away(dependents, dependency))
			continue;
		ObjectAddressSet(address, dependency->classid, dependency->objid);
		collect(dependents, dependency->classid, dependency->objid, 0,
				getObjectDescription(&address, false));
		if (dependency->classid != ConstraintRelationId)
			continue;
		index = get_constraint_index(dependency->objid);
		if (OidIsValid(index) && get_index_constraint(index) == dependency->objid)
			collect(dependents, RelationRelationId, index, 0,
					psprintf("index %s", quote_identifier(get_rel_name(index))));
	}
}

/* An object may depend on another in more than one way. */
static bool
is_named(Dependents *dependents, const char *dependent, const char *name)
{
	char	   *line = psprintf("%s depends on %s", dependent, name);

	if (gradual_texts_have(dependents->lines, line))
		return true;
	dependents->lines = lappend(dependents->lines, line);
	return false;
}

/*
 * All that depends on an object, or on a part of it, and would keep it from
 * being dropped.
 */
static void
collect(Dependents *dependents, Oid catalog, Oid object, int part, const char *name)
{
	ObjectAddress of;
	ListCell   *lc;

	ObjectAddressSubSet(of, catalog, object, part);
	foreach(lc, gradual_catalog_dependencies(&of))
	{
		Form_pg_depend dependency = lfirst(lc);
		char	   *dependent;

		if (dependency->deptype != DEPENDENCY_NORMAL || dependency->refobjsubid != part ||
			list_member_oid(dependents->along, dependency->objid))
			continue;
		dependent = describe(dependents, dependency);
		if (dependent == NULL || is_named(dependents, dependent, name))
			continue;
		appendStringInfo(&dependents->detail, "%s%s depends on %s",
						 dependents->detail.len > 0 ? "\n" : "", dependent, name);
	}
}

/* NULL: the script has dropped it, or it goes with another that is found. */
static char *
describe(Dependents *dependents, Form_pg_depend dependency)
{
	ObjectAddress object;
	ObjectAddress of;
	GradualMember *member;

	if (dependency->classid == ConstraintRelationId)
		return describe_constraint(dependents, dependency->objid);
	ObjectAddressSet(object, dependency->classid, dependency->objid);
	ObjectAddressSet(of, dependency->refclassid, dependency->refobjid);
	member = gradual_member_identify(dependents->rehearsal, &object);
	if (!gradual_closure_is_out(dependents->rehearsal, member, &of))
		return member->words;
	dependents->rehearsal->command->freed = true;
	return NULL;
}

static char *
describe_constraint(Dependents *dependents, Oid oid)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(oid));
	Form_pg_constraint constraint;
	char	   *text = NULL;

	if (!HeapTupleIsValid(tuple))
		return NULL;
	constraint = (Form_pg_constraint) GETSTRUCT(tuple);
	if (gradual_member_constraint_is_gone(dependents->rehearsal, constraint->conrelid,
										  NameStr(constraint->conname)))
		dependents->rehearsal->command->freed = true;
	else if (!OidIsValid(constraint->conparentid))
		text = psprintf("constraint %s on table %s",
						quote_identifier(NameStr(constraint->conname)),
						quote_identifier(get_rel_name(constraint->conrelid)));

	ReleaseSysCache(tuple);
	return text;
}

static void
refuse(Dependents *dependents, const char *object, DropBehavior behavior)
{
	if (dependents->detail.len == 0 || behavior == DROP_CASCADE)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop %s because other objects depend on %s", object,
					strcmp(object, SEVERAL_OBJECTS) == 0 ? "them" : "it"),
			 errdetail("%s", dependents->detail.data),
			 errhint("Drop them before it in the script, or by hand.")));
}

static void
collect_column(Dependents *dependents, const GradualRelation *relation, const char *name)
{
	AttrNumber	column = get_attnum(relation->oid, real_name(relation, name));

	if (column == InvalidAttrNumber)
		return;
	note_along(dependents, relation->oid, column);
	if (OidIsValid(relation->clone))
		note_along(dependents, relation->clone, get_attnum(relation->clone, name));
	collect_parts(dependents, relation->oid, column);
	collect(dependents, RelationRelationId, relation->oid, column,
			psprintf("column %s of table %s", quote_identifier(name),
					 quote_identifier(relation->name)));
}

void
gradual_dependent_check_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
							   List *below, const AlterTableCmd *command)
{
	Dependents	dependents = {.rehearsal = rehearsal};
	ListCell   *lc;

	initStringInfo(&dependents.detail);
	collect_column(&dependents, relation, command->name);
	foreach(lc, below)
		collect_column(&dependents, lfirst(lc), command->name);
	refuse(&dependents, below != NIL ? SEVERAL_OBJECTS :
		   psprintf("column %s of table %s", quote_identifier(command->name),
					quote_identifier(relation->name)), command->behavior);
}

/* The script may have given the column another name: then any key counts. */
static bool
refers_to(HeapTuple key, AttrNumber column)
{
	bool		isnull;
	Datum		columns = SysCacheGetAttr(CONSTROID, key, Anum_pg_constraint_confkey, &isnull);
	Datum	   *numbers;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(columns), INT2OID, sizeof(int16), true, TYPALIGN_SHORT,
					  &numbers, NULL, &count);
	for (int i = 0; i < count; i++)
	{
		if (DatumGetInt16(numbers[i]) == column)
			return true;
	}
	return column == InvalidAttrNumber;
}

/* Has the script dropped the foreign key, or the one that it is a part of? */
static bool
is_key_gone(GradualRehearsal *rehearsal, Oid key)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(key));
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(tuple);
	bool		gone = OidIsValid(form->conparentid) ? is_key_gone(rehearsal, form->conparentid) :
	gradual_member_constraint_is_gone(rehearsal, form->conrelid, NameStr(form->conname));

	ReleaseSysCache(tuple);
	return gone;
}

GradualTable *
gradual_dependent_referencing(GradualRehearsal *rehearsal, const GradualRelation *relation,
							  const char *column)
{
	AttrNumber	number = InvalidAttrNumber;
	GradualTable *found = NULL;
	ListCell   *lc;

	if (!OidIsValid(relation->oid))
		return NULL;
	if (column != NULL)
		number = get_attnum(relation->oid, column);
	foreach(lc, gradual_catalog_keys_to(relation->oid))
	{
		Form_pg_constraint key = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
		Oid			oid = key->conrelid;
		GradualTable *table;

		if (oid == relation->oid || !refers_to(lfirst(lc), number) ||
			(column == NULL && is_key_gone(rehearsal, key->oid)))
			continue;
		table = gradual_lookup_real(rehearsal, oid)->table;
		if (table != NULL && (found == NULL || !GRADUAL_TABLE_AT_ONCE(table)))
			found = table;
	}
	return found;
}

static bool
acts(char action)
{
	return action == FKCONSTR_ACTION_CASCADE || action == FKCONSTR_ACTION_SETNULL ||
		action == FKCONSTR_ACTION_SETDEFAULT;
}

void
gradual_dependent_reach(GradualRehearsal *rehearsal, Oid table)
{
	GradualCommand *command = rehearsal->command;
	ListCell   *lc;

	foreach(lc, gradual_catalog_keys_to(table))
	{
		Form_pg_constraint key = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if ((!acts(key->confdeltype) && !acts(key->confupdtype)) ||
			list_member_oid(command->reached, key->conrelid))
			continue;
		command->reached = lappend_oid(command->reached, key->conrelid);
		gradual_dependent_reach(rehearsal, key->conrelid);
	}
}
