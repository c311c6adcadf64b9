/*
 * alter.c
 *	  Rehearsing ALTER TABLE and ALTER SEQUENCE.
 *
 * The subcommands of ALTER TABLE run on the clone one after another, so that
 * what each of them does can be read in between.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_inherits.h"
#include "nodes/makefuncs.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/alter_named.h"
#include "script/below.h"
#include "script/bridge.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/constraint.h"
#include "script/dependent.h"
#include "script/facts.h"
#include "script/gone.h"
#include "script/inherited.h"
#include "script/key_types.h"
#include "script/lookup.h"
#include "script/new_column.h"
#include "script/original.h"
#include "script/part.h"
#include "script/partition.h"
#include "script/partition_key.h"
#include "script/rebuilt.h"
#include "script/redirect.h"
#include "script/sequence.h"
#include "script/retype.h"
#include "script/reverse.h"
#include "script/object_naming.h"

static bool subcommand(GradualRehearsal *rehearsal, GradualRelation *relation,
					   AlterTableStmt *alter, AlterTableCmd *command);
static void add_column(GradualRehearsal *rehearsal, GradualRelation *relation,
					   AlterTableStmt *alter, AlterTableCmd *command);
static void drop_constraint(GradualRehearsal *rehearsal, GradualRelation *relation,
							AlterTableStmt *alter, AlterTableCmd *command);
static void add_constraint(GradualRehearsal *rehearsal, GradualRelation *relation,
						   AlterTableStmt *alter, AlterTableCmd *command);
static void change_constraint(GradualRehearsal *rehearsal, GradualRelation *relation,
							  AlterTableStmt *alter, AlterTableCmd *command);
static bool names_column(AlterTableType subtype);
static void alter_column(GradualRehearsal *rehearsal, GradualRelation *relation,
						 AlterTableStmt *alter, AlterTableCmd *command);
static void run_alone(GradualRehearsal *rehearsal, const GradualRelation *relation,
					  const AlterTableStmt *alter, AlterTableCmd *command);

/* Does a materialized view of the script read the column?  Its clone, a table, would not mind. */
static void
check_not_read(GradualRehearsal *rehearsal, const GradualRelation *relation,
			   const AlterTableCmd *command)
{
	ListCell   *lc,
			   *lr;

	foreach(lc, rehearsal->relations)
	{
		GradualRelation *view = lfirst(lc);

		foreach(lr, view->gone ? NIL : view->reads)
		{
			GradualColumnRead *read = lfirst(lr);

			if ((read->relation != relation->oid && read->relation != relation->clone) ||
				strcmp(read->column, command->name) != 0)
				continue;
			if (command->subtype == AT_AlterColumnType)
				ereport(ERROR,
						(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
						 errmsg("cannot alter type of a column used by a view or rule"),
						 errdetail("Materialized view %s depends on column \"%s\".",
								   view->name, command->name)));
			if (command->subtype == AT_DropColumn && command->behavior != DROP_CASCADE)
				ereport(ERROR,
						(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
						 errmsg("cannot drop column %s of table %s because other objects depend on it",
								command->name, relation->name),
						 errdetail("Materialized view %s depends on it.", view->name)));
		}
	}
}

/* PostgreSQL drops before it adds: what goes has to be there before the statement. */
static void
check_dropped(const GradualRelation *relation, const AlterTableStmt *alter)
{
	ListCell   *lc;

	foreach(lc, alter->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, lc);

		if (command->subtype == AT_DropColumn && !command->missing_ok &&
			get_attnum(relation->clone, command->name) == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							command->name, relation->name)));
	}
}

bool
gradual_rehearse_alter_table(GradualRehearsal *rehearsal, Node *node)
{
	AlterTableStmt *alter = (AlterTableStmt *) node;
	GradualRelation *relation;
	ListCell   *lc;
	ListCell   *command;

	if (alter->objtype == OBJECT_TYPE)
		return gradual_rehearse_alter_type(rehearsal, node);
	if (alter->objtype == OBJECT_FOREIGN_TABLE)
		return false;
	relation = gradual_clone_altered(rehearsal, alter->relation, alter->missing_ok);
	if (relation != NULL)
		check_dropped(relation, alter);
	forboth(lc, alter->cmds, command, rehearsal->statement->commands)
	{
		rehearsal->command = lfirst(command);
		if (relation == NULL)
			rehearsal->command->noop = true;
		else if (!subcommand(rehearsal, relation, alter, lfirst_node(AlterTableCmd, lc)))
			return false;
	}
	foreach(command, rehearsal->statement->commands)
	{
		GradualCommand *facts = lfirst(command);

		if (facts->retype != NULL)
			gradual_key_types_check(rehearsal, relation, facts->column);
	}
	return true;
}

