/*
 * original.c
 *	  Errors that PostgreSQL raises only on the real relation.
 *
 * The real relation is as it was before the script: where an earlier statement
 * may have changed what is looked at, nothing is said, and the statement fails
 * when it runs, if it does.
 *
 * If we crash here nothing is left: locks only, to the end of the transaction.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/dependency.h"
#include "catalog/index.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/cluster.h"
#include "commands/defrem.h"
#include "parser/parse_node.h"
#include "parser/parse_utilcmd.h"
#include "partitioning/partbounds.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/txn.h"
#include "script/catalog.h"
#include "script/lookup.h"
#include "script/original.h"

/* By NO INHERIT; the other way is said of the parent. */
static bool
leaves_parent(const GradualCommand *command, Oid relid)
{
	return command->table->oid == relid && IsA(command->node, AlterTableCmd) &&
		((AlterTableCmd *) command->node)->subtype == AT_DropInherit;
}

/* Does an earlier statement alter a parent of the relation, or take it from one? */
static bool
parent_changes(GradualRehearsal *rehearsal, Oid relid)
{
	ListCell   *lc;

	foreach(lc, gradual_lookup_commands_before(rehearsal))
	{
		GradualTable *table = ((GradualCommand *) lfirst(lc))->table;

		if (table == NULL || !OidIsValid(table->oid))
			continue;
		if (leaves_parent(lfirst(lc), relid) ||
			(has_subclass(table->oid) &&
			 list_member_oid(find_inheritance_children(table->oid, NoLock), relid)))
			return true;
	}
	return false;
}

static bool
is_inherited(Oid relid, const char *column)
{
	HeapTuple	tuple = SearchSysCacheAttName(relid, column);
	bool		inherited;

	if (!HeapTupleIsValid(tuple))
		return false;
	inherited = ((Form_pg_attribute) GETSTRUCT(tuple))->attinhcount > 0;
	ReleaseSysCache(tuple);
	return inherited;
}

static bool
is_not_null(Oid relid, const char *column)
{
	HeapTuple	tuple = SearchSysCacheAttName(relid, column);
	bool		not_null;

	if (!HeapTupleIsValid(tuple))
		return false;
	not_null = ((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
	ReleaseSysCache(tuple);
	return not_null;
}

static void
refuse_drop_of_inherited(const GradualRelation *relation, const char *constraint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("cannot drop inherited constraint \"%s\" of relation \"%s\"",
					constraint, relation->name)));
}

static void
refuse_rename_of_inherited(const char *constraint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("cannot rename inherited constraint \"%s\"", constraint)));
}

/* From 18 on a child has its NOT NULL as a constraint of the parent's. */
static void
check_inherited_not_null(const GradualRelation *relation, const char *column)
{
	Form_pg_constraint constraint = gradual_catalog_not_null(relation->oid, column);

	if (constraint != NULL && constraint->coninhcount > 0)
		refuse_drop_of_inherited(relation, NameStr(constraint->conname));
}

/* From 17 on a column is an identity column in all partitions, or in none. */
static void
check_identity_of_partition(AlterTableType subtype)
{
	if (subtype != AT_AddIdentity && subtype != AT_SetIdentity && subtype != AT_DropIdentity)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 subtype == AT_AddIdentity ?
			 errmsg("cannot add identity to a column of a partition") :
			 subtype == AT_SetIdentity ?
			 errmsg("cannot change identity column of a partition") :
			 errmsg("cannot drop identity from a column of a partition")));
}

void
gradual_original_check_inherited(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 const AlterTableCmd *command, bool inherited)
{
	if (inherited && command->subtype == AT_DropColumn)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot drop inherited column \"%s\"", command->name)));
	if (!OidIsValid(relation->oid) || !has_superclass(relation->oid) ||
		!is_inherited(relation->oid, command->name) ||
		parent_changes(rehearsal, relation->oid))
		return;
	if (command->subtype == AT_DropNotNull && get_rel_relispartition(relation->oid) &&
		is_not_null(get_partition_parent(relation->oid, false), command->name))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("column \"%s\" is marked NOT NULL in parent table", command->name)));
	if (command->subtype == AT_DropNotNull)
		check_inherited_not_null(relation, command->name);
	if (GRADUAL_HAS_PARTITIONED_IDENTITY && get_rel_relispartition(relation->oid))
		check_identity_of_partition(command->subtype);
}

