/*
 * drop.c
 *	  Rehearsing DROP.
 *
 * What the script itself has made is really dropped; what was there before is
 * only noted as gone.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_policy.h"
#include "catalog/pg_rewrite.h"
#include "catalog/pg_trigger.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/ident.h"
#include "script/clone.h"
#include "script/closure.h"
#include "script/gone.h"
#include "script/lookup.h"
#include "script/part.h"
#include "script/redirect.h"

typedef struct DroppedKind
{
	ObjectType	type;
	const char *kinds;			/* of pg_class.relkind */
	const char *noun;
	const char *article;
	const char *command;
} DroppedKind;

static const DroppedKind dropped_kinds[] = {
	{OBJECT_TABLE, "rp", "table", "a table", "DROP TABLE"},
	{OBJECT_VIEW, "v", "view", "a view", "DROP VIEW"},
	{OBJECT_MATVIEW, "m", "materialized view", "a materialized view", "DROP MATERIALIZED VIEW"},
	{OBJECT_SEQUENCE, "S", "sequence", "a sequence", "DROP SEQUENCE"},
	{OBJECT_FOREIGN_TABLE, "f", "foreign table", "a foreign table", "DROP FOREIGN TABLE"},
	{OBJECT_INDEX, "iI", "index", "an index", "DROP INDEX"},
	{OBJECT_TYPE, "c", "type", "a type", "DROP TYPE"},
};

static bool drop_relations(GradualRehearsal *rehearsal, DropStmt *drop);
static bool drop_parts(GradualRehearsal *rehearsal, DropStmt *drop);
static bool drop_objects(GradualRehearsal *rehearsal, DropStmt *drop);
static void empty_schema(GradualRehearsal *rehearsal, Oid schema, DropBehavior behavior);
static bool existed_before(GradualRehearsal *rehearsal, const ObjectAddress *object);

bool
gradual_rehearse_drop(GradualRehearsal *rehearsal, Node *node)
{
	DropStmt   *drop = (DropStmt *) node;

	if (drop->removeType == OBJECT_INDEX)
		return gradual_rehearse_drop_index(rehearsal, node);
	rehearsal->command->drop = palloc0(sizeof(GradualDrop));
	switch (drop->removeType)
	{
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_SEQUENCE:
		case OBJECT_FOREIGN_TABLE:
			return drop_relations(rehearsal, drop);
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
			return drop_parts(rehearsal, drop);
		default:
			return drop_objects(rehearsal, drop);
	}
}

/* --- relations --- */

static const DroppedKind *
kind_of(ObjectType type)
{
	for (int i = 0; i < lengthof(dropped_kinds); i++)
	{
		if (dropped_kinds[i].type == type)
			return &dropped_kinds[i];
	}
	elog(ERROR, "unexpected object type: %d", (int) type);
	return NULL;
}

static void
check_kind(const GradualRelation *relation, const DroppedKind *wanted)
{
	const char *hint = NULL;

	if (strchr(wanted->kinds, relation->relkind) != NULL)
		return;
	for (int i = 0; i < lengthof(dropped_kinds); i++)
	{
		if (strchr(dropped_kinds[i].kinds, relation->relkind) != NULL)
			hint = psprintf("Use %s to remove %s.", dropped_kinds[i].command,
							dropped_kinds[i].article);
	}
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" is not %s", relation->name, wanted->article),
			 hint != NULL ? errhint("%s", hint) : 0));
}

/* The owner of a schema may drop what is in it. */
static void
check_owner(const GradualRelation *relation)
{
	if (IsCatalogRelationOid(relation->oid) ||
		!object_ownercheck(NamespaceRelationId, relation->schema, GetUserId()))
		gradual_lookup_check_owner(relation);
}

static void
undefined_relation(const RangeVar *name, const DroppedKind *kind)
{
	if (name->schemaname != NULL)
		LookupExplicitNamespace(name->schemaname, false);
	ereport(ERROR,
			(errcode(kind->type == OBJECT_SEQUENCE || kind->type == OBJECT_TABLE ||
					 kind->type == OBJECT_VIEW || kind->type == OBJECT_MATVIEW ?
					 ERRCODE_UNDEFINED_TABLE : ERRCODE_UNDEFINED_OBJECT),
			 errmsg("%s \"%s\" does not exist", kind->noun,
					NameListToString(gradual_ident_names(name)))));
}

/* What was there before at once, since it may depend on each other; then the rest. */
static bool
drop_relations(GradualRehearsal *rehearsal, DropStmt *drop)
{
	const DroppedKind *kind = kind_of(drop->removeType);
	GradualCommand *command = rehearsal->command;
	List	   *made = NIL;
	List	   *roots = NIL;
	ListCell   *lc;

	command->noop = true;
	foreach(lc, drop->objects)
	{
		RangeVar   *name = makeRangeVarFromNameList(lfirst_node(List, lc));
		GradualRelation *relation = gradual_lookup_find(rehearsal, name, true);

		if (relation == NULL && !drop->missing_ok)
			undefined_relation(name, kind);
		if (relation == NULL)
			continue;
		check_kind(relation, kind);
		check_owner(relation);
		command->noop = false;
		if (relation->table != NULL)
		{
			command->table = relation->table;
			command->touches = list_append_unique_ptr(command->touches, relation->table);
		}
		if (!OidIsValid(relation->oid))
		{
			made = list_append_unique_ptr(made, relation);
			continue;
		}
		roots = gradual_closure_add_root(roots, RelationRelationId, relation->oid, 0);
		if (OidIsValid(relation->clone))
			roots = gradual_closure_add_root(roots, RelationRelationId, relation->clone, 0);
	}
	gradual_gone_drop(rehearsal, drop->behavior, roots);
	foreach(lc, made)
	{
		gradual_gone_clone(rehearsal, lfirst(lc), drop->behavior);
		gradual_lookup_drop(rehearsal, lfirst(lc));
	}
	return true;
}