bool
gradual_rehearse_alter_sequence(GradualRehearsal *rehearsal, Node *node)
{
	AlterSeqStmt *alter = (AlterSeqStmt *) node;
	GradualRelation *relation = gradual_clone_altered(rehearsal, alter->sequence, alter->missing_ok);
	ListCell   *lc;

	if (relation == NULL)
		return true;
	gradual_lookup_check_kind(relation, OBJECT_SEQUENCE);
	gradual_original_check_owned_by(relation, alter->options);
	gradual_redirect_owned_by(rehearsal, alter->options);
	alter->sequence = gradual_clone_name(relation);
	gradual_clone_run(rehearsal, node);
	foreach(lc, alter->options)
		relation->reowned |= strcmp(lfirst_node(DefElem, lc)->defname, "owned_by") == 0;
	return true;
}

/* Does the server need something there that a clone lacks: partitions, parents? */
static bool
needs_original(const GradualRelation *relation, const AlterTableCmd *command)
{
	return OidIsValid(relation->oid) && command->subtype == AT_AttachPartition &&
		GRADUAL_IS_INDEX(relation->relkind);
}

/* The other end of NO INHERIT and DETACH PARTITION. */
static GradualRelation *
find_relative(GradualRehearsal *rehearsal, const AlterTableCmd *command)
{
	RangeVar   *name = command->subtype == AT_DropInherit ? (RangeVar *) command->def :
	((PartitionCmd *) command->def)->name;
	GradualRelation *relative = gradual_lookup_find(rehearsal, name, false);

	if (relative->table != NULL)
		rehearsal->command->touches =
			list_append_unique_ptr(rehearsal->command->touches, relative->table);
	return relative;
}

static bool
is_child(Oid child, Oid parent)
{
	return OidIsValid(child) && OidIsValid(parent) &&
		list_member_oid(find_inheritance_children(parent, NoLock), child);
}

static void
touch_default_partition(GradualRehearsal *rehearsal, Oid parent)
{
	Oid			partition = get_default_partition_oid(parent);

	if (OidIsValid(partition))
		rehearsal->command->touches =
			list_append_unique_ptr(rehearsal->command->touches,
								   gradual_lookup_real(rehearsal, partition)->table);
}

/* A child leaves its parent: for real if the script has put it there. */
static void
leave_parent(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
			 AlterTableCmd *command)
{
	bool		inherits = command->subtype == AT_DropInherit;
	GradualRelation *relative = find_relative(rehearsal, command);
	GradualRelation *parent = inherits ? relative : relation;
	GradualRelation *child = inherits ? relation : relative;

	if (is_child(child->clone, parent->clone))
	{
		if (!inherits)
			((PartitionCmd *) command->def)->concurrent = false;
		run_alone(rehearsal, relation, alter, command);
		return;
	}
	if (!is_child(child->oid, parent->oid) ||
		gradual_part_has_left(rehearsal, child->oid, parent->oid))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 inherits ?
				 errmsg("relation \"%s\" is not a parent of relation \"%s\"",
						parent->name, child->name) :
				 errmsg("relation \"%s\" is not a partition of relation \"%s\"",
						child->name, parent->name)));
	gradual_part_leave(rehearsal, child->oid, parent->oid);
	if (inherits)
		return;
	touch_default_partition(rehearsal, parent->oid);
	if (!GRADUAL_TABLE_AT_ONCE(child->table))
		rehearsal->command->searches = gradual_dependent_referencing(rehearsal, child, NULL);
}

/* A partitioned table has no file of its own that would be another one afterwards. */
static bool
rewrites_partitions(const GradualRelation *relation, const GradualCommand *facts)
{
	const GradualColumn *added = facts->added;

	return relation->relkind == RELKIND_PARTITIONED_TABLE && added != NULL &&
		(added->default_volatile || (added->generated != NULL && !added->computed));
}

