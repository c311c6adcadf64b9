/*
 * gone.c
 *	  Dropping what was there before the script, in the rehearsal only.
 *
 * Tables, and what hangs on them, are only noted as gone: to drop them would
 * lock them in ACCESS EXCLUSIVE.  What is found by a name in its catalog gets
 * another name there, which locks nothing, so that the script can make a new
 * one in its place.
 *
 * If we crash here nothing is left: all of it is in the rehearsal's
 * subtransaction.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/indexing.h"
#include "catalog/objectaddress.h"
#include "catalog/partition.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_trigger.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/closure.h"
#include "script/gone.h"
#include "script/lookup.h"
#include "script/mentioned.h"
#include "script/part.h"

void
gradual_gone_clone(GradualRehearsal *rehearsal, GradualRelation *relation, DropBehavior behavior)
{
	DropStmt   *drop = makeNode(DropStmt);

	if (!OidIsValid(relation->clone) || get_rel_name(relation->clone) == NULL)
		return;
	switch (get_rel_relkind(relation->clone))
	{
		case RELKIND_VIEW:
			drop->removeType = OBJECT_VIEW;
			break;
		case RELKIND_SEQUENCE:
			drop->removeType = OBJECT_SEQUENCE;
			break;
		default:
			drop->removeType = OBJECT_TABLE;
			break;
	}
	drop->behavior = behavior;
	drop->objects = list_make1(list_make2(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
										  makeString(relation->clone_name)));
	gradual_clone_run(rehearsal, (Node *) drop);
	relation->clone = InvalidOid;
}

static AttrNumber
name_column(Oid catalog)
{
	return is_objectclass_supported(catalog) ? get_object_attnum_name(catalog) :
		InvalidAttrNumber;
}

static void
forget_dependents(const ObjectAddress *object)
{
	Relation	depend = table_open(DependRelationId, RowExclusiveLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;

	ScanKeyInit(&key[0], Anum_pg_depend_refclassid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->classId));
	ScanKeyInit(&key[1], Anum_pg_depend_refobjid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->objectId));
	scan = systable_beginscan(depend, DependReferenceIndexId, true, NULL, 2, key);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		CatalogTupleDelete(depend, &tuple->t_self);
	systable_endscan(scan);
	table_close(depend, RowExclusiveLock);
}

/*
 * What it is a part of, an operator class or an extension, and what uses it go as
 * well, but are still there, and would not let it go.
 */
static void
delete_nameless(const ObjectAddress *object)
{
	deleteDependencyRecordsFor(object->classId, object->objectId, false);
	forget_dependents(object);
	CommandCounterIncrement();
	performDeletion(object, DROP_RESTRICT, PERFORM_DELETION_INTERNAL);
}

/* Give its name away: what has no name of its own in its catalog is deleted. */
static void
free_name(const ObjectAddress *object)
{
	AttrNumber	column = name_column(object->classId);
	Relation	catalog;
	HeapTuple	tuple;
	NameData	name;

	if (column == InvalidAttrNumber)
	{
		delete_nameless(object);
		return;
	}
	catalog = table_open(object->classId, RowExclusiveLock);
	tuple = get_catalog_object_by_oid(catalog, get_object_attnum_oid(object->classId),
									  object->objectId);
	if (HeapTupleIsValid(tuple))
	{
		Datum	   *values = palloc0(RelationGetDescr(catalog)->natts * sizeof(Datum));
		bool	   *nulls = palloc0(RelationGetDescr(catalog)->natts * sizeof(bool));
		bool	   *replaced = palloc0(RelationGetDescr(catalog)->natts * sizeof(bool));

		snprintf(NameStr(name), NAMEDATALEN, GRADUAL_GONE_PREFIX "%u", object->objectId);
		values[column - 1] = NameGetDatum(&name);
		replaced[column - 1] = true;
		tuple = heap_modify_tuple(tuple, RelationGetDescr(catalog), values, nulls, replaced);
		CatalogTupleUpdate(catalog, &tuple->t_self, tuple);
	}
	table_close(catalog, RowExclusiveLock);
	CommandCounterIncrement();
}

/* May CASCADE take it along?  What it holds would be lost without being named. */
static bool
may_cascade(const GradualMember *member)
{
	switch (member->kind)
	{
		case GRADUAL_MEMBER_COLUMN:
		case GRADUAL_MEMBER_DEFAULT:
		case GRADUAL_MEMBER_CONSTRAINT:
			return false;
		default:
			return true;
	}
}

static GradualRelation *
relation_of(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_lookup_of_clone(rehearsal, oid);

	return relation != NULL ? relation : gradual_lookup_real(rehearsal, oid);
}

