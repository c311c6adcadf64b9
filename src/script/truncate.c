/*
 * truncate.c
 *	  Rehearsing TRUNCATE: which tables lose their rows, and who refers to them.
 *
 * Foreign keys are read off the originals; what the script has dropped of them
 * is taken out.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "script/catalog.h"
#include "script/lookup.h"
#include "script/member.h"

/* OIDs of tables with a foreign key to this one. */
static List *
find_referencing(GradualRehearsal *rehearsal, Oid table)
{
	List	   *found = NIL;
	ListCell   *lc;

	foreach(lc, gradual_catalog_keys_to(table))
	{
		Form_pg_constraint key = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (!gradual_member_constraint_is_gone(rehearsal, key->conrelid, NameStr(key->conname)))
			found = list_append_unique_oid(found, key->conrelid);
	}
	return found;
}

static void
refuse_referenced(const char *referencing, const char *table)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("cannot truncate a table referenced in a foreign key constraint"),
			 errdetail("Table \"%s\" references \"%s\".", referencing, table),
			 errhint("Truncate table \"%s\" at the same time, or use TRUNCATE ... CASCADE.",
					 referencing)));
}

/* Foreign keys that the script has made are on the clones; what is before has those of a real table. */
static List *
add_newly_referencing(GradualRehearsal *rehearsal, List *named, List *tables, bool cascade)
{
	GradualCommand *command = rehearsal->command;
	ListCell   *ln,
			   *lc;

	foreach(ln, named)
	{
		const GradualRelation *relation = lfirst(ln);

		foreach(lc, OidIsValid(relation->clone) ? gradual_catalog_keys_to(relation->clone) : NIL)
		{
			Form_pg_constraint key = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
			GradualRelation *other = gradual_lookup_of_clone(rehearsal, key->conrelid);

			if (other == NULL || other->gone || list_member_ptr(named, other))
				continue;
			if (!cascade)
				refuse_referenced(other->name, relation->name);
			if (OidIsValid(other->oid))
				tables = list_append_unique_oid(tables, other->oid);
			command->touches = list_append_unique_ptr(command->touches, other->table);
			command->drop->along = command->drop->along == NULL ? gradual_lookup_qualified(other) :
				psprintf("%s, %s", command->drop->along, gradual_lookup_qualified(other));
		}
	}
	return tables;
}

/* All that CASCADE takes along; raises without it. */
static List *
add_referencing(GradualRehearsal *rehearsal, List *tables, bool cascade)
{
	GradualDrop *facts = rehearsal->command->drop;
	StringInfoData along;
	ListCell   *lt,
			   *lc;

	initStringInfo(&along);
	foreach(lt, tables)			/* which grows */
	{
		foreach(lc, find_referencing(rehearsal, lfirst_oid(lt)))
		{
			if (list_member_oid(tables, lfirst_oid(lc)))
				continue;
			if (!cascade)
				refuse_referenced(get_rel_name(lfirst_oid(lc)), get_rel_name(lfirst_oid(lt)));
			tables = lappend_oid(tables, lfirst_oid(lc));
			appendStringInfo(&along, "%s%s", along.len > 0 ? ", " : "",
							 gradual_lookup_qualified(gradual_lookup_real(rehearsal,
																		  lfirst_oid(lc))));
		}
	}
	if (along.len > 0)
		facts->along = facts->along == NULL ? along.data :
			psprintf("%s, %s", along.data, facts->along);
	return tables;
}

bool
gradual_rehearse_truncate(GradualRehearsal *rehearsal, Node *node)
{
	TruncateStmt *truncate = (TruncateStmt *) node;
	GradualCommand *command = rehearsal->command;
	List	   *named = NIL;
	List	   *tables = NIL;
	ListCell   *lc;

	command->drop = palloc0(sizeof(GradualDrop));
	foreach(lc, truncate->relations)
	{
		RangeVar   *name = lfirst_node(RangeVar, lc);
		GradualRelation *relation = gradual_lookup_find(rehearsal, name, false);

		if (strchr("rpf", relation->relkind) == NULL)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("\"%s\" is not a table", relation->name)));
		gradual_lookup_check_right(relation, ACL_TRUNCATE);
		command->table = relation->table;
		named = lappend(named, relation);
		if (relation->table != NULL)
			command->touches = list_append_unique_ptr(command->touches, relation->table);
		if (OidIsValid(relation->oid))
			tables = list_union_oid(tables, find_all_inheritors(relation->oid, AccessShareLock, NULL));
	}
	tables = add_newly_referencing(rehearsal, named, tables, truncate->behavior == DROP_CASCADE);
	tables = add_referencing(rehearsal, tables, truncate->behavior == DROP_CASCADE);
	foreach(lc, tables)
		command->drop->tables =
		list_append_unique_ptr(command->drop->tables,
							   gradual_lookup_real(rehearsal, lfirst_oid(lc))->table);
	command->touches = list_union_ptr(command->touches, command->drop->tables);
	return true;
}