/* Does the constraint recurse to the tables below? */
static bool
recurses(Form_pg_constraint constraint)
{
	return (constraint->contype == CONSTRAINT_CHECK ||
			constraint->contype == GRADUAL_CONSTRAINT_NOT_NULL) && !constraint->connoinherit;
}

static void
check_family_of_constraint(const GradualRelation *relation, Form_pg_constraint constraint,
						   GradualConstraintUse use, bool only, bool inherited)
{
	const char *name = NameStr(constraint->conname);

	if (use == GRADUAL_DROPS_CONSTRAINT && inherited)
		refuse_drop_of_inherited(relation, name);
	if (use == GRADUAL_DROPS_CONSTRAINT || !recurses(constraint))
		return;
	if (only && has_subclass(relation->oid))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 use == GRADUAL_RENAMES_CONSTRAINT ?
				 errmsg("inherited constraint \"%s\" must be renamed in child tables too", name) :
				 errmsg("constraint must be validated on child tables too")));
	if (use == GRADUAL_RENAMES_CONSTRAINT && inherited)
		refuse_rename_of_inherited(name);
}

void
gradual_original_check_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation,
								  const char *name, GradualConstraintUse use, bool only,
								  bool inherited)
{
	ListCell   *lc;

	if (inherited && use == GRADUAL_DROPS_CONSTRAINT)
		refuse_drop_of_inherited(relation, name);
	if (inherited && use == GRADUAL_RENAMES_CONSTRAINT)
		refuse_rename_of_inherited(name);
	foreach(lc, OidIsValid(relation->oid) ? gradual_catalog_constraints(relation->oid) : NIL)
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (strcmp(NameStr(constraint->conname), name) == 0 &&
			!(use == GRADUAL_VALIDATES_CONSTRAINT && constraint->convalidated))
			check_family_of_constraint(relation, constraint, use, only,
									   constraint->coninhcount > 0 &&
									   constraint->contype != CONSTRAINT_CHECK &&
									   !parent_changes(rehearsal, relation->oid));
	}
}

static bool
sets_access_method(const GradualCommand *command, const GradualTable *table)
{
	return command->table == table && IsA(command->node, AlterTableCmd) &&
		((AlterTableCmd *) command->node)->subtype == AT_SetAccessMethod;
}

bool
gradual_original_has_access_method(GradualRehearsal *rehearsal, const GradualRelation *relation,
								   const char *name)
{
	Oid			method = name == NULL && relation->relkind == RELKIND_PARTITIONED_TABLE ? InvalidOid :
	get_table_am_oid(name != NULL ? name : default_table_access_method, false);
	Relation	real;
	bool		has;
	ListCell   *lc;

	if (!OidIsValid(relation->oid))
		return false;
	foreach(lc, gradual_lookup_commands_before(rehearsal))
	{
		if (sets_access_method(lfirst(lc), relation->table))
			return false;
	}
	real = relation_open(relation->oid, NoLock);
	has = real->rd_rel->relam == method;
	relation_close(real, NoLock);
	return has;
}

/* May it drop a partition, or take one off? */
static bool
may_take_partition(Node *node)
{
	ListCell   *lc;

	if (IsA(node, DropStmt))
		return true;
	foreach(lc, IsA(node, AlterTableStmt) ? ((AlterTableStmt *) node)->cmds : NIL)
	{
		AlterTableType type = lfirst_node(AlterTableCmd, lc)->subtype;

		if (type == AT_DetachPartition || type == AT_DetachPartitionFinalize)
			return true;
	}
	return false;
}

/* Does an earlier statement? */
static bool
may_lose_partitions(GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, rehearsal->script->statements)
	{
		Node	   *node = ((GradualStatement *) lfirst(lc))->node;

		if (lfirst(lc) == rehearsal->statement)
			return false;
		if (may_take_partition(node))
			return true;
	}
	return false;
}

