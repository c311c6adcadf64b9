/*
 * rename.c
 *	  Rehearsing RENAME and SET SCHEMA.
 *
 * The clone of a relation stays in pg_temp, and keeps its name there unless the
 * server has to judge the new one; what the script calls it is noted beside it.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/below.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/inherited.h"
#include "script/lookup.h"
#include "script/mentioned.h"
#include "script/original.h"
#include "script/part.h"
#include "script/redirect.h"
#include "script/rename_column.h"
#include "script/rename_type.h"

/* What has the new name now, though the script has taken it away; or what forbids a view. */
static char *
reason_for_no_view(GradualRehearsal *rehearsal, Oid schema, const char *name)
{
	if (gradual_lookup_is_freed(rehearsal, schema, name))
		return "another relation has that name until then";
	if (SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(name), ObjectIdGetDatum(schema)))
		return "a type has that name";
	return NULL;
}

/* It has its new name from here on. */
static void
move(GradualRehearsal *rehearsal, GradualRelation *relation, Oid schema, const char *name)
{
	GradualNaming *naming = palloc0(sizeof(GradualNaming));

	naming->statement = rehearsal->statement->number;
	naming->relkind = relation->relkind;
	naming->from = gradual_lookup_qualified(relation);
	naming->moves = schema != relation->schema;
	naming->back = naming->moves ?
		psprintf("SET SCHEMA %s", quote_identifier(get_namespace_name(relation->schema))) :
		psprintf("RENAME TO %s", quote_identifier(relation->name));

	/* the migration's owner makes the view */
	if (OidIsValid(relation->oid))
		naming->owner = gradual_catalog_other_owner(relation->oid);
	naming->no_view = reason_for_no_view(rehearsal, schema, name);
	gradual_lookup_move(rehearsal, relation, schema, name);
	naming->to = gradual_lookup_qualified(relation);
	naming->name = relation->name;
	rehearsal->command->naming = naming;
	if (relation->table == NULL || GRADUAL_IS_INDEX(relation->relkind))
		return;
	relation->table->namings = lappend(relation->table->namings, naming);
	if (OidIsValid(relation->oid))
		rehearsal->command->mentioned = gradual_mentioned_tables(list_make1(relation->table->name));
}

/* Neither a relation nor, for what has a row type, a type may have the name. */
static void
check_free(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid schema,
		   const char *name)
{
	Oid			type;

	if (gradual_lookup_find_in(rehearsal, schema, name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 schema == relation->schema ?
				 errmsg("relation \"%s\" already exists", name) :
				 errmsg("relation \"%s\" already exists in schema \"%s\"",
						name, get_namespace_name(schema))));
	if (relation->table == NULL || GRADUAL_IS_INDEX(relation->relkind))
		return;
	type = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum(name),
						   ObjectIdGetDatum(schema));

	/*
	 * the server moves the type of an array out of the way, and a freed
	 * relation takes its own along
	 */
	if (OidIsValid(type) && !OidIsValid(get_typ_typrelid(type)) &&
		!OidIsValid(get_element_type(type)))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("type \"%s\" already exists", name)));
}

static void
rename_relation(GradualRehearsal *rehearsal, GradualRelation *relation, RenameStmt *rename)
{
	if (rename->renameType == OBJECT_MATVIEW || rename->renameType == OBJECT_FOREIGN_TABLE)
		gradual_lookup_check_kind(relation, rename->renameType);
	check_free(rehearsal, relation, relation->schema, rename->newname);
	gradual_lookup_check_create(relation->schema);
	rename->relation = gradual_clone_name(relation);
	relation->clone_name = gradual_lookup_free(rehearsal, rename->newname);
	move(rehearsal, relation, relation->schema, rename->newname);
	rename->newname = relation->clone_name;

	/* its clone may be of another kind */
	if (rename->renameType == OBJECT_MATVIEW || rename->renameType == OBJECT_FOREIGN_TABLE)
		rename->renameType = OBJECT_TABLE;
	gradual_clone_run(rehearsal, (Node *) rename);
	if (!GRADUAL_IS_INDEX(relation->relkind) ||
		!OidIsValid(get_index_constraint(relation->clone)))
		return;

	/* its constraint has the name that it will really have */
	gradual_clone_name_constraint(rehearsal, relation, get_index_constraint(relation->clone),
								  relation->name);
	relation->clone_name = get_rel_name(relation->clone);
}

