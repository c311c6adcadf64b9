/*
 * target.c
 *	  Is the table that a statement changes one whose rows can be visited one
 *	  by one?
 *
 * Partitions are visited one after another under their own names, so what holds
 * for the table has to hold for each of them.
 */
#include "postgres.h"

#include "access/table.h"
#include "catalog/catalog.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_am.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "rewrite/prs2lock.h"
#include "rewrite/rewriteDefine.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"

#include "base/ident.h"
#include "script/columns.h"
#include "script/key_index.h"
#include "script/target.h"

#define WHOLE_STATEMENT_HINT "To run it as one statement: SET gradual.allow_blocking = on;"

static void check_tree(GradualChange *change, const GradualTable *table,
					   const RangeTblEntry *entry);
static void check_member(GradualChange *change, Relation member, bool named);
static void check_leaf(GradualChange *change, Relation leaf, bool named);
static void check_partition_key(GradualChange *change, Relation member,
								List *written);
static void check_statement_triggers(GradualChange *change, Relation root);
static bool has_rule(Relation rel, CmdType event);
static bool is_key_missing(Relation leaf, List *written);
static Bitmapset *numbers_of(Relation rel, List *written);

void
gradual_target_refuse(GradualChange *change, char *why, char *hint)
{
	if (change->not_batchable != NULL)
		return;
	change->not_batchable = why;
	change->hint = hint ? hint : WHOLE_STATEMENT_HINT;
}

void
gradual_target_check(GradualChange *change, const GradualTable *table,
					 const RangeTblEntry *entry, List *written)
{
	List	   *members;
	ListCell   *cell;

	if (!OidIsValid(table->oid))
		return;
	LockRelationOid(table->oid, AccessShareLock);
	check_tree(change, table, entry);
	if (change->not_batchable)
		return;

	members = find_all_inheritors(table->oid, AccessShareLock, NULL);
	foreach(cell, members)
	{
		Relation	member = table_open(lfirst_oid(cell), NoLock);

		check_member(change, member, lfirst_oid(cell) == table->oid);
		check_partition_key(change, member, written);
		if (lfirst_oid(cell) == table->oid)
			check_statement_triggers(change, member);
		table_close(member, NoLock);
	}
}

/* What the kind of the named relation alone decides. */
static void
check_tree(GradualChange *change, const GradualTable *table,
		   const RangeTblEntry *entry)
{
	if (table->relkind == RELKIND_VIEW)
		gradual_target_refuse(change,
							  psprintf("%s is a view", table->qualified),
							  "Change the view's table instead.");
	else if (table->relkind == RELKIND_MATVIEW && change->copy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot change materialized view \"%s\"", table->name)));
	else if (table->relkind == RELKIND_FOREIGN_TABLE)
		gradual_target_refuse(change,
							  psprintf("%s is a foreign table", table->qualified),
							  NULL);
	else if (IsCatalogRelationOid(table->oid))
		gradual_target_refuse(change,
							  psprintf("%s is a system catalog", table->qualified),
							  NULL);
	else if (isAnyTempNamespace(get_rel_namespace(table->oid)))
		gradual_target_refuse(change,
							  psprintf("%s is a temporary table, which other sessions cannot read",
									   table->qualified),
							  NULL);
	else if (table->relkind == RELKIND_PARTITIONED_TABLE && !entry->inh)
		gradual_target_refuse(change,
							  psprintf("ONLY %s has no rows: they are in its partitions",
									   table->qualified),
							  "Leave out ONLY.");
	else if (table->relkind == RELKIND_RELATION && entry->inh &&
			 has_subclass(table->oid))
		gradual_target_refuse(change,
							  psprintf("%s has child tables that inherit from it",
									   table->qualified),
							  "Write one statement a table, with ONLY.");
}

/* named: it is the table of the statement, not a partition of that. */
static void
check_member(GradualChange *change, Relation member, bool named)
{
	char	   *name = gradual_ident_qualified(RelationGetRelid(member));
	char	   *event = change->is_delete ? "DELETE" : "UPDATE";

	if (change->copy == NULL &&
		has_rule(member, change->is_delete ? CMD_DELETE : CMD_UPDATE))
		gradual_target_refuse(change,
							  psprintf("%s has a rule for %s", name, event),
							  NULL);
	if (check_enable_rls(RelationGetRelid(member), InvalidOid, true) == RLS_ENABLED)
		gradual_target_refuse(change,
							  psprintf("row security of %s is in force for role %s",
									   name, GetUserNameFromId(GetUserId(), false)),
							  "Let the owner of the table, or a role with BYPASSRLS, define the migration.");
	if (member->rd_rel->relkind != RELKIND_PARTITIONED_TABLE)
		check_leaf(change, member, named);
}

