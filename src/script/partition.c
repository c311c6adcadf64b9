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
#include "access/sysattr.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/tablecmds.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/counterpart.h"
#include "script/gather.h"
#include "script/key_mark.h"
#include "script/lookup.h"
#include "script/original.h"
#include "script/part.h"
#include "script/partition.h"

static int
count_indexes(Oid clone)
{
	Relation	rel = relation_open(clone, NoLock);
	int			count = list_length(RelationGetIndexList(rel));

	relation_close(rel, NoLock);
	return count;
}

/* Of HeapTuple: those that there are, and those that the script has added. */
static List *
foreign_keys_of(const GradualRelation *relation)
{
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, list_concat(gradual_catalog_constraints(relation->clone),
							OidIsValid(relation->oid) ? gradual_catalog_constraints(relation->oid) : NIL))
	{
		if (((Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc)))->contype == CONSTRAINT_FOREIGN)
			keys = lappend(keys, lfirst(lc));
	}
	return keys;
}

/* The columns' names, of the key and of what it refers to, one after the other. */
static List *
key_columns(HeapTuple key)
{
	Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT(key);
	AttrNumber	own[INDEX_MAX_KEYS];
	AttrNumber	referenced[INDEX_MAX_KEYS];
	List	   *names = NIL;
	int			count;

	DeconstructFkConstraintRow(key, &count, own, referenced, NULL, NULL, NULL, NULL, NULL);
	for (int i = 0; i < count; i++)
	{
		names = lappend(names, makeString(get_attname(form->conrelid, own[i], false)));
		names = lappend(names, makeString(get_attname(form->confrelid, referenced[i], false)));
	}
	return names;
}

static Oid
real_table(GradualRehearsal *rehearsal, Oid table)
{
	GradualRelation *relation = gradual_lookup_of_clone(rehearsal, table);

	return relation != NULL && OidIsValid(relation->oid) ? relation->oid : table;
}

/* Would ATTACH PARTITION take the partition's key for a part of the parent's? */
static bool
is_part_of(GradualRehearsal *rehearsal, HeapTuple partition, HeapTuple parent)
{
	Form_pg_constraint one = (Form_pg_constraint) GETSTRUCT(partition);
	Form_pg_constraint whole = (Form_pg_constraint) GETSTRUCT(parent);

	return one->convalidated && !OidIsValid(one->conparentid) &&
		one->condeferrable == whole->condeferrable && one->condeferred == whole->condeferred &&
		one->confupdtype == whole->confupdtype && one->confdeltype == whole->confdeltype &&
		one->confmatchtype == whole->confmatchtype &&
		real_table(rehearsal, one->confrelid) == real_table(rehearsal, whole->confrelid) &&
		equal(key_columns(partition), key_columns(parent));
}

/* One that refers to a partitioned table has others to the partitions of that. */
static bool
is_below_one(List *keys, HeapTuple key)
{
	ListCell   *lc;

	foreach(lc, keys)
	{
		if (((Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc)))->oid ==
			((Form_pg_constraint) GETSTRUCT(key))->conparentid)
			return true;
	}
	return false;
}

/*
 * Would all rows of the partition be checked, since it lacks a foreign key?  One of
 * its own is there as long as its copy has the mark of it.
 */
static bool
lacks_foreign_key(GradualRehearsal *rehearsal, const GradualRelation *parent,
				  const GradualRelation *partition)
{
	List	   *own = foreign_keys_of(partition);
	List	   *keys = foreign_keys_of(parent);
	ListCell   *lc,
			   *lm;

	foreach(lc, keys)
	{
		bool		found = is_below_one(keys, lfirst(lc));

		foreach(lm, own)
		{
			Form_pg_constraint form = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lm));

			found |= is_part_of(rehearsal, lfirst(lm), lfirst(lc)) &&
				(form->conrelid == partition->clone ||
				 OidIsValid(gradual_key_mark_find(partition->clone, form->oid)));
		}
		if (!found)
			return true;
	}
	return false;
}

/*
 * A bound of a hash partition has the OID of its table, here that of a clone:
 * by a name it is found again wherever the bound is read.
 */