static bool
subcommand(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
		   AlterTableCmd *command)
{
	GradualCommand *facts = rehearsal->command;
	uint32		storage = gradual_facts_storage(relation->clone);

	facts->table = relation->table;
	facts->sets_expression = gradual_compat_sets_expression(command);
	if (needs_original(relation, command))
		return false;
	if (command->subtype == AT_AddColumn)
		add_column(rehearsal, relation, alter, command);
	else if ((names_column(command->subtype) || facts->sets_expression) &&
			 command->name != NULL)
		alter_column(rehearsal, relation, alter, command);
	else if (command->subtype == AT_DropConstraint)
		drop_constraint(rehearsal, relation, alter, command);
	else if (command->subtype == AT_AddConstraint)
		add_constraint(rehearsal, relation, alter, command);
	else if (command->subtype == AT_AlterConstraint ||
			 command->subtype == AT_ValidateConstraint)
		change_constraint(rehearsal, relation, alter, command);
	else if (command->subtype == AT_AttachPartition && !GRADUAL_IS_INDEX(relation->relkind))
		gradual_partition_attach(rehearsal, relation, alter, command, run_alone);
	else if (command->subtype == AT_DropInherit || command->subtype == AT_DetachPartition ||
			 command->subtype == AT_DetachPartitionFinalize)
		leave_parent(rehearsal, relation, alter, command);
	else if (!gradual_alter_named(rehearsal, relation, command))
		run_alone(rehearsal, relation, alter, command);

	if (alter->relation->inh)
		gradual_inherited_alter(rehearsal, relation, command);
	facts->rewrites = gradual_facts_storage(relation->clone) != storage ||
		rewrites_partitions(relation, facts);
	return true;
}

static bool
names_column(AlterTableType subtype)
{
	switch (subtype)
	{
		case AT_ColumnDefault:
		case AT_DropNotNull:
		case AT_SetNotNull:
		case AT_DropExpression:
		case AT_SetStatistics:
		case AT_SetOptions:
		case AT_ResetOptions:
		case AT_SetStorage:
		case AT_SetCompression:
		case AT_DropColumn:
		case AT_AlterColumnType:
		case AT_AddIdentity:
		case AT_SetIdentity:
		case AT_DropIdentity:
			return true;
		default:
			return false;
	}
}

/*
 * ONLY leaves the column to the children, with its NOT NULL, which therefore
 * cannot go before.
 */
static void
drop_column_only(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	if (relation->relkind == RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
				 errmsg("cannot drop column from only the partitioned table when partitions exist"),
				 errhint("Do not specify the ONLY keyword.")));
	rehearsal->command->column_relaxable = false;
}

/* The sequence of a serial or identity column goes with it. */
static void
free_sequence(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column)
{
	GradualRelation *sequence = gradual_sequence_owned(rehearsal, relation, column);

	if (sequence == NULL || sequence->gone)
		return;
	rehearsal->command->frees = lappend(rehearsal->command->frees, sequence->name);
	gradual_lookup_drop(rehearsal, sequence);
}

/* Before it runs on the clone, on which no foreign object depends. */
static void
drop_column(GradualRehearsal *rehearsal, const GradualRelation *relation,
			const AlterTableStmt *alter, const AlterTableCmd *command)
{
	List	   *below = NIL;
	ListCell   *lc;

	gradual_facts_drop_column(rehearsal->command, relation, command->name);
	if (!OidIsValid(relation->oid))
		return;
	if (!alter->relation->inh && has_subclass(relation->oid))
	{
		drop_column_only(rehearsal, relation);
		gradual_below_leave(rehearsal, relation, command);
	}
	if (alter->relation->inh)
		below = gradual_below_drop_column(rehearsal, relation, command);
	rehearsal->command->reverse = gradual_reverse_expression(rehearsal, relation, command->name);
	if (command->behavior == DROP_CASCADE)
		gradual_gone_cascade(rehearsal, relation, below, command->name);
	else
		gradual_dependent_check_column(rehearsal, relation, below, command);
	gradual_dependent_touch(rehearsal, relation, command);
	foreach(lc, below)
		gradual_dependent_touch(rehearsal, lfirst(lc), command);
	if (alter->relation->inh)
		gradual_below_follow(rehearsal, relation, command->name);
	free_sequence(rehearsal, relation, command->name);
}

/* Of the names of constraints from before, those that are free now. */
static void
keep_gone(const GradualRelation *relation, GradualCommand *facts)
{
	List	   *gone = NIL;
	ListCell   *lc;

	foreach(lc, facts->frees)
	{
		if (!OidIsValid(get_relation_constraint_oid(relation->clone, lfirst(lc), true)))
			gone = lappend(gone, lfirst(lc));
	}
	facts->frees = gone;
}

/* Indexes over the column are made anew. */
static void
run_rebuilding(GradualRehearsal *rehearsal, const GradualRelation *relation,
			   const AlterTableStmt *alter, AlterTableCmd *command)
{
	List	   *keys = gradual_rebuilt_begin(relation);

	run_alone(rehearsal, relation, alter, command);
	gradual_rebuilt_end(rehearsal, keys);
}