static void
rename_column(GradualRehearsal *rehearsal, GradualRelation *relation, RenameStmt *rename)
{
	gradual_rename_check(rehearsal, relation, rename);
	rename->relation = gradual_clone_name(relation);
	gradual_clone_run(rehearsal, (Node *) rename);
	gradual_rename_finish(rehearsal, relation);
	gradual_inherited_rename(rehearsal, relation, rename);
}

/* The index that serves it goes by its name. */
static void
rename_constraint(GradualRehearsal *rehearsal, GradualRelation *relation, RenameStmt *rename)
{
	Oid			oid = get_relation_constraint_oid(relation->clone, rename->subname, true);
	Oid			index = OidIsValid(oid) ? get_constraint_index(oid) : InvalidOid;
	GradualRelation *known = NULL;
	bool		own = false;

	gradual_original_check_constraint(rehearsal, relation, rename->subname,
									  GRADUAL_RENAMES_CONSTRAINT, !rename->relation->inh,
									  OidIsValid(relation->oid) &&
									  gradual_below_count_check_parents(rehearsal, relation->oid,
																		rename->subname, &own) > 0);
	/* that of a foreign key is at its other end */
	if (OidIsValid(index) && get_index_constraint(index) == oid)
	{
		known = gradual_lookup_of_clone(rehearsal, index);
		if (known == NULL)
			known = gradual_lookup_find_in(rehearsal, relation->schema, rename->subname);
		if (known != NULL)
			check_free(rehearsal, known, relation->schema, rename->newname);
	}
	if (known == NULL)
	{
		rename->relation = gradual_clone_name(relation);
		gradual_clone_run(rehearsal, (Node *) rename);
		gradual_inherited_rename(rehearsal, relation, rename);
		return;
	}
	gradual_clone_name_constraint(rehearsal, relation, oid, rename->newname);
	gradual_lookup_move(rehearsal, known, relation->schema, rename->newname);
	known->clone_name = get_rel_name(index);
}

/* That of a partition has the name of its parent's. */
static void
check_parent_trigger(Oid trigger, const char *name, const GradualRelation *relation)
{
	Relation	triggers = table_open(TriggerRelationId, AccessShareLock);
	HeapTuple	tuple = get_catalog_object_by_oid(triggers, Anum_pg_trigger_oid, trigger);
	bool		inherited = HeapTupleIsValid(tuple) &&
	OidIsValid(((Form_pg_trigger) GETSTRUCT(tuple))->tgparentid);

	table_close(triggers, AccessShareLock);
	if (inherited)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot rename trigger \"%s\" on table \"%s\"", name, relation->name),
				 errhint("Rename the trigger on the partitioned table \"%s\" instead.",
						 get_rel_name(get_partition_parent(relation->oid, false)))));
}

/* A trigger, rule or policy: what is on a real relation is only noted. */
static void
rename_part(GradualRehearsal *rehearsal, RenameStmt *rename)
{
	GradualRelation *relation = gradual_clone_altered(rehearsal, rename->relation, rename->missing_ok);
	ObjectType	type = rename->renameType;

	if (relation == NULL)
		return;
	gradual_part_require(rehearsal, relation, type, rename->subname);
	if (gradual_part_exists(rehearsal, relation, type, rename->newname))
		gradual_part_taken(relation, type, rename->newname);
	if (OidIsValid(gradual_part_on_clone(relation, type, rename->subname)))
	{
		rename->relation = gradual_clone_name(relation);
		gradual_clone_run(rehearsal, (Node *) rename);
		return;
	}
	if (type == OBJECT_TRIGGER)
		check_parent_trigger(gradual_part_on_original(rehearsal, relation, type, rename->subname),
							 rename->subname, relation);
	gradual_part_rename(rehearsal, relation->oid, type, rename->subname, rename->newname);
}

/* For real: it locks nothing.  All that the schema holds has another name from here on. */
static void
rename_schema(GradualRehearsal *rehearsal, RenameStmt *rename)
{
	GradualRenamedSchema *schema = palloc0(sizeof(GradualRenamedSchema));
	ListCell   *lc;

	schema->schema = get_namespace_oid(rename->subname, false);
	schema->statement = rehearsal->statement->number;
	schema->from = rename->subname;
	schema->to = rename->newname;
	gradual_clone_run(rehearsal, (Node *) rename);
	rehearsal->renamed_schemas = lappend(rehearsal->renamed_schemas, schema);
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (!relation->gone && relation->schema == schema->schema &&
			relation->table != NULL && !GRADUAL_IS_INDEX(relation->relkind))
			relation->table->namings = lappend(relation->table->namings,
											   gradual_lookup_naming(schema, relation));
	}
}