static Node *
name_tables(Node *node, void *rehearsal)
{
	FuncExpr   *bound;
	Const	   *table;
	GradualRelation *relation;

	if (node == NULL)
		return NULL;
	if (!IsA(node, FuncExpr) || ((FuncExpr *) node)->funcid != F_SATISFIES_HASH_PARTITION)
		return expression_tree_mutator(node, name_tables, rehearsal);
	bound = copyObject((FuncExpr *) node);
	table = linitial_node(Const, bound->args);
	relation = gradual_lookup_of_clone(rehearsal, DatumGetObjectId(table->constvalue));
	if (relation != NULL && OidIsValid(relation->oid))
		table->constvalue = ObjectIdGetDatum(relation->oid);
	table->consttype = REGCLASSOID;
	linitial(bound->args) = makeRelabelType((Expr *) table, OIDOID, -1, InvalidOid,
											COERCE_IMPLICIT_CAST);
	return (Node *) bound;
}

static Node *
bounds_of(GradualRehearsal *rehearsal, Relation partition)
{
	List	   *bounds = copyObject(RelationGetPartitionQual(partition));

	return name_tables((Node *) make_ands_explicit(bounds), rehearsal);
}

static void
note_columns(GradualAttach *facts, Relation partition, Node *bounds)
{
	Bitmapset  *numbers = NULL;
	int			number = -1;

	pull_varattnos(bounds, 1, &numbers);
	while ((number = bms_next_member(numbers, number)) >= 0)
		facts->columns = lappend(facts->columns,
								 get_attname(RelationGetRelid(partition),
											 number + FirstLowInvalidHeapAttributeNumber, false));
}

/* The same as text, to be proved. */
static char *
bounds_text(GradualRehearsal *rehearsal, Oid partition)
{
	Relation	rel = relation_open(partition, AccessShareLock);
	Node	   *bounds = bounds_of(rehearsal, rel);
	int			level = gradual_lookup_pin_path();
	char	   *text = deparse_expression(bounds,
										  deparse_context_for(RelationGetRelationName(rel), partition),
										  false, false);

	AtEOXact_GUC(true, level);
	note_columns(rehearsal->command->attach, rel, bounds);
	relation_close(rel, NoLock);
	return gradual_lookup_restore(rehearsal, text);
}

bool
gradual_partition_is_proved(GradualRehearsal *rehearsal, Oid real, Oid partition, bool out)
{
	Relation	table = relation_open(real, AccessShareLock);
	Relation	bounded = relation_open(partition, AccessShareLock);
	Node	   *bounds = gradual_counterpart(bounds_of(rehearsal, bounded), 1, bounded, table);
	bool		proved = false;

	if (bounds != NULL)
	{
		List	   *list = make_ands_implicit((Expr *) eval_const_expressions(NULL, bounds));

		proved = PartConstraintImpliedByRelConstraint(table, out ? get_proposed_default_constraint(list) : list);
	}
	relation_close(bounded, NoLock);
	relation_close(table, NoLock);
	return proved;
}

GradualRelation *
gradual_partition_default(GradualRehearsal *rehearsal, const GradualRelation *parent)
{
	Oid			oid = OidIsValid(parent->oid) ? get_default_partition_oid(parent->oid) :
	InvalidOid;
	GradualRelation *relation;

	if (OidIsValid(oid))
		return gradual_lookup_real(rehearsal, oid);
	relation = gradual_lookup_of_clone(rehearsal, get_default_partition_oid(parent->clone));
	return relation != NULL && OidIsValid(relation->oid) ? relation : NULL;
}

static void
note_default(GradualRehearsal *rehearsal, const GradualRelation *parent, Oid clone)
{
	GradualCommand *command = rehearsal->command;
	GradualAttach *facts = command->attach;
	GradualRelation *other = gradual_partition_default(rehearsal, parent);

	if (other == NULL || other->clone == clone)
		return;
	facts->other = other->table;
	command->touches = list_append_unique_ptr(command->touches, facts->other);
	if (!GRADUAL_TABLE_AT_ONCE(facts->other) &&
		!gradual_partition_is_proved(rehearsal, other->oid, clone, true))
		facts->out_of_bounds = psprintf("NOT (%s)", bounds_text(rehearsal, clone));
}