/* A CHECK would keep a column that is not stored from getting another expression. */
static void
set_expression(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
			   AlterTableCmd *command)
{
	char	   *stand_ins = gradual_constraint_drop_stand_ins(rehearsal, relation);

	run_rebuilding(rehearsal, relation, alter, command);
	gradual_clone_run_text(rehearsal, stand_ins);
}

static bool
is_inherited(GradualRehearsal *rehearsal, const GradualRelation *relation, const char *column)
{
	bool		own = false;

	return OidIsValid(relation->oid) &&
		gradual_below_count_parents(rehearsal, relation->oid, column, &own) > 0;
}

/* From 18 on a NOT NULL is the table's own, too, or only that of a parent. */
static bool
inherits_not_null(GradualRehearsal *rehearsal, const GradualRelation *relation,
				  const AlterTableCmd *command)
{
	Form_pg_constraint constraint;

	if (!GRADUAL_INHERITS_NOT_NULL || command->subtype != AT_SetNotNull ||
		!gradual_facts_not_null(relation, command->name) ||
		!is_inherited(rehearsal, relation, command->name))
		return false;
	constraint = gradual_catalog_not_null(relation->oid, command->name);
	return constraint == NULL || !constraint->conislocal;
}

static void
alter_column(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
			 AlterTableCmd *command)
{
	GradualCommand *facts = rehearsal->command;

	facts->column = command->name;
	facts->noop = command->subtype == AT_DropColumn && command->missing_ok &&
		get_attnum(relation->clone, command->name) == InvalidAttrNumber;
	facts->column_not_null = gradual_facts_not_null(relation, command->name);
	facts->column_unproved = gradual_facts_unproved(relation->clone, command->name);
	facts->column_inherits = inherits_not_null(rehearsal, relation, command);
	if (facts->column_unproved && command->subtype == AT_SetNotNull)
		gradual_constraint_unproved(rehearsal, relation, command->name);
	check_not_read(rehearsal, relation, command);
	gradual_original_check_inherited(rehearsal, relation, command,
									 is_inherited(rehearsal, relation, command->name));
	if ((command->subtype == AT_DropColumn && !facts->noop) || command->subtype == AT_AlterColumnType)
		gradual_partition_key_keep(rehearsal, relation, command->name,
								   command->subtype == AT_DropColumn);
	if (command->subtype == AT_DropColumn && !facts->noop)
		drop_column(rehearsal, relation, alter, command);
	if (command->subtype == AT_AlterColumnType)
	{
		if (relation->table != NULL && GRADUAL_TABLE_AT_ONCE(relation->table))
			facts->checks = gradual_dependent_referencing(rehearsal, relation,
														  gradual_bridge_original(relation->table, command->name));
		facts->retype = gradual_retype_begin(rehearsal, relation, alter, command);
	}
	if (command->subtype == AT_ColumnDefault || command->subtype == AT_AlterColumnType ||
		command->subtype == AT_DropColumn)
		facts->previous_default = gradual_object_naming_respell(rehearsal,
																gradual_facts_default(rehearsal, relation,
																					  command->name));
	if (command->subtype == AT_SetIdentity || command->subtype == AT_DropIdentity)
	{
		gradual_sequence_pair(rehearsal, relation, command->name);
		facts->sequence = gradual_sequence_of_column(rehearsal, relation, command->name, NIL);
	}
	if (command->subtype == AT_DropColumn)
	{
		facts->frees = list_concat(facts->frees, gradual_constraint_names(relation));
		gradual_below_free_names(rehearsal, relation->clone, command->name);
	}
	if (facts->sets_expression)
		set_expression(rehearsal, relation, alter, command);
	else if (command->subtype == AT_AlterColumnType)
		run_rebuilding(rehearsal, relation, alter, command);
	else
		run_alone(rehearsal, relation, alter, command);
	if (command->subtype == AT_DropColumn)
		keep_gone(relation, facts);
	if (command->subtype == AT_SetNotNull && !facts->column_not_null)
		facts->makes = gradual_constraint_made(rehearsal, relation, command->name);
	if (command->subtype == AT_AddIdentity)
		facts->sequence = gradual_sequence_of_column(rehearsal, relation, command->name,
													 list_make1(((AlterTableCmd *) facts->node)->def));
	if (facts->retype != NULL)
		gradual_retype_end(rehearsal, relation, facts->retype);
	if (command->subtype == AT_ColumnDefault && command->def != NULL)
	{
		facts->new_default = gradual_facts_default(rehearsal, relation, command->name);
		facts->physical_default = gradual_object_naming_respell(rehearsal, facts->new_default);
	}
}