/* What keeps an index from being a replica identity, in the server's words; or NULL */
static const char *
identity_obstacle(Relation index)
{
	if (!index->rd_index->indisunique)
		return "non-unique";
	if (!index->rd_index->indimmediate)
		return "non-immediate";
	if (RelationGetIndexExpressions(index) != NIL)
		return "expression";
	return RelationGetIndexPredicate(index) != NIL ? "partial" : NULL;
}

/* Every row has a value of its own, by which the subscriber finds it. */
static void
require_identity(Oid oid, const char *name)
{
	Relation	index = index_open(oid, AccessShareLock);
	Oid			table = index->rd_index->indrelid;
	const char *obstacle = identity_obstacle(index);

	if (obstacle != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("cannot use %s index \"%s\" as replica identity", obstacle, name)));
	for (int i = 0; i < index->rd_index->indnkeyatts; i++)
	{
		HeapTuple	column = SearchSysCacheAttNum(table, index->rd_index->indkey.values[i]);

		if (!HeapTupleIsValid(column) || ((Form_pg_attribute) GETSTRUCT(column))->attnotnull)
		{
			if (HeapTupleIsValid(column))
				ReleaseSysCache(column);
			continue;
		}
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("index \"%s\" cannot be used as replica identity because column \"%s\" is nullable",
						name, NameStr(((Form_pg_attribute) GETSTRUCT(column))->attname))));
	}
	index_close(index, NoLock);
}

/* Neither partial nor of a method that has no order */
static void
require_clusterable(Oid index)
{
	Relation	table = table_open(IndexGetRelation(index, false), AccessShareLock);

	check_index_is_clusterable(table, index, AccessShareLock);
	table_close(table, NoLock);
}

void
gradual_original_check_index(GradualRehearsal *rehearsal, const GradualRelation *relation,
							 const char *name, bool identity)
{
	GradualRelation *index = gradual_lookup_find_in(rehearsal, relation->schema, name);
	Oid			real;

	if (index == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("index \"%s\" for table \"%s\" does not exist", name, relation->name)));
	if (!GRADUAL_IS_INDEX(index->relkind) || index->table != relation->table)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not an index for table \"%s\"", name, relation->name)));
	/* the clone's columns are what the script has made of them */
	if (identity && OidIsValid(index->clone))
		require_identity(index->clone, name);
	real = OidIsValid(index->oid) ? index->oid : index->clone;
	if (!identity && OidIsValid(real))
		require_clusterable(real);
}

typedef struct NewBound
{
	Oid			parent;
	const char *partition;
	PartitionBoundSpec *bound;
	const char *text;			/* of the script */
} NewBound;

static void
check_bound(void *arg)
{
	NewBound   *new = arg;
	ParseState *state = make_parsestate(NULL);
	Relation	relation = table_open(new->parent, AccessShareLock);

	state->p_sourcetext = new->text;
	check_new_partition_bound(pstrdup(new->partition), relation,
							  transformPartitionBound(state, relation, new->bound), state);
	table_close(relation, NoLock);
	free_parsestate(state);
}

void
gradual_original_check_bound(GradualRehearsal *rehearsal, const GradualRelation *parent,
							 const char *name, PartitionBoundSpec *bound)
{
	NewBound	new = {parent->oid, name, bound, rehearsal->script->text};
	ErrorData  *error;

	if (!OidIsValid(parent->oid))
		return;
	if (!may_lose_partitions(rehearsal))
	{
		check_bound(&new);
		return;
	}
	error = gradual_txn_subtransaction(false, check_bound, &new);
	rehearsal->command->bound_taken =
		error != NULL && error->sqlerrcode == ERRCODE_INVALID_OBJECT_DEFINITION;
}

void
gradual_original_check_owned_by(const GradualRelation *sequence, List *options)
{
	Oid			table;
	int32		column;
	ListCell   *lc;

	foreach(lc, options)
	{
		if (strcmp(lfirst_node(DefElem, lc)->defname, "owned_by") == 0 &&
			OidIsValid(sequence->oid) &&
			sequenceIsOwned(sequence->oid, DEPENDENCY_INTERNAL, &table, &column))
			ereport(ERROR,
					(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
					 errmsg("cannot change ownership of identity sequence"),
					 errdetail("Sequence \"%s\" is linked to table \"%s\".",
							   sequence->name, get_rel_name(table))));
	}
}