/* The real table at the top of the clones, if it is a partition, as its clone is not. */
static Oid
partition_above(GradualRehearsal *rehearsal, const GradualRelation *parent)
{
	Oid			clone = parent->clone;
	const GradualRelation *top;

	while (get_rel_relispartition(clone))
		clone = get_partition_parent(clone, true);
	top = gradual_lookup_of_clone(rehearsal, clone);
	if (top == NULL || !OidIsValid(top->oid) || !get_rel_relispartition(top->oid) ||
		gradual_part_has_left(rehearsal, top->oid, get_partition_parent(top->oid, true)))
		return InvalidOid;
	return top->oid;
}

static void
note_bounds(GradualRehearsal *rehearsal, const GradualRelation *partition, Oid of)
{
	GradualAttach *facts = rehearsal->command->attach;
	char	   *text;

	if (gradual_partition_is_proved(rehearsal, partition->oid, of, false))
		return;
	text = bounds_text(rehearsal, of);
	facts->in_bounds = facts->in_bounds == NULL ? text :
				psprintf("%s AND %s", facts->in_bounds, text);
}

static bool
is_proved(GradualRehearsal *rehearsal, const GradualRelation *partition, Oid of, Oid above)
{
	return gradual_partition_is_proved(rehearsal, partition->oid, of, false) &&
		(!OidIsValid(above) || gradual_partition_is_proved(rehearsal, partition->oid, above, false));
}

/*
 * Tables that the script has attached to the partition before: there is no proof of
 * its rows then that would be one of theirs, too, while they are not yet below it.
 */
static void
note_below(GradualRehearsal *rehearsal, const GradualRelation *partition, Oid above)
{
	GradualAttach *facts = rehearsal->command->attach;
	ListCell   *lc;

	foreach(lc, find_all_inheritors(partition->clone, NoLock, NULL))
	{
		const GradualRelation *below = gradual_lookup_of_clone(rehearsal, lfirst_oid(lc));

		if (below == NULL || below == partition || !OidIsValid(below->oid) ||
			GRADUAL_TABLE_AT_ONCE(below->table))
			continue;
		if (facts->below == NULL || facts->below->pages < below->table->pages)
			facts->below = below->table;
		facts->unproved_below |= !is_proved(rehearsal, below, below->clone, above);
	}
	if (facts->below != NULL && OidIsValid(partition->oid))
		facts->unproved_below |= !is_proved(rehearsal, partition, partition->clone, above);
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
	bool		lacks_key;
	Oid			above;

	gradual_lookup_check_owner(partition);
	gradual_clone_ensure(rehearsal, partition);
	if (OidIsValid(partition->oid))
		gradual_gather_statistics(rehearsal, partition, NULL);
	before = count_indexes(partition->clone);
	lacks_key = lacks_foreign_key(rehearsal, parent, partition);
	bound = copyObject(attach->bound);
	take_over_stand_ins(rehearsal, parent, partition);
	run(rehearsal, parent, alter, command);

	rehearsal->command->checks = NULL;
	rehearsal->command->attach = facts;
	facts->partition = partition->table;
	facts->builds = count_indexes(partition->clone) > before;
	facts->foreign_keys = lacks_key;
	gradual_original_check_bound(rehearsal, parent, partition->name, bound);

	above = partition_above(rehearsal, parent);
	note_below(rehearsal, partition, above);

	/*
	 * what a default partition must not hold depends on all the others: no
	 * clones
	 */
	if (attach->bound->is_default && OidIsValid(parent->oid) &&
		find_inheritance_children(parent->oid, NoLock) != NIL)
	{
		facts->scans = true;
		return;
	}
	if (OidIsValid(partition->oid) && !GRADUAL_TABLE_AT_ONCE(partition->table) &&
		facts->below == NULL)
	{
		note_bounds(rehearsal, partition, partition->clone);
		if (OidIsValid(above))
			note_bounds(rehearsal, partition, above);
	}
	note_default(rehearsal, parent, partition->clone);
}
