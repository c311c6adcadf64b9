/*
 * persistence.c
 *	  SET LOGGED and SET UNLOGGED.
 *
 * A permanent table must not refer to one that a crash empties, and no publication
 * has such a one: what the server says of that, it says of the real tables, and of
 * foreign keys that the script makes of the clones.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_publication_rel.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/closure.h"
#include "script/lookup.h"
#include "script/persistence.h"

static const char *
form(bool unlogged)
{
	return unlogged ? "SET UNLOGGED" : "SET LOGGED";
}

/* As the server says it */
static void
require_storage(const GradualRelation *relation, bool unlogged)
{
	char		relkind = relation->relkind;

	if (relkind == RELKIND_RELATION || relkind == RELKIND_SEQUENCE ||
		(relkind == RELKIND_PARTITIONED_TABLE && GRADUAL_HAS_PARTITIONED_UNLOGGED))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("ALTER action %s cannot be performed on relation \"%s\"",
					form(unlogged), relation->name),
			 errdetail_relkind_not_supported(relkind)));
}

static void
require_once(const GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, rehearsal->statement->commands)
	{
		const GradualCommand *command = lfirst(lc);
		AlterTableType subtype = ((AlterTableCmd *) command->node)->subtype;

		if (command == rehearsal->command)
			return;
		if ((subtype == AT_SetLogged || subtype == AT_SetUnLogged) && !command->noop)
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot change persistence setting twice")));
	}
}

static void
require_unpublished(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	ObjectAddress table;
	ListCell   *lc;

	ObjectAddressSet(table, RelationRelationId, relation->oid);
	foreach(lc, gradual_catalog_dependencies(&table))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress published;

		if (dependency->classid != PublicationRelRelationId)
			continue;
		ObjectAddressSet(published, dependency->classid, dependency->objid);
		if (!gradual_closure_is_out(rehearsal, gradual_member_identify(rehearsal, &published), &table))
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("cannot change table \"%s\" to unlogged because it is part of a publication",
							relation->name),
					 errdetail("Unlogged relations cannot be replicated.")));
		rehearsal->command->freed = true;
	}
}

/* The relation at the other end, real or cloned; NULL: the script drops it, or the key. */
static GradualRelation *
other_end(GradualRehearsal *rehearsal, Form_pg_constraint key, Oid end)
{
	GradualRelation *other;

	if (gradual_member_constraint_is_gone(rehearsal, key->conrelid, NameStr(key->conname)))
		return NULL;
	other = gradual_member_find(rehearsal, end);
	return other->gone ? NULL : other;
}

/* The keys of the table, or those to it: of all others that do not go along */
static void
check_keys(GradualRehearsal *rehearsal, const GradualRelation *relation, Oid oid, bool unlogged)
{
	ListCell   *lc;

	foreach(lc, unlogged ? gradual_catalog_keys_to(oid) : gradual_catalog_constraints(oid))
	{
		Form_pg_constraint key = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
		GradualRelation *other;

		if (key->contype != CONSTRAINT_FOREIGN)
			continue;
		other = other_end(rehearsal, key, unlogged ? key->conrelid : key->confrelid);
		rehearsal->command->freed |= other == NULL;
		if (other == NULL || other == relation || other->table->unlogged == unlogged)
			continue;
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 unlogged ?
				 errmsg("could not change table \"%s\" to unlogged because it references logged table \"%s\"",
						relation->name, other->name) :
				 errmsg("could not change table \"%s\" to logged because it references unlogged table \"%s\"",
						relation->name, other->name)));
	}
}

void
gradual_persistence_set(GradualRehearsal *rehearsal, const GradualRelation *relation, bool unlogged)
{
	GradualTable *table = relation->table;

	require_storage(relation, unlogged);
	if (table == NULL)
		return;
	require_once(rehearsal);
	if (table->unlogged == unlogged)
	{
		rehearsal->command->noop = true;
		return;
	}
	if (unlogged && OidIsValid(relation->oid))
		require_unpublished(rehearsal, relation);
	if (OidIsValid(relation->oid))
		check_keys(rehearsal, relation, relation->oid, unlogged);
	check_keys(rehearsal, relation, relation->clone, unlogged);

	/*
	 * of a partitioned table the server changes nothing, nor of its
	 * partitions
	 */
	rehearsal->command->noop = relation->relkind == RELKIND_PARTITIONED_TABLE;
	if (relation->relkind == RELKIND_RELATION)
		table->unlogged = unlogged;
}