static void
check_leaf(GradualChange *change, Relation leaf, bool named)
{
	char	   *name = gradual_ident_qualified(RelationGetRelid(leaf));
	char	   *event = change->is_delete ? "DELETE" : "UPDATE";
	char	   *role = GetUserNameFromId(GetUserId(), false);
	AclMode		mode = change->is_delete ? ACL_DELETE : ACL_UPDATE;

	if (leaf->rd_rel->relkind != RELKIND_RELATION)
		gradual_target_refuse(change,
							  psprintf("the partition %s is a foreign table", name),
							  NULL);
	else if (leaf->rd_rel->relam != HEAP_TABLE_AM_OID)
		gradual_target_refuse(change,
							  psprintf("%s is not a heap table", name),
							  NULL);

	/* what the statement needs on its own table, PostgreSQL will ask for */
	if (!named && change->copy == NULL &&
		pg_class_aclcheck(RelationGetRelid(leaf), GetUserId(), mode) != ACLCHECK_OK)
		gradual_target_refuse(change,
							  psprintf("role %s has no right to %s on the partition %s",
									   role, event, name),
							  psprintf("GRANT %s ON %s TO %s;", event, name,
									   quote_identifier(role)));
	if (pg_class_aclcheck(RelationGetRelid(leaf), GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		gradual_target_refuse(change,
							  psprintf("role %s has no right to SELECT on %s, and so cannot find its rows",
									   role, name),
							  psprintf("GRANT SELECT ON %s TO %s;", name,
									   quote_identifier(role)));
}

/* A partition by itself does not know where a row goes that leaves it. */
static void
check_partition_key(GradualChange *change, Relation member, List *written)
{
	Bitmapset  *numbers;
	bool		in_expression;

	if (member->rd_rel->relkind != RELKIND_PARTITIONED_TABLE || written == NIL)
		return;
	numbers = gradual_columns_numbers(RelationGetRelid(member), written);
	if (has_partition_attrs(member, numbers, &in_expression))
		gradual_target_refuse(change,
							  psprintf("it assigns to a column of the partition key of %s",
									   gradual_ident_qualified(RelationGetRelid(member))),
							  NULL);
}

/*
 * A statement on the table fires them, also with the rows of its partitions; one on
 * a partition does not.  None of them can wait for columns that the script adds.
 */
static void
check_statement_triggers(GradualChange *change, Relation root)
{
	TriggerDesc *triggers = root->trigdesc;

	if (root->rd_rel->relkind != RELKIND_PARTITIONED_TABLE || change->copy != NULL)
		return;
	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		Trigger    *trigger = &triggers->triggers[i];

		if (TRIGGER_FOR_ROW(trigger->tgtype) || trigger->tgenabled == TRIGGER_DISABLED ||
			!(change->is_delete ? TRIGGER_FOR_DELETE(trigger->tgtype) :
			  TRIGGER_FOR_UPDATE(trigger->tgtype)) ||
			(trigger->tgnattr > 0 && change->fill))
			continue;
		gradual_target_refuse(change,
							  psprintf("batches change the partitions of %s, and its statement trigger %s would not fire",
									   gradual_ident_qualified(RelationGetRelid(root)),
									   quote_identifier(trigger->tgname)),
							  psprintf("To do without it meanwhile: ALTER TABLE %s DISABLE TRIGGER %s; to run it as one statement: SET gradual.allow_blocking = on;",
									   gradual_ident_qualified(RelationGetRelid(root)),
									   quote_identifier(trigger->tgname)));
	}
}

static bool
has_rule(Relation rel, CmdType event)
{
	int			i;

	if (rel->rd_rules == NULL)
		return false;
	for (i = 0; i < rel->rd_rules->numLocks; i++)
		if (rel->rd_rules->rules[i]->event == event &&
			rel->rd_rules->rules[i]->enabled != RULE_DISABLED)
			return true;
	return false;
}

/* Tables that the script has put below a real one, to be walked with it: they are clones. */
static void
check_key_of_children(GradualChange *change, const GradualTable *table, List *written)
{
	ListCell   *lc;

	if (table->created || !OidIsValid(table->clone))
		return;
	foreach(lc, find_all_inheritors(table->clone, NoLock, NULL))
	{
		Relation	member = table_open(lfirst_oid(lc), NoLock);

		if (lfirst_oid(lc) != table->clone && is_key_missing(member, written))
			gradual_target_refuse(change,
								  psprintf("nothing shows that a row was done, and %s, which inherits from %s, has no unique NOT NULL key%s by which to visit each row once",
										   quote_identifier(RelationGetRelationName(member)),
										   table->qualified,
										   written == NIL ? "" : " that the statement leaves alone"),
								  "Add a primary key to it first, or write one statement a table, with ONLY.");
		table_close(member, NoLock);
	}
}

void
gradual_target_check_key(GradualChange *change, const GradualTable *table,
						 const RangeTblEntry *entry, List *written)
{
	List	   *members;
	ListCell   *cell;

	/* a table without rows is not walked, but the script may fill its own */
	if (table->empty && !table->created)
		return;

	members = find_all_inheritors(table->created ? table->clone : table->oid,
								  AccessShareLock, NULL);
	foreach(cell, members)
	{
		Relation	member = table_open(lfirst_oid(cell), NoLock);

		if (is_key_missing(member, written))
			gradual_target_refuse(change,
								  psprintf("nothing shows that a row was done, and %s has no unique NOT NULL key%s by which to visit each row once",
										   table->created ? table->qualified :
										   gradual_ident_qualified(RelationGetRelid(member)),
										   written == NIL ? "" : " that the statement leaves alone"),
								  change->is_delete || change->copy != NULL ?
								  "Add a primary key to the table." :
								  "Add a primary key to the table, or a WHERE that the new values make false, such as \"WHERE new_column IS NULL\".");
		if (lfirst_oid(cell) == table->oid)
			change->keys = gradual_change_find_keys(member, numbers_of(member, written));
		table_close(member, NoLock);
	}
	if (entry->inh)
		check_key_of_children(change, table, written);
}

static bool
is_key_missing(Relation leaf, List *written)
{
	return leaf->rd_rel->relkind == RELKIND_RELATION &&
		!OidIsValid(gradual_change_find_key(leaf, numbers_of(leaf, written)));
}

static Bitmapset *
numbers_of(Relation rel, List *written)
{
	return gradual_columns_numbers(RelationGetRelid(rel), written);
}

bool
gradual_target_loses_key(const GradualChange *change, Relation clone, List *written)
{
	return change->source == GRADUAL_SOURCE_KEY && change->keys != NIL &&
		gradual_change_find_keys(clone, numbers_of(clone, written)) == NIL;
}
