/*
 * closure.c
 *	  What goes with objects that the script drops.
 *
 * Read from pg_depend, where the originals stand as they were before the script
 * and the clones as it has left them.  So where a relation has a clone, the
 * clone speaks for its columns, defaults, constraints and indexes, and what it
 * lacks (triggers, rules, policies, foreign keys) is read off the original.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/dependency.h"
#include "catalog/partition.h"
#include "catalog/pg_attrdef.h"
#include "catalog/pg_depend.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/closure.h"
#include "script/lookup.h"
#include "script/part.h"

typedef struct Closure
{
	GradualRehearsal *rehearsal;
	List	   *members;		/* of GradualMember * */
	StringInfoData detail;		/* a line each, as PostgreSQL has it */
} Closure;

static void follow_parts(Closure *closure, const GradualMember *of);
static void follow_others(Closure *closure, const GradualMember *of);
static void require_owner_gone(Closure *closure, const GradualMember *root);
static void refuse(const Closure *closure, List *roots);

List *
gradual_closure_add_root(List *roots, Oid catalog, Oid oid, int part)
{
	ObjectAddress *root;
	ListCell   *lc;

	foreach(lc, roots)
	{
		root = lfirst(lc);
		if (root->classId == catalog && root->objectId == oid && root->objectSubId == part)
			return roots;		/* a statement may name it twice */
	}
	root = palloc(sizeof(ObjectAddress));
	ObjectAddressSubSet(*root, catalog, oid, part);
	return lappend(roots, root);
}

List *
gradual_closure_find(GradualRehearsal *rehearsal, List *roots, DropBehavior behavior)
{
	Closure		closure = {.rehearsal = rehearsal};
	List	   *members = NIL;
	ListCell   *lc;

	initStringInfo(&closure.detail);
	foreach(lc, roots)
		members = lappend(members, gradual_member_identify(rehearsal, lfirst(lc)));
	closure.members = list_copy(members);
	foreach(lc, members)
		require_owner_gone(&closure, lfirst(lc));
	foreach(lc, members)
		follow_parts(&closure, lfirst(lc));
	foreach(lc, closure.members)	/* which grows */
		follow_others(&closure, lfirst(lc));
	if (closure.detail.len > 0 && behavior != DROP_CASCADE)
		refuse(&closure, members);
	return closure.members;
}

void
gradual_closure_gone(GradualRehearsal *rehearsal, const ObjectAddress *object)
{
	ObjectAddress *gone = palloc(sizeof(ObjectAddress));

	*gone = *object;
	rehearsal->gone_objects = lappend(rehearsal->gone_objects, gone);
}

/* --- what the script has changed about it --- */

static bool
is_member(List *members, const ObjectAddress *object)
{
	ListCell   *lc;

	foreach(lc, members)
	{
		const ObjectAddress *member = &((GradualMember *) lfirst(lc))->address;

		if (member->classId == object->classId && member->objectId == object->objectId &&
			(member->objectSubId == 0 || member->objectSubId == object->objectSubId))
			return true;
	}
	return false;
}

static bool
is_gone(GradualRehearsal *rehearsal, const ObjectAddress *object)
{
	ListCell   *lc;

	foreach(lc, rehearsal->gone_objects)
	{
		const ObjectAddress *gone = lfirst(lc);

		if (gone->classId == object->classId && gone->objectId == object->objectId &&
			(gone->objectSubId == 0 || gone->objectSubId == object->objectSubId))
			return true;
	}
	return false;
}

/* Has the script taken it from an original, or does the clone speak for it? */
static bool
is_out_of_original(GradualRehearsal *rehearsal, const GradualMember *member,
				   const GradualRelation *relation)
{
	switch (member->kind)
	{
		case GRADUAL_MEMBER_TRIGGER:
			return gradual_part_is_gone(rehearsal, relation->oid, OBJECT_TRIGGER, member->name);
		case GRADUAL_MEMBER_RULE:
			return gradual_part_is_gone(rehearsal, relation->oid, OBJECT_RULE, member->name);
		case GRADUAL_MEMBER_POLICY:
			return gradual_part_is_gone(rehearsal, relation->oid, OBJECT_POLICY, member->name);
		case GRADUAL_MEMBER_FOREIGN_KEY:
			return gradual_member_constraint_is_gone(rehearsal, relation->oid, member->name);
		case GRADUAL_MEMBER_COLUMN:
		case GRADUAL_MEMBER_DEFAULT:
		case GRADUAL_MEMBER_CONSTRAINT:
		case GRADUAL_MEMBER_INDEX:
			return OidIsValid(relation->clone);
		case GRADUAL_MEMBER_RELATION:
			/* a view that was replaced, a sequence that was given away */
			return relation->reowned ||
				(relation->relkind == RELKIND_VIEW && OidIsValid(relation->clone));
		default:
			return false;
	}
}