static void
add_column(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
		   AlterTableCmd *command)
{
	GradualCommand *facts = rehearsal->command;
	ColumnDef  *definition = (ColumnDef *) ((AlterTableCmd *) facts->node)->def;
	bool		existed = command->missing_ok &&
	get_attnum(relation->clone, definition->colname) > 0;

	/* the name of a system column is refused, with or without IF NOT EXISTS */
	if (!existed)
	{
		GradualConstraintsBefore before;

		gradual_new_column_check(rehearsal, relation, alter, definition);
		gradual_constraint_before(rehearsal, relation, command, &before);
		run_alone(rehearsal, relation, alter, command);
		gradual_constraint_after(rehearsal, relation, command, &before);
	}
	facts->noop = existed;
	facts->column = definition->colname;
	facts->added = gradual_facts_column(rehearsal, relation, definition);
	facts->added->existed = existed;
	if (facts->added->default_volatile && OidIsValid(relation->oid))
		gradual_facts_not_valid(relation);
	if (relation->table != NULL)
		relation->table->added = lappend(relation->table->added, facts->added);
}

static bool
has_inherited_check(GradualRehearsal *rehearsal, const GradualRelation *relation,
					const char *name)
{
	bool		own = false;

	return OidIsValid(relation->oid) &&
		gradual_below_count_check_parents(rehearsal, relation->oid, name, &own) > 0;
}

static void
drop_constraint(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
				AlterTableCmd *command)
{
	if (!OidIsValid(get_relation_constraint_oid(relation->clone, command->name, true)))
		rehearsal->command->noop = command->missing_ok;
	else
		gradual_constraint_named(rehearsal, relation, command);
	gradual_original_check_constraint(rehearsal, relation, command->name,
									  GRADUAL_DROPS_CONSTRAINT, !alter->relation->inh,
									  has_inherited_check(rehearsal, relation, command->name));
	if (!alter->relation->inh && OidIsValid(relation->oid) && has_subclass(relation->oid))
		gradual_below_leave(rehearsal, relation, command);
	if (rehearsal->command->constraints != NIL && OidIsValid(relation->oid))
	{
		gradual_dependent_check_constraint(rehearsal, relation, command);
		if (command->behavior == DROP_CASCADE)
			gradual_gone_cascade_constraint(rehearsal, relation, command->name);
		gradual_dependent_touch(rehearsal, relation, command);
	}
	run_alone(rehearsal, relation, alter, command);
}

static List *
names_of(List *strings)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, strings)
		names = lappend(names, strVal(lfirst(lc)));
	return names;
}

static void
add_constraint(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
			   AlterTableCmd *command)
{
	Constraint *constraint = (Constraint *) command->def;
	GradualConstraintsBefore before;

	gradual_constraint_before(rehearsal, relation, command, &before);
	run_alone(rehearsal, relation, alter, command);
	gradual_constraint_after(rehearsal, relation, command, &before);
	if (constraint->contype == CONSTR_UNIQUE || constraint->contype == CONSTR_PRIMARY)
		gradual_partition_key_cover(rehearsal, relation, names_of(constraint->keys),
									constraint->contype == CONSTR_PRIMARY);
}

/* ALTER and VALIDATE: a real foreign key has no more than a stand-in on the clone. */
static void
change_constraint(GradualRehearsal *rehearsal, GradualRelation *relation, AlterTableStmt *alter,
				  AlterTableCmd *command)
{
	const char *name = gradual_compat_constraint_name(command);
	GradualConstraint *constraint;

	if (command->subtype == AT_ValidateConstraint)
		gradual_original_check_constraint(rehearsal, relation, name,
										  GRADUAL_VALIDATES_CONSTRAINT, !alter->relation->inh,
										  false);
	gradual_constraint_named(rehearsal, relation, command);
	constraint = linitial(rehearsal->command->constraints);
	if (gradual_constraint_is_stand_in(relation, name) && command->subtype == AT_AlterConstraint)
		return;
	if (command->subtype == AT_ValidateConstraint && constraint->type == CONSTRAINT_FOREIGN &&
		!constraint->enforced)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot validate NOT ENFORCED constraint")));
	run_alone(rehearsal, relation, alter, command);
}

static void
run_alone(GradualRehearsal *rehearsal, const GradualRelation *relation,
		  const AlterTableStmt *alter, AlterTableCmd *command)
{
	AlterTableStmt *alone = makeNode(AlterTableStmt);

	gradual_redirect_subcommand(rehearsal, command);
	alone->relation = gradual_clone_name(relation);
	alone->relation->inh = alter->relation->inh;
	alone->cmds = list_make1(command);
	alone->objtype = alter->objtype;
	gradual_clone_run(rehearsal, (Node *) alone);
}
