/*
 * lookup.c
 *	  From names in the script to relations, real or cloned.
 *
 * Invariants: of the relations that are not gone, no two have the same schema
 * and name, nor the same real relation, nor the same clone.  A real relation is
 * found by its name only if the script has not freed that name.
 */
#include "postgres.h"

#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "commands/dbcommands.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "storage/lmgr.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/lookup.h"
#include "script/table.h"

static void note_spot(GradualRehearsal *rehearsal, const GradualRelation *relation,
					  const RangeVar *name);
static void note_schema(GradualRehearsal *rehearsal, const GradualRelation *relation);
static GradualRelation *find_noted(GradualRehearsal *rehearsal, Oid schema, const char *name);
static GradualRelation *find_dependent(GradualRehearsal *rehearsal, Oid schema,
									   const char *name);
static Oid	lock_real(const char *name, Oid schema);
static void refuse_temporary(GradualRehearsal *rehearsal, const char *name);
static void undefined(GradualRehearsal *rehearsal, const RangeVar *name);

GradualRelation *
gradual_lookup_find(GradualRehearsal *rehearsal, const RangeVar *name, bool missing_ok)
{
	GradualRelation *relation = NULL;

	if (name->catalogname != NULL &&
		strcmp(name->catalogname, get_database_name(MyDatabaseId)) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cross-database references are not implemented: \"%s.%s.%s\"",
						name->catalogname, name->schemaname, name->relname),
				 gradual_context_position(rehearsal->script->text, name->location)));

	if (name->schemaname != NULL)
	{
		Oid			schema = LookupExplicitNamespace(name->schemaname, true);

		if (OidIsValid(schema))
			relation = gradual_lookup_find_in(rehearsal, schema, name->relname);
	}
	else
	{
		ListCell   *lc;

		foreach(lc, fetch_search_path(true))
		{
			relation = gradual_lookup_find_in(rehearsal, lfirst_oid(lc), name->relname);
			if (relation != NULL)
				break;
		}
	}
	if (relation == NULL && !missing_ok)
		undefined(rehearsal, name);
	if (relation != NULL)
		note_spot(rehearsal, relation, name);
	return relation;
}

void
gradual_lookup_pin_name(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	note_spot(rehearsal, relation, makeRangeVar(NULL, relation->name, -1));
}

/* The trees of one statement are copied and gone through more than once. */
static void
note_spot(GradualRehearsal *rehearsal, const GradualRelation *relation, const RangeVar *name)
{
	GradualStatement *statement = rehearsal->statement;
	GradualSpot *spot;
	ListCell   *lc;

	if (relation->table == NULL || relation->table->oid != relation->oid ||
		!OidIsValid(relation->oid))
		return;
	foreach(lc, statement->spots)
	{
		spot = lfirst(lc);
		if (spot->table == relation->table && spot->location == name->location)
			return;
	}
	spot = palloc(sizeof(GradualSpot));
	spot->table = relation->table;
	spot->location = name->location;
	spot->aliased = name->alias != NULL;
	statement->spots = lappend(statement->spots, spot);
}

GradualRelation *
gradual_lookup_find_in(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	GradualRelation *relation;
	Oid			oid;

	if (schema == rehearsal->temp)
	{
		refuse_temporary(rehearsal, name);
		return NULL;
	}
	relation = find_noted(rehearsal, schema, name);
	if (relation != NULL)
		return relation;
	if (!gradual_lookup_is_freed(rehearsal, schema, name))
	{
		oid = lock_real(name, schema);
		if (OidIsValid(oid))
			return gradual_lookup_real(rehearsal, oid);
	}
	return find_dependent(rehearsal, schema, name);
}

GradualRelation *
gradual_lookup_real(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation;
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		relation = lfirst(lc);
		if (relation->oid == oid && !relation->gone)
			return relation;
	}

	relation = gradual_lookup_add(rehearsal, get_rel_namespace(oid), get_rel_name(oid),
								  get_rel_relkind(oid));
	relation->oid = oid;
	if (GRADUAL_IS_INDEX(relation->relkind))
		relation->table = gradual_lookup_real(rehearsal, IndexGetRelation(oid, false))->table;
	else if (strchr("rpvmf", relation->relkind) != NULL && !IsCatalogRelationOid(oid))
	{
		relation->table = gradual_table_real(rehearsal->script, oid);
		note_schema(rehearsal, relation);
	}
	return relation;
}