/* With a sequence goes a default: mostly since it is made anew for numbers of another type. */
static char *
cascade_hint(GradualRehearsal *rehearsal, const GradualMember *member)
{
	const DropStmt *drop = (DropStmt *) rehearsal->command->node;

	if (!IsA(drop, DropStmt) || drop->removeType != OBJECT_SEQUENCE ||
		member->kind != GRADUAL_MEMBER_DEFAULT || !OidIsValid(member->relation))
		return "Drop that in a statement of its own before.";
	return psprintf("Before it: ALTER TABLE %s ALTER COLUMN %s DROP DEFAULT; If the numbers shall only get another type, keep the sequence: ALTER SEQUENCE .. AS bigint, in place of all that makes it anew.",
					gradual_lookup_qualified(relation_of(rehearsal, member->relation)),
					quote_identifier(member->name));
}

static void
check_cascade(GradualRehearsal *rehearsal, List *members)
{
	GradualDrop *facts = rehearsal->command->drop;
	StringInfoData along;
	ListCell   *lc;

	initStringInfo(&along);
	foreach(lc, members)
	{
		GradualMember *member = lfirst(lc);

		if (!member->cascaded)
			continue;
		if (!may_cascade(member))
			gradual_script_refuse(rehearsal->statement,
								  psprintf("%s .. CASCADE", rehearsal->statement->tag),
								  psprintf("It would take along %s.", member->words),
								  cascade_hint(rehearsal, member));
		appendStringInfo(&along, "%s%s", along.len > 0 ? ", " : "", member->words);
	}
	if (along.len > 0)
		facts->along = along.data;
}

/* The stand-in for the foreign key of a table that stays. */
static void
drop_foreign_key(GradualRehearsal *rehearsal, const GradualMember *member)
{
	GradualRelation *relation = relation_of(rehearsal, member->relation);

	gradual_clone_ensure(rehearsal, relation);
	gradual_clone_run_text(rehearsal,
						   psprintf("ALTER TABLE pg_temp.%s DROP CONSTRAINT IF EXISTS %s",
									quote_identifier(relation->clone_name),
									quote_identifier(member->name)));
}

static bool
is_going(List *members, Oid relation)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		GradualMember *member = lfirst(lc);

		if (member->address.classId == RelationRelationId &&
			member->address.objectId == relation && member->address.objectSubId == 0)
			return true;
	}
	return false;
}

/* Its clone goes with that of the column, and never alone. */
static bool
is_of_identity(Oid clone)
{
	Oid			table;
	int32		column;

	return OidIsValid(clone) && get_rel_relkind(clone) == RELKIND_SEQUENCE &&
		sequenceIsOwned(clone, DEPENDENCY_INTERNAL, &table, &column);
}

static void
note_sequence(GradualRehearsal *rehearsal, const GradualRelation *sequence)
{
	GradualDrop *facts = rehearsal->command->drop;
	GradualTable *owner = NULL;
	Oid			table;
	int32		column;

	facts->sequences = lappend(facts->sequences, gradual_lookup_qualified(sequence));
	if (sequenceIsOwned(sequence->oid, DEPENDENCY_AUTO, &table, &column))
		owner = relation_of(rehearsal, table)->table;
	if (owner != NULL)
		facts->owners = list_append_unique_ptr(facts->owners, owner);
}

static void
let_relation_go(GradualRehearsal *rehearsal, Oid oid)
{
	GradualRelation *relation = gradual_lookup_of_clone(rehearsal, oid);
	GradualDrop *facts = rehearsal->command->drop;
	char		relkind = get_rel_relkind(oid);

	if (relkind == RELKIND_COMPOSITE_TYPE)
	{
		ObjectAddress address;

		ObjectAddressSet(address, RelationRelationId, oid);
		free_name(&address);
		return;
	}
	if (relation == NULL)
	{
		if (get_rel_namespace(oid) == rehearsal->temp || relkind == RELKIND_TOASTVALUE)
			return;
		/* with its clone it may be gone already */
		relation = gradual_member_find(rehearsal, oid);
		if (relation->table != NULL && !GRADUAL_IS_INDEX(relkind))
			facts->tables = list_append_unique_ptr(facts->tables, relation->table);
		if (relkind == RELKIND_SEQUENCE)
			note_sequence(rehearsal, relation);
	}
	if (relation->gone)
		return;
	gradual_lookup_drop(rehearsal, relation);
	if (is_of_identity(relation->clone))
		relation->clone = InvalidOid;
	else if (!GRADUAL_IS_INDEX(relation->relkind))
		gradual_gone_clone(rehearsal, relation, DROP_CASCADE);
}

/* One that stays behind a part of it that goes is locked too. */
static void
note_other(GradualRehearsal *rehearsal, List *members, Oid relation)
{
	GradualDrop *facts = rehearsal->command->drop;
	GradualTable *table;

	if (is_going(members, relation))
		return;
	table = relation_of(rehearsal, relation)->table;
	if (table != NULL)
		facts->others = list_append_unique_ptr(facts->others, table);
}

