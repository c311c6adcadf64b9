/*
 * rename.c
 *	  Rehearsing RENAME and SET SCHEMA.
 *
 * The clone of a relation stays in pg_temp, and keeps its name there unless the
 * server has to judge the new one; what the script calls it is noted beside it.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/rename_column.h"
#include "script/rename_type.h"

/* The relation with a clone; NULL: IF EXISTS, and there is none. */
static GradualRelation *
find_relation(GradualRehearsal *rehearsal, RangeVar *name, bool missing_ok)
{
	GradualRelation *relation = gradual_lookup_find(rehearsal, name, missing_ok);

	if (relation == NULL)
	{
		rehearsal->command->noop = true;
		return NULL;
	}
	gradual_lookup_check_owner(relation);
	gradual_clone_ensure(rehearsal, relation);
	rehearsal->command->table = relation->table;
	return relation;
}

static void
rename_relation(GradualRehearsal *rehearsal, GradualRelation *relation, RenameStmt *rename)
{
	GradualRelation *other = gradual_lookup_find_in(rehearsal, relation->schema, rename->newname);

	if (other != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists", rename->newname)));
	rename->relation = gradual_clone_name(relation);
	relation->clone_name = gradual_lookup_free(rehearsal, rename->newname);
	gradual_lookup_move(rehearsal, relation, relation->schema, rename->newname);
	rename->newname = relation->clone_name;
	gradual_clone_run(rehearsal, (Node *) rename);
}

static void
rename_column(GradualRehearsal *rehearsal, GradualRelation *relation, RenameStmt *rename)
{
	gradual_rename_check(rehearsal, relation, rename);
	rename->relation = gradual_clone_name(relation);
	gradual_clone_run(rehearsal, (Node *) rename);
	gradual_rename_finish(rehearsal, relation);
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
		case OBJECT_COLUMN:
		case OBJECT_TABCONSTRAINT:
			break;
		case OBJECT_MATVIEW:
		case OBJECT_FOREIGN_TABLE:
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
			return false;
		default:
			return gradual_rename_object(rehearsal, rename);
	}
	relation = find_relation(rehearsal, rename->relation, rename->missing_ok);
	if (relation == NULL)
		return true;
	if (rename->renameType == OBJECT_COLUMN)
		rename_column(rehearsal, relation, rename);
	else if (rename->renameType != OBJECT_TABCONSTRAINT)
		rename_relation(rehearsal, relation, rename);
	else
	{
		rename->relation = gradual_clone_name(relation);
		gradual_clone_run(rehearsal, node);
	}
	return true;
}

static void
move_relation(GradualRehearsal *rehearsal, AlterObjectSchemaStmt *alter)
{
	GradualRelation *relation = find_relation(rehearsal, alter->relation, alter->missing_ok);
	Oid			schema;

	if (relation == NULL)
		return;
	schema = gradual_lookup_creation_schema(rehearsal,
											makeRangeVar(alter->newschema, relation->name, -1));
	if (gradual_lookup_find_in(rehearsal, schema, relation->name) != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_TABLE),
				 errmsg("relation \"%s\" already exists in schema \"%s\"",
						relation->name, alter->newschema)));
	gradual_lookup_move(rehearsal, relation, schema, relation->name);
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
		gradual_clone_run(rehearsal, node);
	}
	return true;
}