/* It is found by a name that its schema will only have then. */
static void
note_schema(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	GradualTable *table = relation->table;
	ListCell   *lc;

	foreach(lc, rehearsal->renamed_schemas)
	{
		GradualRenamedSchema *schema = lfirst(lc);
		GradualNaming *naming;

		if (schema->schema != relation->schema)
			continue;
		naming = gradual_lookup_naming(schema, relation);
		if (table->namings == NIL)
			table->qualified = naming->from;
		table->namings = lappend(table->namings, naming);
	}
}

GradualNaming *
gradual_lookup_naming(const GradualRenamedSchema *schema, const GradualRelation *relation)
{
	GradualNaming *naming = palloc0(sizeof(GradualNaming));

	naming->statement = schema->statement;
	naming->relkind = relation->relkind;
	naming->from = quote_qualified_identifier(schema->from, relation->name);
	naming->to = quote_qualified_identifier(schema->to, relation->name);
	naming->name = relation->name;
	naming->moves = naming->of_schema = true;
	return naming;
}

GradualRelation *
gradual_lookup_of_clone(GradualRehearsal *rehearsal, Oid clone)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->clone == clone && OidIsValid(clone))
			return relation;
	}
	return NULL;
}

Oid
gradual_lookup_creation_schema(GradualRehearsal *rehearsal, const RangeVar *name)
{
	Oid			schema = RangeVarGetCreationNamespace(name);

	if (name->relpersistence == RELPERSISTENCE_TEMP || isTempNamespace(schema))
		gradual_script_refuse(rehearsal->statement, "temporary relation",
							  "The steps of a migration run in more than one session.",
							  "Create a plain or unlogged table, and drop it later.");
	gradual_lookup_check_create(schema);
	return schema;
}

void
gradual_lookup_check_create(Oid schema)
{
	AclResult	result = object_aclcheck(NamespaceRelationId, schema, GetUserId(), ACL_CREATE);

	if (result != ACLCHECK_OK)
		aclcheck_error(result, OBJECT_SCHEMA, get_namespace_name(schema));
}

GradualRelation *
gradual_lookup_create(GradualRehearsal *rehearsal, const RangeVar *name, char relkind)
{
	Oid			schema = gradual_lookup_creation_schema(rehearsal, name);
	GradualRelation *relation = gradual_lookup_find_in(rehearsal, schema, name->relname);

	if (relation != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", name->relname),
				 gradual_context_position(rehearsal->script->text, name->location)));

	relation = gradual_lookup_add(rehearsal, schema, name->relname, relkind);
	relation->clone_name = gradual_lookup_free(rehearsal, name->relname);
	if (relkind == RELKIND_SEQUENCE)
		return relation;
	relation->table = gradual_table_created(rehearsal->script,
											gradual_lookup_qualified(relation),
											name->relname, relkind);
	relation->table->unlogged = name->relpersistence == RELPERSISTENCE_UNLOGGED;
	return relation;
}

GradualRelation *
gradual_lookup_add(GradualRehearsal *rehearsal, Oid schema, const char *name, char relkind)
{
	GradualRelation *relation = palloc0(sizeof(GradualRelation));

	relation->schema = schema;
	relation->name = pstrdup(name);
	relation->relkind = relkind;
	rehearsal->relations = lappend(rehearsal->relations, relation);
	return relation;
}

void
gradual_lookup_free_name(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	GradualFreedName *freed = palloc(sizeof(GradualFreedName));

	freed->schema = schema;
	freed->name = pstrdup(name);
	rehearsal->freed = lappend(rehearsal->freed, freed);
}

void
gradual_lookup_drop(GradualRehearsal *rehearsal, GradualRelation *relation)
{
	gradual_lookup_free_name(rehearsal, relation->schema, relation->name);
	relation->gone = true;
}

void
gradual_lookup_move(GradualRehearsal *rehearsal, GradualRelation *relation,
					Oid schema, const char *name)
{
	gradual_lookup_free_name(rehearsal, relation->schema, relation->name);
	relation->schema = schema;
	relation->name = pstrdup(name);
}

/* The server's own types for arrays give their names away: see moveArrayTypeName(). */
bool
gradual_lookup_is_type(Oid schema, const char *name)
{
	Oid			type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
									   ObjectIdGetDatum(schema));
	Oid			element = OidIsValid(type) ? get_element_type(type) : InvalidOid;

	return OidIsValid(type) && get_typisdefined(type) &&
		!(OidIsValid(element) && get_array_type(element) == type);
}

