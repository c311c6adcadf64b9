/*
 * rename_type.c
 *	  Rehearsing new names of what is not a relation: types, functions, schemas,
 *	  labels of enums, attributes of composite types.
 *
 * They are renamed for real, in the subtransaction, so that later statements
 * find them under the new name.  Where the server's own way would lock the
 * relation of a composite type, the catalog is changed by hand.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_class.h"
#include "catalog/pg_enum.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/ident.h"
#include "base/spi.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/rename_type.h"
#include "script/object_naming.h"

/* The type of that name, which the current user has to own. */
static Oid
find_type(GradualRehearsal *rehearsal, List *names)
{
	TypeName   *name = makeTypeNameFromNameList(names);
	Oid			type;

	gradual_redirect_object(rehearsal, (Node *) name);
	type = typenameTypeId(NULL, name);
	if (!object_ownercheck(TypeRelationId, type, GetUserId()))
		aclcheck_error_type(ACLCHECK_NOT_OWNER, type);
	return type;
}

/* As RenameType() does; its errors in its words. */
static void
check_renameable(Form_pg_type type, ObjectType object)
{
	if (object == OBJECT_DOMAIN && type->typtype != TYPTYPE_DOMAIN)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a domain", format_type_be(type->oid))));
	if (type->typtype == TYPTYPE_COMPOSITE &&
		get_rel_relkind(type->typrelid) != RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is a table's row type", format_type_be(type->oid)),
				 errhint("Use %s instead.", "ALTER TABLE")));
	if (IsTrueArrayType(type))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot alter array type %s", format_type_be(type->oid)),
				 errhint("You can alter type %s, which will alter the array type as well.",
						 format_type_be(type->typelem))));
}

/* The relation of a composite type, as RenameRelationInternal() does it, but without a lock. */
static void
rename_relation_of(Oid relation, const char *name)
{
	HeapTuple	tuple = SearchSysCacheCopy1(RELOID, ObjectIdGetDatum(relation));
	Relation	relations;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for relation %u", relation);
	if (OidIsValid(get_relname_relid(name, get_rel_namespace(relation))))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name)));
	relations = table_open(RelationRelationId, RowExclusiveLock);
	namestrcpy(&((Form_pg_class) GETSTRUCT(tuple))->relname, name);
	CatalogTupleUpdate(relations, &tuple->t_self, tuple);
	heap_freetuple(tuple);
	table_close(relations, RowExclusiveLock);
}

static void
rename_type(GradualRehearsal *rehearsal, RenameStmt *rename)
{
	Oid			oid = find_type(rehearsal, castNode(List, rename->object));
	HeapTuple	tuple = SearchSysCacheCopy1(TYPEOID, ObjectIdGetDatum(oid));
	ObjectAddress object = {TypeRelationId, oid, 0};
	char	   *before = gradual_object_naming_of(&object);
	Form_pg_type type;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", oid);
	type = (Form_pg_type) GETSTRUCT(tuple);
	check_renameable(type, rename->renameType);
	if (type->typtype == TYPTYPE_COMPOSITE)
		rename_relation_of(type->typrelid, rename->newname);
	RenameTypeInternal(oid, rename->newname, type->typnamespace);
	heap_freetuple(tuple);
	CommandCounterIncrement();
	gradual_object_naming_rename(rehearsal, &object, before);
}

static bool
has_typed_table(Oid type)
{
	GradualArgs args = {0};

	gradual_args_oid(&args, OIDOID, type);
	return gradual_spi_row("SELECT FROM pg_catalog.pg_class c WHERE c.reloftype OPERATOR(pg_catalog.=) $1 LIMIT 1",
						   &args) != NULL;
}

/* The composite type that ALTER TYPE names as a relation. */
static Oid
find_composite(GradualRehearsal *rehearsal, const RangeVar *range)
{
	return find_type(rehearsal, gradual_ident_names(range));
}

bool
gradual_rename_reaches_tables(GradualRehearsal *rehearsal, const RangeVar *type)
{
	return has_typed_table(find_composite(rehearsal, type));
}

/* False if it would rename columns of tables. */
static bool
rename_attribute(GradualRehearsal *rehearsal, RenameStmt *rename)
{
	Oid			type = find_composite(rehearsal, rename->relation);
	Oid			relation = get_typ_typrelid(type);
	Relation	attributes;
	HeapTuple	tuple;

	if (!OidIsValid(relation) || get_rel_relkind(relation) != RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a composite type", rename->relation->relname)));
	if (has_typed_table(type))
	{
		if (rename->behavior == DROP_CASCADE)
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
				 errmsg("cannot alter type \"%s\" because it is the type of a typed table",
						rename->relation->relname)));
	}
	tuple = SearchSysCacheCopyAttName(relation, rename->subname);
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist", rename->subname)));
	if (get_attnum(relation, rename->newname) != InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" already exists",
						rename->newname, rename->relation->relname)));

	attributes = table_open(AttributeRelationId, RowExclusiveLock);
	namestrcpy(&((Form_pg_attribute) GETSTRUCT(tuple))->attname, rename->newname);
	CatalogTupleUpdate(attributes, &tuple->t_self, tuple);
	heap_freetuple(tuple);
	table_close(attributes, RowExclusiveLock);
	CommandCounterIncrement();
	gradual_object_naming_attribute(rehearsal, rename->newname);
	return true;
}

static bool
is_named_in_texts(ObjectType type)
{
	return type == OBJECT_FUNCTION || type == OBJECT_PROCEDURE || type == OBJECT_ROUTINE ||
		type == OBJECT_AGGREGATE || type == OBJECT_TYPE || type == OBJECT_DOMAIN ||
		type == OBJECT_COLLATION;
}

void
gradual_rename_for_real(GradualRehearsal *rehearsal, ObjectType type, Node *object,
						Node *statement)
{
	ObjectAddress address;
	Relation	relation;
	char	   *before;

	if (!is_named_in_texts(type))
	{
		gradual_clone_run(rehearsal, statement);
		return;
	}
	/* the name of a type as SET SCHEMA has it */
	if (type == OBJECT_TYPE || type == OBJECT_DOMAIN)
		object = (Node *) makeTypeNameFromNameList((List *) object);
	address = get_object_address(type, object, &relation, AccessShareLock, false);
	before = gradual_object_naming_of(&address);
	gradual_clone_run(rehearsal, statement);
	gradual_object_naming_rename(rehearsal, &address, before);
}

bool
gradual_rename_object(GradualRehearsal *rehearsal, RenameStmt *rename)
{
	switch (rename->renameType)
	{
		case OBJECT_ROLE:
		case OBJECT_DATABASE:
		case OBJECT_TABLESPACE:

			/* its recipe says why not */
			return true;
		case OBJECT_TYPE:
		case OBJECT_DOMAIN:
			rename_type(rehearsal, rename);
			return true;
		case OBJECT_ATTRIBUTE:
			return rename_attribute(rehearsal, rename);
		default:
			gradual_redirect_object(rehearsal, rename->object);
			gradual_rename_for_real(rehearsal, rename->renameType, rename->object, (Node *) rename);
			return true;
	}
}

void
gradual_rename_label(GradualRehearsal *rehearsal, const AlterEnumStmt *alter)
{
	Oid			type = find_type(rehearsal, alter->typeName);

	if (get_typtype(type) != TYPTYPE_ENUM)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not an enum", format_type_be(type))));
	RenameEnumLabel(type, alter->oldVal, alter->newVal);
	CommandCounterIncrement();
	gradual_object_naming_label(rehearsal, type, alter->oldVal, alter->newVal);
}
