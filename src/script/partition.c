/*
 * partition.c
 *	  What ATTACH PARTITION would have to look at, and find, under lock.
 *
 * The server scans the new partition unless its CHECK constraints say that all
 * rows are in bounds, and a default partition unless its constraints say that
 * none is; it builds the indexes that the partition lacks, and checks the
 * foreign keys of the partitioned table.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "commands/tablecmds.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/gather.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/original.h"
#include "script/partition.h"

static int
count_indexes(Oid clone)
{
	Relation	rel = relation_open(clone, NoLock);
	int			count = list_length(RelationGetIndexList(rel));

	relation_close(rel, NoLock);
	return count;
}

static bool
has_foreign_keys(Oid table)
{
	Relation	rel;
	bool		has;

	if (!OidIsValid(table))
		return false;
	rel = relation_open(table, AccessShareLock);
	has = RelationGetFKeyList(rel) != NIL;
	relation_close(rel, NoLock);
	return has;
}

/* The bounds as an expression over the columns. */
static char *
bounds_of(GradualRehearsal *rehearsal, Oid clone)
{
	int			level = gradual_lookup_pin_path();
	Datum		bounds = DirectFunctionCall1(pg_get_partition_constraintdef,
											 ObjectIdGetDatum(clone));

	AtEOXact_GUC(true, level);
	return gradual_lookup_restore(rehearsal, TextDatumGetCString(bounds));
}

bool
gradual_partition_is_proved(Oid real, Oid clone, bool out)
{
	Relation	table = relation_open(real, AccessShareLock);
	Relation	partition = relation_open(clone, NoLock);
	List	   *bounds = map_partition_varattnos(RelationGetPartitionQual(partition), 1,
												 table, partition);
	bool		proved;

	if (out)
		bounds = get_proposed_default_constraint(bounds);
	proved = PartConstraintImpliedByRelConstraint(table, bounds);
	relation_close(partition, NoLock);
	relation_close(table, NoLock);
	return proved;
}

static void
note_default(GradualRehearsal *rehearsal, const GradualRelation *parent, Oid clone)
{
	GradualCommand *command = rehearsal->command;
	GradualAttach *facts = command->attach;
	Oid			oid = OidIsValid(parent->oid) ? get_default_partition_oid(parent->oid) :
	InvalidOid;

	if (!OidIsValid(oid))
		return;
	facts->other = gradual_lookup_real(rehearsal, oid)->table;
	command->touches = list_append_unique_ptr(command->touches, facts->other);
	if (!GRADUAL_TABLE_AT_ONCE(facts->other) && !gradual_partition_is_proved(oid, clone, true))
		facts->out_of_bounds = psprintf("NOT (%s)", bounds_of(rehearsal, clone));
}

/* Otherwise ATTACH says best what is wrong. */
static bool
has_columns_of(const GradualRelation *partition, const GradualRelation *parent)
{
	Relation	rel = relation_open(parent->clone, NoLock);
	bool		has = true;

	for (int i = 0; i < rel->rd_att->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(rel->rd_att, i);

		has &= column->attisdropped ||
			get_attnum(partition->clone, NameStr(column->attname)) != InvalidAttrNumber;
	}
	relation_close(rel, NoLock);
	return has;
}

/*
 * The constraints that stand in for the parent's foreign keys: ATTACH makes the
 * keys of the partition, but wants to find CHECK constraints there.
 */
static void
take_over_stand_ins(GradualRehearsal *rehearsal, const GradualRelation *parent,
					const GradualRelation *partition)
{
	StringInfoData sql;
	ListCell   *lc;

	if (!OidIsValid(parent->oid) ||
		get_rel_relkind(parent->clone) != RELKIND_PARTITIONED_TABLE ||
		!has_columns_of(partition, parent))
		return;
	initStringInfo(&sql);
	foreach(lc, gradual_catalog_constraints(parent->clone))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));
		char	   *alter = psprintf("ALTER TABLE pg_temp.%s", quote_identifier(partition->clone_name));
		const char *name = quote_identifier(NameStr(constraint->conname));
		Oid			own = get_relation_constraint_oid(partition->clone, NameStr(constraint->conname), true);

		if (!OidIsValid(gradual_key_mark_of(constraint->oid)))
			continue;
		/* a key of its own becomes the parent's */
		if (OidIsValid(gradual_key_mark_of(own)) ||
			gradual_catalog_constraint_type(own) == CONSTRAINT_FOREIGN)
			appendStringInfo(&sql, "%s DROP CONSTRAINT %s;", alter, name);
		else if (OidIsValid(own))
			continue;
		appendStringInfo(&sql, "%s ADD CONSTRAINT %s %s;", alter, name,
						 TextDatumGetCString(DirectFunctionCall1(pg_get_constraintdef,
																 ObjectIdGetDatum(constraint->oid))));
	}
	gradual_clone_run_text(rehearsal, sql.data);
}

void
gradual_partition_attach(GradualRehearsal *rehearsal, GradualRelation *parent,
						 AlterTableStmt *alter, AlterTableCmd *command,
						 void (*run) (GradualRehearsal *rehearsal,
									  const GradualRelation *relation,
									  const AlterTableStmt *alter,
									  AlterTableCmd *command))
{
	PartitionCmd *attach = castNode(PartitionCmd, command->def);
	GradualRelation *partition = gradual_lookup_find(rehearsal, attach->name, false);
	GradualAttach *facts = palloc0(sizeof(GradualAttach));
	PartitionBoundSpec *bound;
	int			before;

	gradual_lookup_check_owner(partition);
	gradual_clone_ensure(rehearsal, partition);
	if (OidIsValid(partition->oid))
		gradual_gather_statistics(rehearsal, partition, NULL);
	before = count_indexes(partition->clone);
	bound = copyObject(attach->bound);
	take_over_stand_ins(rehearsal, parent, partition);
	run(rehearsal, parent, alter, command);

	rehearsal->command->checks = NULL;
	rehearsal->command->attach = facts;
	facts->partition = partition->table;
	facts->builds = count_indexes(partition->clone) > before;
	facts->foreign_keys = has_foreign_keys(parent->oid);
	gradual_original_check_bound(rehearsal, parent, partition->name, bound);

	/* what a default partition must not hold depends on all the others */
	if (attach->bound->is_default)
	{
		facts->scans = OidIsValid(parent->oid) &&
			find_inheritance_children(parent->oid, NoLock) != NIL;
		return;
	}
	if (OidIsValid(partition->oid) && !GRADUAL_TABLE_AT_ONCE(partition->table) &&
		!gradual_partition_is_proved(partition->oid, partition->clone, false))
		facts->in_bounds = bounds_of(rehearsal, partition->clone);
	note_default(rehearsal, parent, partition->clone);
}