/* A table needs the name of its row type as well. */
static bool
is_taken(const char *name, Oid schema)
{
	return OidIsValid(get_relname_relid(name, schema)) ||
		SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(name), ObjectIdGetDatum(schema));
}

/*
 * Temporary tables and their types are found before those of the system, so none
 * of these may be called like one: a table "date" or "path" is no rarity.
 */
char *
gradual_lookup_free(GradualRehearsal *rehearsal, const char *wanted)
{
	const char *name = wanted;
	int			attempt = 0;

	while (is_taken(name, rehearsal->temp) || is_taken(name, PG_CATALOG_NAMESPACE))
		name = makeObjectName(wanted, psprintf("%d", ++attempt), "clone");
	return pstrdup(name);
}

char *
gradual_lookup_qualified(const GradualRelation *relation)
{
	return quote_qualified_identifier(get_namespace_name(relation->schema), relation->name);
}

static char *
replace(char *source, const char *from, const char *to)
{
	StringInfoData buffer;
	char	   *found;

	if (strstr(source, from) == NULL)
		return source;
	initStringInfo(&buffer);
	while ((found = strstr(source, from)) != NULL)
	{
		appendBinaryStringInfo(&buffer, source, found - source);
		appendStringInfoString(&buffer, to);
		source = found + strlen(from);
	}
	appendStringInfoString(&buffer, source);
	return buffer.data;
}

/*
 * Under the pinned path only a relation in pg_temp or pg_catalog is printed
 * without its schema, so the text names a clone.
 */
char *
gradual_lookup_restore(GradualRehearsal *rehearsal, char *deparsed)
{
	ListCell   *lc;

	if (deparsed == NULL || strstr(deparsed, "regclass") == NULL)
		return deparsed;
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (!OidIsValid(relation->clone) || relation->gone)
			continue;
		deparsed = replace(deparsed,
						   psprintf("%s::regclass",
									quote_literal_cstr(quote_identifier(relation->clone_name))),
						   psprintf("%s::regclass",
									quote_literal_cstr(gradual_lookup_qualified(relation))));
	}
	return deparsed;
}

List *
gradual_lookup_commands_before(const GradualRehearsal *rehearsal)
{
	List	   *commands = NIL;
	ListCell   *lc;

	foreach(lc, rehearsal->script->statements)
	{
		if (lfirst(lc) == rehearsal->statement)
			break;
		commands = list_concat(commands, ((GradualStatement *) lfirst(lc))->commands);
	}
	return commands;
}

int
gradual_lookup_pin_path(void)
{
	int			level = NewGUCNestLevel();

	set_config_option("search_path", "pg_catalog", PGC_USERSET, PGC_S_SESSION,
					  GUC_ACTION_SAVE, true, 0, false);
	return level;
}

void
gradual_lookup_check_owner(const GradualRelation *relation)
{
	if (!OidIsValid(relation->oid))
		return;
	if (!object_ownercheck(RelationRelationId, relation->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(relation->relkind),
					   relation->name);
	if (IsCatalogRelationOid(relation->oid))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied: \"%s\" is a system catalog", relation->name)));
}

void
gradual_lookup_check_right(const GradualRelation *relation, AclMode right)
{
	if (!OidIsValid(relation->oid))
		return;
	if (pg_class_aclcheck(relation->oid, GetUserId(), right) != ACLCHECK_OK &&
		pg_attribute_aclcheck_all(relation->oid, GetUserId(), right, ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(relation->relkind),
					   relation->name);
}

/* A clone that went with another one (DROP .. CASCADE) is noticed here. */
static GradualRelation *
find_noted(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->gone || relation->schema != schema ||
			strcmp(relation->name, name) != 0)
			continue;
		if (!OidIsValid(relation->clone) ||
			SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relation->clone)))
			return relation;
		gradual_lookup_drop(rehearsal, relation);
	}
	return NULL;
}

/* The table that an index or a sequence in pg_temp belongs to; InvalidOid = none. */
static Oid
owner_table(Oid oid)
{
	Oid			table = InvalidOid;
	int32		column;

	switch (get_rel_relkind(oid))
	{
		case RELKIND_INDEX:
		case RELKIND_PARTITIONED_INDEX:
			return IndexGetRelation(oid, true);
		case RELKIND_SEQUENCE:
			if (sequenceIsOwned(oid, DEPENDENCY_AUTO, &table, &column) ||
				sequenceIsOwned(oid, DEPENDENCY_INTERNAL, &table, &column))
				return table;
			break;
		default:
			break;
	}
	return InvalidOid;
}

