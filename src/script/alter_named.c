/*
 * alter_named.c
 *	  Subcommands of ALTER TABLE that no temporary clone can run, or that are about
 *	  what it lacks.
 */
#include "postgres.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "utils/acl.h"

#include "base/compat.h"
#include "script/alter_named.h"
#include "script/original.h"
#include "script/part.h"
#include "script/persistence.h"

/* As the server says it. */
static void
require_not_partitioned(const GradualRelation *relation)
{
	if (relation->relkind == RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("cannot mark index clustered in partitioned table")));
}

bool
gradual_alter_named(GradualRehearsal *rehearsal, GradualRelation *relation,
					const AlterTableCmd *command)
{
	switch (command->subtype)
	{
		case AT_EnableTrig:
		case AT_EnableAlwaysTrig:
		case AT_EnableReplicaTrig:
		case AT_DisableTrig:
			gradual_part_require(rehearsal, relation, OBJECT_TRIGGER, command->name);
			return true;
		case AT_EnableRule:
		case AT_EnableAlwaysRule:
		case AT_EnableReplicaRule:
		case AT_DisableRule:
			gradual_part_require(rehearsal, relation, OBJECT_RULE, command->name);
			return true;
		case AT_ChangeOwner:
			{
				Oid			owner = get_rolespec_oid(command->newowner, false);

				if (!member_can_set_role(GetUserId(), owner))
					ereport(ERROR,
							(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
							 errmsg("must be able to SET ROLE \"%s\"",
									GetUserNameFromId(owner, false))));
				relation->new_owner = owner;
				return true;
			}
		case AT_ReplicaIdentity:
			if (((ReplicaIdentityStmt *) command->def)->name != NULL)
				gradual_original_check_index(rehearsal, relation,
											 ((ReplicaIdentityStmt *) command->def)->name, true);
			return true;
		case AT_ClusterOn:
			gradual_original_check_index(rehearsal, relation, command->name, false);
			require_not_partitioned(relation);
			return true;
		case AT_DropCluster:
			require_not_partitioned(relation);
			return true;
		case AT_SetLogged:
		case AT_SetUnLogged:
			gradual_persistence_set(rehearsal, relation, command->subtype == AT_SetUnLogged);
			return true;
		case AT_EnableTrigAll:
		case AT_DisableTrigAll:
		case AT_EnableTrigUser:
		case AT_DisableTrigUser:
		case AT_EnableRowSecurity:
		case AT_DisableRowSecurity:
		case AT_ForceRowSecurity:
		case AT_NoForceRowSecurity:
		case AT_SetTableSpace:
		case AT_GenericOptions:
			return true;
		case AT_SetAccessMethod:
			if (relation->relkind == RELKIND_PARTITIONED_TABLE && !GRADUAL_HAS_PARTITIONED_ACCESS_METHOD)
				ereport(ERROR,
						(errcode(ERRCODE_WRONG_OBJECT_TYPE),
						 errmsg("cannot change access method of a partitioned table")));
			rehearsal->command->noop = gradual_original_has_access_method(rehearsal, relation,
																		  command->name);
			return true;
		default:
			/* a view, or what was made a table in its stead */
			return relation->relkind == RELKIND_MATVIEW;
	}
}
