/*
 * object.c
 *	  Rehearsing COMMENT and GRANT: is there such an object, such a role?
 *
 * They are never executed on a real relation: there COMMENT takes a lock that
 * VACUUM waits for.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/formatting.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/part.h"
#include "script/redirect.h"

static void comment_on_relation(GradualRehearsal *rehearsal, CommentStmt *comment);
static void comment_on_part(GradualRehearsal *rehearsal, CommentStmt *comment);
static void comment_on_other(GradualRehearsal *rehearsal, CommentStmt *comment);
static GradualRelation *find_named(GradualRehearsal *rehearsal, List *name);
static void check_column(const GradualRelation *relation, const char *column);
static void check_grantees(List *grantees);
static void check_grantor(const GradualRelation *relation);

bool
gradual_rehearse_comment(GradualRehearsal *rehearsal, Node *node)
{
	CommentStmt *comment = (CommentStmt *) node;

	switch (comment->objtype)
	{
		case OBJECT_TABLE:
		case OBJECT_VIEW:
		case OBJECT_MATVIEW:
		case OBJECT_INDEX:
		case OBJECT_SEQUENCE:
		case OBJECT_FOREIGN_TABLE:
			comment_on_relation(rehearsal, comment);
			break;
		case OBJECT_COLUMN:
		case OBJECT_TABCONSTRAINT:
		case OBJECT_TRIGGER:
		case OBJECT_RULE:
		case OBJECT_POLICY:
			comment_on_part(rehearsal, comment);
			break;
		default:
			comment_on_other(rehearsal, comment);
			break;
	}
	return true;
}

/* What no table has.  USAGE is for sequences, which GRANT .. ON TABLE takes too. */
static void
check_privilege(const GradualRelation *relation, const GrantStmt *grant, const char *privilege)
{
	static const char *const others[] = {
		"execute", "create", "temporary", "temp", "connect", "set", "alter system"
	};

	if (grant->objtype != OBJECT_TABLE || privilege == NULL)
		return;
	if (strcmp(privilege, "usage") == 0 && relation->relkind != RELKIND_SEQUENCE)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_GRANT_OPERATION),
				 errmsg("invalid privilege type %s for table", "USAGE")));
	for (int i = 0; i < lengthof(others); i++)
	{
		if (strcmp(privilege, others[i]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_GRANT_OPERATION),
					 errmsg("invalid privilege type %s for relation",
							asc_toupper(privilege, strlen(privilege)))));
	}
}

bool
gradual_rehearse_grant(GradualRehearsal *rehearsal, Node *node)
{
	GrantStmt  *grant = (GrantStmt *) node;
	ListCell   *lc;
	ListCell   *privilege;

	check_grantees(grant->grantees);
	foreach(lc, grant->objects)
	{
		Node	   *object = lfirst(lc);
		GradualRelation *relation;
		Relation	opened = NULL;

		if (grant->targtype == ACL_TARGET_ALL_IN_SCHEMA)
			get_namespace_oid(strVal(object), false);
		else if (IsA(object, RangeVar))
		{
			relation = gradual_clone_find(rehearsal, (RangeVar *) object, false);
			if (grant->objtype == OBJECT_SEQUENCE)
				gradual_lookup_check_kind(relation, OBJECT_SEQUENCE);
			check_grantor(relation);
			if (relation->table != NULL)
			{
				rehearsal->command->table = relation->table;
				rehearsal->command->touches =
					list_append_unique_ptr(rehearsal->command->touches, relation->table);
			}
			foreach(privilege, grant->privileges)
			{
				ListCell   *column;

				check_privilege(relation, grant, ((AccessPriv *) lfirst(privilege))->priv_name);
				foreach(column, ((AccessPriv *) lfirst(privilege))->cols)
					check_column(relation, strVal(lfirst(column)));
			}
		}
		else if (grant->objtype != OBJECT_LARGEOBJECT && grant->objtype != OBJECT_PARAMETER_ACL)
		{
			if (grant->objtype == OBJECT_TYPE || grant->objtype == OBJECT_DOMAIN)
				object = (Node *) makeTypeNameFromNameList((List *) object);
			gradual_redirect_object(rehearsal, object);
			get_object_address(grant->objtype, object, &opened, AccessShareLock, false);
		}
	}
	return true;
}

static void
comment_on_relation(GradualRehearsal *rehearsal, CommentStmt *comment)
{
	GradualRelation *relation = find_named(rehearsal, (List *) comment->object);

	gradual_lookup_check_kind(relation, comment->objtype);
	gradual_lookup_check_owner(relation);
	rehearsal->command->table = relation->table;
}

/*
 * A constraint that is made anew later, with a column's new type, has to have the
 * comment: on the clone it is at hand.
 */