/* What a statement made along with a table: the index of a key, a serial's sequence. */
static GradualRelation *
find_dependent(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	Oid			oid = get_relname_relid(name, rehearsal->temp);
	GradualRelation *table;
	GradualRelation *relation;

	if (!OidIsValid(oid))
		return NULL;
	table = gradual_lookup_of_clone(rehearsal, owner_table(oid));
	if (table == NULL || table->gone || table->schema != schema)
		return NULL;
	relation = gradual_lookup_add(rehearsal, schema, name, get_rel_relkind(oid));
	relation->clone = oid;
	relation->clone_name = relation->name;
	if (relation->relkind != RELKIND_SEQUENCE)
		relation->table = table->table;
	return relation;
}

bool
gradual_lookup_is_freed(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	ListCell   *lc;

	foreach(lc, rehearsal->freed)
	{
		GradualFreedName *freed = lfirst(lc);

		if (freed->schema == schema && strcmp(freed->name, name) == 0)
			return true;
	}
	return false;
}

/*
 * The lock comes after the name, so look again whether it still is the one.  An
 * index after its table, as everybody does it.
 */
static Oid
lock_real(const char *name, Oid schema)
{
	Oid			oid = get_relname_relid(name, schema);
	Oid			again;

	while (OidIsValid(oid))
	{
		Oid			table = IndexGetRelation(oid, true);

		if (OidIsValid(table))
			LockRelationOid(table, AccessShareLock);
		LockRelationOid(oid, AccessShareLock);
		again = get_relname_relid(name, schema);
		if (again == oid)
			break;
		UnlockRelationOid(oid, AccessShareLock);
		oid = again;
	}
	return oid;
}

/* A temporary table of the session hides the real one, which a worker would use. */
static void
refuse_temporary(GradualRehearsal *rehearsal, const char *name)
{
	Oid			oid = get_relname_relid(name, rehearsal->temp);

	if (!OidIsValid(oid) || OidIsValid(owner_table(oid)) ||
		gradual_lookup_of_clone(rehearsal, oid) != NULL ||
		list_member_oid(rehearsal->twins, oid))
		return;
	gradual_script_refuse(rehearsal->statement, "temporary relation",
						  psprintf("\"%s\" is a temporary relation of this session; a worker cannot see it.", name),
						  "Name the table with its schema, or drop the temporary one.");
}

static void
undefined(GradualRehearsal *rehearsal, const RangeVar *name)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_TABLE),
			 name->schemaname ?
			 errmsg("relation \"%s.%s\" does not exist", name->schemaname, name->relname) :
			 errmsg("relation \"%s\" does not exist", name->relname),
			 gradual_context_position(rehearsal->script->text, name->location)));
}

void
gradual_lookup_check_kind(const GradualRelation *relation, ObjectType type)
{
	/* a composite type counts as a table there */
	if (get_relkind_objtype(relation->relkind) != type ||
		relation->relkind == RELKIND_COMPOSITE_TYPE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not %s", relation->name,
						type == OBJECT_TABLE ? "a table" :
						type == OBJECT_VIEW ? "a view" :
						type == OBJECT_MATVIEW ? "a materialized view" :
						type == OBJECT_INDEX ? "an index" :
						type == OBJECT_SEQUENCE ? "a sequence" : "a foreign table")));
}

void
gradual_lookup_check_maintain(const GradualRelation *relation)
{
	Oid			table = relation->oid;
	AclResult	result;

	if (GRADUAL_IS_INDEX(relation->relkind) && relation->table != NULL)
		table = relation->table->oid;
	if (!OidIsValid(table))
		return;
	result = gradual_compat_check_maintain(table, GetUserId());
	if (result != ACLCHECK_OK)
		aclcheck_error(result, get_relkind_objtype(relation->relkind), relation->name);
}

void
gradual_lookup_check_reads(GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, rehearsal->command->reads)
	{
		GradualTable *table = lfirst(lc);

		if (OidIsValid(table->oid))
			gradual_lookup_check_right(gradual_lookup_real(rehearsal, table->oid), ACL_SELECT);
	}
}