static bool
sets_default(const GradualCommand *command, Oid table, const char *column)
{
	const AlterTableCmd *cmd = (AlterTableCmd *) command->node;

	return command->table != NULL && command->table->oid == table &&
		IsA(cmd, AlterTableCmd) && cmd->subtype == AT_ColumnDefault &&
		((AlterTableStmt *) command->statement->node)->relation->inh &&
		strcmp(cmd->name, column) == 0;
}

/* Has the script set that of the partitioned table's column, or dropped it? */
static bool
is_default_set(GradualRehearsal *rehearsal, Oid table, const ObjectAddress *of_partition)
{
	ObjectAddress column = GetAttrDefaultColumnAddress(of_partition->objectId);
	char	   *name = get_attname(column.objectId, column.objectSubId, false);
	ListCell   *lc;

	foreach(lc, gradual_lookup_commands_before(rehearsal))
	{
		if (sets_default(lfirst(lc), table, name))
			return true;
	}
	return false;
}

/* What a statement about the partitioned table has done to its partition, which has no clone */
static bool
went_with_parent(GradualRehearsal *rehearsal, const GradualMember *member, Oid parent)
{
	switch (member->kind)
	{
		case GRADUAL_MEMBER_COLUMN:
			return true;		/* it has the type of the parent's */
		case GRADUAL_MEMBER_DEFAULT:
			return is_default_set(rehearsal, parent, &member->address);
		case GRADUAL_MEMBER_CONSTRAINT:
			return gradual_member_constraint_is_gone(rehearsal, parent, member->name);
		default:
			return false;
	}
}

static bool
is_out_of_partition(GradualRehearsal *rehearsal, const GradualMember *member)
{
	ListCell   *lc;

	if (!get_rel_relispartition(member->relation))
		return false;
	foreach(lc, get_partition_ancestors(member->relation))
	{
		GradualRelation *parent = gradual_member_relation(rehearsal, lfirst_oid(lc));

		if (parent != NULL && OidIsValid(parent->clone) &&
			went_with_parent(rehearsal, member, parent->oid))
			return true;
	}
	return false;
}

bool
gradual_closure_is_out(GradualRehearsal *rehearsal, const GradualMember *member,
					   const ObjectAddress *of)
{
	GradualRelation *relation;

	if (is_gone(rehearsal, &member->address))
		return true;
	if (!OidIsValid(member->relation))
		return false;
	if (is_out_of_partition(rehearsal, member))
		return true;
	relation = gradual_member_relation(rehearsal, member->relation);
	if (relation == NULL)
		return get_rel_namespace(member->relation) == rehearsal->temp;
	if (relation->gone)
		return true;

	/* moved to another schema */
	if (of->classId == NamespaceRelationId)
		return relation->schema != of->objectId;
	if (relation->oid != member->relation)
		return false;
	if (of->classId == RelationRelationId &&
		gradual_part_has_left(rehearsal, relation->oid, of->objectId))
		return true;
	return is_out_of_original(rehearsal, member, relation);
}

/* --- walking --- */

/* The object that this one is a part of, by one of the kinds of dependency. */
static bool
find_owner(const ObjectAddress *object, const char *kinds, ObjectAddress *owner)
{
	Relation	depend = table_open(DependRelationId, AccessShareLock);
	ScanKeyData key[2];
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found = false;

	ScanKeyInit(&key[0], Anum_pg_depend_classid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->classId));
	ScanKeyInit(&key[1], Anum_pg_depend_objid, BTEqualStrategyNumber,
				F_OIDEQ, ObjectIdGetDatum(object->objectId));
	scan = systable_beginscan(depend, DependDependerIndexId, true, NULL, 2, key);
	while (!found && HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_depend dependency = (Form_pg_depend) GETSTRUCT(tuple);

		if (strchr(kinds, dependency->deptype) == NULL ||
			dependency->objsubid != object->objectSubId)
			continue;
		ObjectAddressSubSet(*owner, dependency->refclassid, dependency->refobjid,
							dependency->refobjsubid);
		found = true;
	}
	systable_endscan(scan);
	table_close(depend, AccessShareLock);
	return found;
}