static bool
comment_on_clone(GradualRehearsal *rehearsal, GradualRelation *relation, CommentStmt *comment,
				 const char *constraint)
{
	if (!OidIsValid(get_relation_constraint_oid(relation->clone, constraint, true)))
		return false;
	comment->object = (Node *) list_make3(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
										  makeString(pstrdup(relation->clone_name)),
										  makeString(pstrdup(constraint)));
	gradual_clone_run(rehearsal, (Node *) comment);
	return true;
}

static bool
is_of_trigger(Oid constraint)
{
	HeapTuple	tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
	bool		is;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for constraint %u", constraint);
	is = ((Form_pg_constraint) GETSTRUCT(tuple))->contype == CONSTRAINT_TRIGGER;
	ReleaseSysCache(tuple);
	return is;
}

/*
 * The real table still has what the script has renamed or dropped, so only the
 * clone counts; but that one has no constraint triggers.
 */
static void
comment_on_constraint(GradualRehearsal *rehearsal, GradualRelation *relation,
					  CommentStmt *comment, const char *name)
{
	Oid			real = InvalidOid;

	if (relation->table == NULL || relation->relkind == RELKIND_FOREIGN_TABLE)
	{
		get_relation_constraint_oid(relation->oid, name, false);
		return;
	}
	gradual_clone_ensure(rehearsal, relation);
	if (comment_on_clone(rehearsal, relation, comment, name))
		return;
	if (OidIsValid(relation->oid))
		real = get_relation_constraint_oid(relation->oid, name, true);
	if (!OidIsValid(real) || !is_of_trigger(real))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("constraint \"%s\" for table \"%s\" does not exist", name,
						relation->name)));
}

/* relation.name, where a relation of the script may have it on its clone only */
static void
comment_on_part(GradualRehearsal *rehearsal, CommentStmt *comment)
{
	List	   *names = list_copy((List *) comment->object);
	char	   *part = strVal(llast(names));
	GradualRelation *relation;

	names = list_truncate(names, list_length(names) - 1);
	if (names == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("column name must be qualified")));
	relation = find_named(rehearsal, names);
	gradual_lookup_check_owner(relation);
	rehearsal->command->table = relation->table;
	if (comment->objtype == OBJECT_COLUMN)
	{
		if (relation->relkind == RELKIND_SEQUENCE || GRADUAL_IS_INDEX(relation->relkind))
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("cannot set comment on relation \"%s\"", relation->name),
					 errdetail_relkind_not_supported(relation->relkind)));
		rehearsal->command->column = part;
		check_column(relation, part);
		return;
	}
	if (comment->objtype == OBJECT_TABCONSTRAINT)
		comment_on_constraint(rehearsal, relation, comment, part);
	else
		gradual_part_require(rehearsal, relation, comment->objtype, part);
}

static void
comment_on_other(GradualRehearsal *rehearsal, CommentStmt *comment)
{
	ObjectAddress address;
	Relation	relation = NULL;

	gradual_redirect_object(rehearsal, comment->object);
	address = get_object_address(comment->objtype, comment->object, &relation,
								 AccessShareLock, false);
	check_object_ownership(GetUserId(), comment->objtype, address, comment->object, relation);
	if (relation != NULL)
		relation_close(relation, NoLock);
}

static GradualRelation *
find_named(GradualRehearsal *rehearsal, List *name)
{
	return gradual_clone_find(rehearsal, makeRangeVarFromNameList(name), false);
}

static void
check_column(const GradualRelation *relation, const char *column)
{
	Oid			oid = OidIsValid(relation->clone) ? relation->clone : relation->oid;

	if (get_attnum(oid, column) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, relation->name)));
}

static void
check_grantees(List *grantees)
{
	ListCell   *lc;

	foreach(lc, grantees)
	{
		RoleSpec   *role = lfirst_node(RoleSpec, lc);

		if (role->roletype != ROLESPEC_PUBLIC)
			get_rolespec_oid(role, false);
	}
}

bool
gradual_rehearse_grant_role(GradualRehearsal *rehearsal, Node *node)
{
	GrantRoleStmt *grant = (GrantRoleStmt *) node;
	ListCell   *lc;

	foreach(lc, grant->granted_roles)
		get_role_oid(lfirst_node(AccessPriv, lc)->priv_name, false);
	check_grantees(grant->grantee_roles);
	return true;
}

/* Who has any right may try: the server warns if it can grant nothing. */
static void
check_grantor(const GradualRelation *relation)
{
	AclMode		all = relation->relkind == RELKIND_SEQUENCE ?
	ACL_ALL_RIGHTS_SEQUENCE : ACL_ALL_RIGHTS_RELATION;

	all |= ACL_GRANT_OPTION_FOR(all);
	if (OidIsValid(relation->oid) &&
		!object_ownercheck(RelationRelationId, relation->oid, GetUserId()) &&
		pg_class_aclmask(relation->oid, GetUserId(), all, ACLMASK_ANY) == ACL_NO_RIGHTS &&
		pg_attribute_aclcheck_all(relation->oid, GetUserId(), ACL_ALL_RIGHTS_COLUMN, ACLMASK_ANY) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(relation->relkind),
					   relation->name);
}
