/*
 * drop.c
 *	  Rehearsing DROP.
 *
 * Only what the script itself creates is dropped.  A real table is taken to be
 * gone, and left alone; a real object of another kind ends the rehearsal, since
 * what is there in its place later cannot be made beside it.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"

static bool drop_relations(GradualRehearsal *rehearsal, DropStmt *drop);
static void drop_relation(GradualRehearsal *rehearsal, DropStmt *drop, List *name);
static bool drop_objects(GradualRehearsal *rehearsal, DropStmt *drop);
static void empty_schema(GradualRehearsal *rehearsal, Oid schema, DropBehavior behavior);
static bool existed_before(GradualRehearsal *rehearsal, const ObjectAddress *object);

bool
gradual_rehearse_drop(GradualRehearsal *rehearsal, Node *node)
{
	DropStmt   *drop = (DropStmt *) node;

	switch (drop->removeType)
	{
		case OBJECT_INDEX:
			return gradual_rehearse_drop_index(rehearsal, node);
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_SEQUENCE:
			return drop_relations(rehearsal, drop);
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
		case OBJECT_FOREIGN_TABLE:
			return false;
		default:
			return drop_objects(rehearsal, drop);
	}
}

static bool
drop_relations(GradualRehearsal *rehearsal, DropStmt *drop)
{
	ListCell   *lc;

	foreach(lc, drop->objects)
		drop_relation(rehearsal, drop, lfirst_node(List, lc));
	return true;
}

static void
drop_relation(GradualRehearsal *rehearsal, DropStmt *drop, List *name)
{
	GradualCommand *command = rehearsal->command;
	GradualRelation *relation = gradual_lookup_find(rehearsal, makeRangeVarFromNameList(name),
													drop->missing_ok);
	DropStmt   *alone = makeNode(DropStmt);

	if (relation == NULL)
	{
		command->noop = command->table == NULL;
		return;
	}
	gradual_lookup_check_owner(relation);
	command->noop = false;
	command->table = relation->table;
	if (relation->table != NULL)
		command->touches = list_append_unique_ptr(command->touches, relation->table);
	if (OidIsValid(relation->oid))
	{
		gradual_lookup_drop(rehearsal, relation);
		return;
	}

	alone->removeType = relation->relkind == RELKIND_MATVIEW ? OBJECT_TABLE : drop->removeType;
	alone->behavior = drop->behavior;
	alone->objects = list_make1(list_make2(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
										   makeString(relation->clone_name)));
	gradual_clone_run(rehearsal, (Node *) alone);
	gradual_lookup_drop(rehearsal, relation);
}

static bool
drop_objects(GradualRehearsal *rehearsal, DropStmt *drop)
{
	ListCell   *lc;
	bool		any = false;

	foreach(lc, drop->objects)
	{
		ObjectAddress address;
		Relation	relation = NULL;

		gradual_redirect_object(rehearsal, lfirst(lc));
		address = get_object_address(drop->removeType, lfirst(lc), &relation,
									 AccessShareLock, drop->missing_ok);
		if (!OidIsValid(address.objectId))
			continue;
		any = true;
		if (existed_before(rehearsal, &address))
			return false;
		if (address.classId == NamespaceRelationId)
			empty_schema(rehearsal, address.objectId, drop->behavior);
	}
	if (any)
		gradual_clone_run(rehearsal, (Node *) drop);
	rehearsal->command->noop = !any;
	return true;
}

/* What the script made in a schema of its own is not really there: it is in pg_temp. */
static void
empty_schema(GradualRehearsal *rehearsal, Oid schema, DropBehavior behavior)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->gone || relation->schema != schema)
			continue;
		if (behavior != DROP_CASCADE)
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("cannot drop schema %s because other objects depend on it",
							quote_identifier(get_namespace_name(schema))),
					 errdetail("Relation \"%s\" is in it.", relation->name)));
		gradual_lookup_drop(rehearsal, relation);
	}
}

/* Is it in the catalog as it was before the script? */
static bool
existed_before(GradualRehearsal *rehearsal, const ObjectAddress *object)
{
	Relation	catalog = table_open(object->classId, AccessShareLock);
	ScanKeyData key;
	SysScanDesc scan;
	bool		found;

	ScanKeyInit(&key, get_object_attnum_oid(object->classId), BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->objectId));
	scan = systable_beginscan(catalog, get_object_oid_index(object->classId), true,
							  rehearsal->before, 1, &key);
	found = HeapTupleIsValid(systable_getnext(scan));
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return found;
}