/* --- triggers, rules, policies --- */

static Oid
part_catalog(ObjectType type)
{
	return type == OBJECT_TRIGGER ? TriggerRelationId :
		type == OBJECT_RULE ? RewriteRelationId : PolicyRelationId;
}

static void
drop_part_of_clone(GradualRehearsal *rehearsal, const GradualRelation *relation, DropStmt *drop,
				   const char *name)
{
	drop->objects = list_make1(list_make3(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
										  makeString(relation->clone_name),
										  makeString(pstrdup(name))));
	gradual_clone_run(rehearsal, (Node *) drop);
}

static bool
drop_parts(GradualRehearsal *rehearsal, DropStmt *drop)
{
	GradualCommand *command = rehearsal->command;
	List	   *names = list_copy(linitial_node(List, drop->objects));
	char	   *part = strVal(llast(names));
	GradualRelation *relation;

	names = list_truncate(names, list_length(names) - 1);
	relation = gradual_lookup_find(rehearsal, makeRangeVarFromNameList(names), drop->missing_ok);
	if (relation == NULL ||
		(drop->missing_ok &&
		 !gradual_part_exists(rehearsal, relation, drop->removeType, part)))
	{
		command->noop = true;
		return true;
	}
	command->table = relation->table;
	if (OidIsValid(relation->oid) &&
		!object_ownercheck(RelationRelationId, relation->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, drop->removeType, relation->name);
	gradual_part_require(rehearsal, relation, drop->removeType, part);
	if (OidIsValid(gradual_part_on_clone(relation, drop->removeType, part)))
		drop_part_of_clone(rehearsal, relation, drop, part);
	else
		gradual_gone_drop(rehearsal, drop->behavior,
						  gradual_closure_add_root(NIL, part_catalog(drop->removeType),
												   gradual_part_on_original(rehearsal, relation, drop->removeType, part),
												   0));
	if (relation->table != NULL)
		command->drop->others = list_append_unique_ptr(command->drop->others, relation->table);
	return true;
}

/* --- everything else --- */

static void
check_object(GradualRehearsal *rehearsal, const DropStmt *drop, const ObjectAddress *address,
			 Node *object, Relation relation)
{
	Oid			schema = get_object_namespace(address);

	if (address->classId == ExtensionRelationId && address->objectId == get_extension_oid("pg_gradual", true))
		gradual_script_refuse(rehearsal->statement, "DROP EXTENSION pg_gradual",
							  "It is what runs the migration.", NULL);
	if (drop->removeType == OBJECT_FUNCTION && get_func_prokind(address->objectId) == PROKIND_AGGREGATE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is an aggregate function",
						NameListToString(castNode(ObjectWithArgs, object)->objname)),
				 errhint("Use DROP AGGREGATE to drop aggregate functions.")));
	if (!OidIsValid(schema) || !object_ownercheck(NamespaceRelationId, schema, GetUserId()))
		check_object_ownership(GetUserId(), drop->removeType, *address, object, relation);
}

static bool
drop_objects(GradualRehearsal *rehearsal, DropStmt *drop)
{
	List	   *made = NIL;
	List	   *roots = NIL;
	ListCell   *lc;

	foreach(lc, drop->objects)
	{
		ObjectAddress address;
		Relation	relation = NULL;

		gradual_redirect_object(rehearsal, lfirst(lc));
		address = get_object_address(drop->removeType, lfirst(lc), &relation,
									 AccessShareLock, drop->missing_ok);
		if (!OidIsValid(address.objectId))
			continue;
		check_object(rehearsal, drop, &address, lfirst(lc), relation);
		if (address.classId == NamespaceRelationId)
			empty_schema(rehearsal, address.objectId, drop->behavior);
		if (existed_before(rehearsal, &address))
			roots = gradual_closure_add_root(roots, address.classId, address.objectId, 0);
		else
			made = lappend(made, lfirst(lc));
	}
	rehearsal->command->noop = made == NIL && roots == NIL;
	gradual_gone_drop(rehearsal, drop->behavior, roots);
	if (made != NIL)
	{
		drop->objects = made;
		gradual_clone_run(rehearsal, (Node *) drop);
	}
	return true;
}

/* What the script made in a schema is not really there: it is in pg_temp. */
static void
empty_schema(GradualRehearsal *rehearsal, Oid schema, DropBehavior behavior)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->gone || relation->schema != schema ||
			(OidIsValid(relation->oid) && get_rel_namespace(relation->oid) == schema))
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