/* The triggers of a foreign key, a TOAST table: nobody names them. */
static bool
is_internal(const GradualMember *member)
{
	return member->kind == GRADUAL_MEMBER_OTHER &&
		(member->address.classId == TriggerRelationId ||
		 member->address.classId == RelationRelationId);
}

/* The name that an object had before it was given away. */
static char *
own_name(const GradualMember *member)
{
	AttrNumber	column = name_column(member->address.classId);
	Relation	catalog;
	HeapTuple	tuple;
	bool		isnull;
	char	   *name = NULL;

	if (member->name != NULL || column == InvalidAttrNumber)
		return member->name;
	catalog = table_open(member->address.classId, AccessShareLock);
	tuple = get_catalog_object_by_oid(catalog, get_object_attnum_oid(member->address.classId),
									  member->address.objectId);
	if (HeapTupleIsValid(tuple))
		name = pstrdup(NameStr(*DatumGetName(heap_getattr(tuple, column,
														  RelationGetDescr(catalog), &isnull))));
	table_close(catalog, AccessShareLock);
	return name;
}

/* What later statements may find gone, or take the name of. */
static void
note_names(GradualRehearsal *rehearsal, List *members)
{
	GradualDrop *facts = rehearsal->command->drop;
	ListCell   *lc;

	foreach(lc, members)
	{
		GradualMember *member = lfirst(lc);
		char	   *name = own_name(member);

		if (name == NULL || member->kind == GRADUAL_MEMBER_COLUMN ||
			member->kind == GRADUAL_MEMBER_DEFAULT || is_internal(member) ||
			(OidIsValid(member->relation) && member->kind != GRADUAL_MEMBER_FOREIGN_KEY &&
			 get_rel_namespace(member->relation) == rehearsal->temp))
			continue;
		facts->names = lappend(facts->names, name);
	}
}

static void
let_go(GradualRehearsal *rehearsal, List *members, const GradualMember *member)
{
	bool		stays = OidIsValid(member->relation) && !is_going(members, member->relation);

	switch (member->kind)
	{
		case GRADUAL_MEMBER_RELATION:
		case GRADUAL_MEMBER_INDEX:
			let_relation_go(rehearsal, member->address.objectId);
			break;
		case GRADUAL_MEMBER_TRIGGER:
		case GRADUAL_MEMBER_RULE:
		case GRADUAL_MEMBER_POLICY:
			gradual_part_drop(rehearsal, member->relation,
							  member->kind == GRADUAL_MEMBER_TRIGGER ? OBJECT_TRIGGER :
							  member->kind == GRADUAL_MEMBER_RULE ? OBJECT_RULE : OBJECT_POLICY,
							  member->name);
			break;
		case GRADUAL_MEMBER_FOREIGN_KEY:
			if (stays)
				drop_foreign_key(rehearsal, member);
			break;
		case GRADUAL_MEMBER_ROW_TYPE:
		case GRADUAL_MEMBER_STATISTICS:
			free_name(&member->address);
			break;
		case GRADUAL_MEMBER_OTHER:
			if (!is_internal(member))
				free_name(&member->address);
			break;
		default:
			break;
	}
	if (stays && member->kind != GRADUAL_MEMBER_OTHER &&
		member->kind != GRADUAL_MEMBER_PUBLISHED)
		note_other(rehearsal, members, member->relation);
	gradual_closure_gone(rehearsal, &member->address);
}

/* The other ends of its foreign keys, its parents. */
static void
note_neighbours(GradualRehearsal *rehearsal, List *members, Oid oid)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_constraints(oid))
	{
		Form_pg_constraint constraint = (Form_pg_constraint) GETSTRUCT((HeapTuple) lfirst(lc));

		if (constraint->contype == CONSTRAINT_FOREIGN)
			note_other(rehearsal, members, constraint->confrelid);
	}
	if (get_rel_relispartition(oid))
		note_other(rehearsal, members, get_partition_parent(oid, true));
}

static void
note_mentioned(GradualCommand *command)
{
	List	   *names = NIL;
	char	   *functions;
	ListCell   *lc;

	foreach(lc, command->drop->tables)
		names = lappend(names, ((GradualTable *) lfirst(lc))->name);
	functions = gradual_mentioned_tables(names);
	if (functions != NULL)
		command->mentioned = command->mentioned == NULL ? functions :
			psprintf("%s, %s", command->mentioned, functions);
}