bool
gradual_rehearse_rename(GradualRehearsal *rehearsal, Node *node)
{
	RenameStmt *rename = (RenameStmt *) node;
	GradualRelation *relation;

	switch (rename->renameType)
	{
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
		case OBJECT_MATVIEW:
		case OBJECT_FOREIGN_TABLE:
		case OBJECT_COLUMN:
		case OBJECT_TABCONSTRAINT:
			break;
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
			rename_part(rehearsal, rename);
			return true;
		case OBJECT_SCHEMA:
			rename_schema(rehearsal, rename);
			return true;
		default:
			return gradual_rename_object(rehearsal, rename);
	}
	relation = gradual_clone_altered(rehearsal, rename->relation, rename->missing_ok);
	if (relation == NULL)
		return true;
	if (rename->renameType == OBJECT_COLUMN)
		rename_column(rehearsal, relation, rename);
	else if (rename->renameType == OBJECT_TABCONSTRAINT)
		rename_constraint(rehearsal, relation, rename);
	else
		rename_relation(rehearsal, relation, rename);
	return true;
}

/* As the server says it. */
static void
check_movable(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	bool		own = relation->reowned || !OidIsValid(relation->oid);
	Oid			sequence = own ? relation->clone : relation->oid;
	GradualRelation *made;
	Oid			table;
	int32		column;

	if (GRADUAL_IS_INDEX(relation->relkind))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot change schema of index \"%s\"", relation->name),
				 errhint("Change the schema of the table instead.")));
	if (relation->relkind != RELKIND_SEQUENCE ||
		!(sequenceIsOwned(sequence, DEPENDENCY_AUTO, &table, &column) ||
		  sequenceIsOwned(sequence, DEPENDENCY_INTERNAL, &table, &column)))
		return;
	made = gradual_lookup_of_clone(rehearsal, table);
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot move an owned sequence into another schema"),
			 errdetail("Sequence \"%s\" is linked to table \"%s\".",
					   relation->name, made != NULL ? made->name : get_rel_name(table))));
}

/* Indexes go with their table, and so do the sequences of its columns. */
static List *
moving_along(GradualRehearsal *rehearsal, const GradualRelation *table)
{
	List	   *result = NIL;
	ListCell   *lc;

	if (table->table == NULL)
		return NIL;
	if (OidIsValid(table->oid))
	{
		foreach(lc, getOwnedSequences(table->oid))
			gradual_lookup_real(rehearsal, lfirst_oid(lc))->owned_by = table->oid;
	}
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);

		if (relation->gone || relation == table)
			continue;
		if (GRADUAL_IS_INDEX(relation->relkind) ? relation->table == table->table :
			OidIsValid(relation->owned_by) && relation->owned_by == table->oid)
			result = lappend(result, relation);
	}
	return result;
}

static void
move_relation(GradualRehearsal *rehearsal, AlterObjectSchemaStmt *alter)
{
	GradualRelation *relation = gradual_clone_altered(rehearsal, alter->relation, alter->missing_ok);
	Oid			schema;
	List	   *relations;
	ListCell   *lc;

	if (relation == NULL)
		return;
	check_movable(rehearsal, relation);
	schema = gradual_lookup_creation_schema(rehearsal,
											makeRangeVar(alter->newschema, relation->name, -1));
	if (schema == relation->schema)
	{
		rehearsal->command->noop = true;
		return;
	}
	relations = moving_along(rehearsal, relation);
	check_free(rehearsal, relation, schema, relation->name);
	foreach(lc, relations)
		check_free(rehearsal, lfirst(lc), schema, ((GradualRelation *) lfirst(lc))->name);
	move(rehearsal, relation, schema, relation->name);
	foreach(lc, relations)
		gradual_lookup_move(rehearsal, lfirst(lc), schema, ((GradualRelation *) lfirst(lc))->name);
}

bool
gradual_rehearse_set_schema(GradualRehearsal *rehearsal, Node *node)
{
	AlterObjectSchemaStmt *alter = (AlterObjectSchemaStmt *) node;

	if (alter->relation != NULL)
		move_relation(rehearsal, alter);
	else
	{
		gradual_redirect_object(rehearsal, alter->object);
		gradual_rename_for_real(rehearsal, alter->objectType, alter->object, node);
	}
	return true;
}