static void
require_owner_gone(Closure *closure, const GradualMember *root)
{
	static const char kinds[] = {DEPENDENCY_INTERNAL, DEPENDENCY_EXTENSION,
	DEPENDENCY_PARTITION_PRI, '\0'};
	ObjectAddress owner;
	GradualMember *member;

	if (!find_owner(&root->address, kinds, &owner) || is_member(closure->members, &owner))
		return;
	member = gradual_member_identify(closure->rehearsal, &owner);
	if (gradual_closure_is_out(closure->rehearsal, member, &owner))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 errmsg("cannot drop %s because %s requires it", root->words, member->words),
			 errhint("You can drop %s instead.", member->words)));
}

/* The member that an object becomes; NULL: it is one, or is not there any more. */
static GradualMember *
new_member(Closure *closure, const ObjectAddress *object, const GradualMember *of)
{
	GradualMember *member = gradual_member_identify(closure->rehearsal, object);

	if (is_member(closure->members, &member->address) ||
		gradual_closure_is_out(closure->rehearsal, member, &of->address))
		return NULL;
	return member;
}

/* What goes without being asked for: parts, and parts of these. */
static void
follow_parts(Closure *closure, const GradualMember *of)
{
	ListCell   *lc;

	foreach(lc, gradual_catalog_dependencies(&of->address))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress object;
		GradualMember *member;

		if (dependency->deptype == DEPENDENCY_NORMAL)
			continue;
		ObjectAddressSubSet(object, dependency->classid, dependency->objid,
							dependency->objsubid);
		member = new_member(closure, &object, of);
		if (member == NULL)
			continue;
		closure->members = lappend(closure->members, member);
		follow_parts(closure, member);
	}
}

/*
 * What needs CASCADE.  What is only a part of a third object stands for that, if
 * that does not go anyway.
 */
static void
follow_others(Closure *closure, const GradualMember *of)
{
	static const char kinds[] = {DEPENDENCY_INTERNAL, DEPENDENCY_EXTENSION, '\0'};
	ListCell   *lc;

	foreach(lc, gradual_catalog_dependencies(&of->address))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress object;
		ObjectAddress owner;
		GradualMember *member;

		if (dependency->deptype != DEPENDENCY_NORMAL)
			continue;
		ObjectAddressSubSet(object, dependency->classid, dependency->objid,
							dependency->objsubid);
		member = new_member(closure, &object, of);
		if (member == NULL && !is_member(closure->members, &object))
			closure->rehearsal->command->freed = true;
		if (member != NULL && find_owner(&member->address, kinds, &owner) &&
			!is_member(closure->members, &owner))
			member = new_member(closure, &owner, of);
		if (member == NULL)
			continue;
		appendStringInfo(&closure->detail, "%s%s depends on %s",
						 closure->detail.len > 0 ? "\n" : "", member->words, of->words);
		member->cascaded = true;
		closure->members = lappend(closure->members, member);
		follow_parts(closure, member);
	}
}

static void
refuse(const Closure *closure, List *roots)
{
	ListCell   *lc;
	int			count = 0;

	/* a relation and its clone are one */
	foreach(lc, roots)
	{
		GradualMember *root = lfirst(lc);
		GradualRelation *relation = OidIsValid(root->relation) ?
		gradual_lookup_of_clone(closure->rehearsal, root->relation) : NULL;

		count += relation == NULL || !OidIsValid(relation->oid);
	}
	ereport(ERROR,
			(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
			 count == 1 ?
			 errmsg("cannot drop %s because other objects depend on it",
					((GradualMember *) linitial(roots))->words) :
			 errmsg("cannot drop desired object(s) because other objects depend on them"),
			 errdetail("%s", closure->detail.data),
			 errhint("Drop them before it in the script, or by hand.")));
}