void
gradual_gone_drop(GradualRehearsal *rehearsal, DropBehavior behavior, List *roots)
{
	List	   *members;
	ListCell   *lc;

	if (roots == NIL)
		return;
	rehearsal->command->drop->existed = true;
	members = gradual_closure_find(rehearsal, roots, behavior);
	check_cascade(rehearsal, members);
	note_names(rehearsal, members);
	foreach(lc, members)
	{
		GradualMember *member = lfirst(lc);

		if (member->kind == GRADUAL_MEMBER_RELATION &&
			gradual_lookup_of_clone(rehearsal, member->address.objectId) == NULL)
			note_neighbours(rehearsal, members, member->address.objectId);
	}

	/* what depends on others first */
	for (int i = list_length(members) - 1; i >= 0; i--)
		let_go(rehearsal, members, list_nth(members, i));
	note_mentioned(rehearsal->command);
}

/* The indexes that go with a column, and the constraints that they serve. */
static List *
add_indexes(GradualRehearsal *rehearsal, List *roots, Oid relation, AttrNumber column)
{
	Relation	table = relation_open(relation, AccessShareLock);
	ListCell   *lc;

	foreach(lc, RelationGetIndexList(table))
	{
		Oid			oid = lfirst_oid(lc);
		Relation	index = relation_open(oid, AccessShareLock);
		bool		goes = false;

		for (int i = 0; i < index->rd_index->indnatts; i++)
			goes |= index->rd_index->indkey.values[i] == column;
		relation_close(index, NoLock);
		if (!goes || gradual_lookup_of_clone(rehearsal, oid) != NULL ||
			gradual_member_relation(rehearsal, oid) == NULL ||
			gradual_member_relation(rehearsal, oid)->gone)
			continue;
		roots = gradual_closure_add_root(roots, RelationRelationId, oid, 0);
		if (OidIsValid(get_index_constraint(oid)))
			roots = gradual_closure_add_root(roots, ConstraintRelationId, get_index_constraint(oid), 0);
	}
	relation_close(table, NoLock);
	return roots;
}

static List *
add_column(GradualRehearsal *rehearsal, List *roots, Oid relation, const char *name)
{
	AttrNumber	column = OidIsValid(relation) ? get_attnum(relation, name) : InvalidAttrNumber;

	if (column == InvalidAttrNumber)
		return roots;
	roots = gradual_closure_add_root(roots, RelationRelationId, relation, column);
	return add_indexes(rehearsal, roots, relation, column);
}

void
gradual_gone_cascade(GradualRehearsal *rehearsal, const GradualRelation *relation,
					 List *below, const char *column)
{
	List	   *roots = add_column(rehearsal, NIL, relation->oid, column);
	ListCell   *lc;

	roots = add_column(rehearsal, roots, relation->clone, column);
	foreach(lc, below)
	{
		const GradualRelation *table = lfirst(lc);

		roots = add_column(rehearsal, roots, table->oid, column);
		roots = add_column(rehearsal, roots, table->clone, column);
	}
	rehearsal->command->drop = palloc0(sizeof(GradualDrop));
	gradual_gone_drop(rehearsal, DROP_CASCADE, roots);
}

/* A constraint of a real table, or of its clone; what others hang on is its index. */
static List *
add_constraint(List *roots, Oid relation, const char *name)
{
	Oid			constraint = OidIsValid(relation) ?
	get_relation_constraint_oid(relation, name, true) : InvalidOid;
	Oid			index = OidIsValid(constraint) ? get_constraint_index(constraint) : InvalidOid;

	/* of a foreign key it is the index at the other end */
	if (!OidIsValid(index) || get_index_constraint(index) != constraint)
		return roots;
	roots = gradual_closure_add_root(roots, ConstraintRelationId, constraint, 0);
	return gradual_closure_add_root(roots, RelationRelationId, index, 0);
}

void
gradual_gone_cascade_constraint(GradualRehearsal *rehearsal, const GradualRelation *relation,
								const char *name)
{
	List	   *roots = add_constraint(NIL, relation->oid, name);

	rehearsal->command->drop = palloc0(sizeof(GradualDrop));
	gradual_gone_drop(rehearsal, DROP_CASCADE, add_constraint(roots, relation->clone, name));
	if (rehearsal->command->drop->along != NULL && relation->table != NULL &&
		relation->table->carried != NULL)
		gradual_script_refuse(rehearsal->statement, "DROP CONSTRAINT .. CASCADE",
							  "An earlier statement changes the type of a column of the table, with all that hangs on it.",
							  "Write it before that statement.");
}

void
gradual_gone_cascade_index(GradualRehearsal *rehearsal, const GradualRelation *index)
{
	List	   *roots = NIL;

	if (OidIsValid(index->oid))
		roots = gradual_closure_add_root(roots, RelationRelationId, index->oid, 0);
	rehearsal->command->drop = palloc0(sizeof(GradualDrop));
	gradual_gone_drop(rehearsal, DROP_CASCADE,
					  gradual_closure_add_root(roots, RelationRelationId, index->clone, 0));
}
