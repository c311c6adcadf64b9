/*
 * alter_object.c
 *	  Rehearsing what changes objects that are no relations, or makes such as
 *	  nothing else here makes: casts, operator classes, servers, publications.
 *
 * Where that locks no table it is done for real, in the subtransaction, so that
 * later statements find the objects as they will be.  A domain's constraint
 * would be checked on all rows of its tables under lock, so there it is added
 * without that, or only looked at.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/objectaddress.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_depend.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_publication.h"
#include "catalog/pg_publication_rel.h"
#include "commands/extension.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "base/compat.h"
#include "script/catalog.h"
#include "script/clone.h"
#include "script/closure.h"
#include "script/lookup.h"
#include "script/member.h"
#include "script/part.h"
#include "script/redirect.h"
#include "script/rename_type.h"

static void note_tables_of(GradualRehearsal *rehearsal, Oid type, List **seen);

/* The types and arguments that the statement names. */
static void
redirect_names(GradualRehearsal *rehearsal, Node *node)
{
	switch (nodeTag(node))
	{
		case T_AlterFunctionStmt:
			gradual_redirect_object(rehearsal, (Node *) ((AlterFunctionStmt *) node)->func);
			break;
		case T_AlterOwnerStmt:
			gradual_redirect_object(rehearsal, ((AlterOwnerStmt *) node)->object);
			break;
		case T_AlterOperatorStmt:
			gradual_redirect_object(rehearsal, (Node *) ((AlterOperatorStmt *) node)->opername);
			break;
		case T_CreateCastStmt:
			gradual_redirect_object(rehearsal, (Node *) ((CreateCastStmt *) node)->sourcetype);
			gradual_redirect_object(rehearsal, (Node *) ((CreateCastStmt *) node)->targettype);
			gradual_redirect_object(rehearsal, (Node *) ((CreateCastStmt *) node)->func);
			break;
		case T_CreateOpClassStmt:
			gradual_redirect_object(rehearsal, (Node *) ((CreateOpClassStmt *) node)->datatype);
			break;
		case T_CreateTransformStmt:
			gradual_redirect_object(rehearsal, (Node *) ((CreateTransformStmt *) node)->type_name);
			break;
		default:
			break;
	}
}

bool
gradual_rehearse_for_real(GradualRehearsal *rehearsal, Node *node)
{
	redirect_names(rehearsal, node);
	gradual_clone_run(rehearsal, node);
	return true;
}

/* Its expressions are tried on the clone, under a name of their own. */
bool
gradual_rehearse_alter_policy(GradualRehearsal *rehearsal, Node *node)
{
	AlterPolicyStmt *alter = (AlterPolicyStmt *) node;
	CreatePolicyStmt *create = makeNode(CreatePolicyStmt);
	GradualRelation *relation = gradual_lookup_find(rehearsal, alter->table, false);

	gradual_lookup_check_owner(relation);
	gradual_part_require(rehearsal, relation, OBJECT_POLICY, alter->policy_name);
	gradual_redirect_relation(rehearsal, alter->table);
	rehearsal->command->table = relation->table;
	rehearsal->command->touches = NIL;
	gradual_redirect(rehearsal, alter->qual);
	gradual_redirect(rehearsal, alter->with_check);
	if (OidIsValid(gradual_part_on_clone(relation, OBJECT_POLICY, alter->policy_name)))
	{
		gradual_clone_run(rehearsal, node);
		return true;
	}
	create->policy_name = psprintf("_gradual_altered_%d", rehearsal->statement->number);
	create->table = alter->table;
	create->cmd_name = "all";
	create->permissive = true;
	create->roles = alter->roles != NIL ? alter->roles :
		list_make1(makeNode(RoleSpec));
	if (alter->roles == NIL)
		((RoleSpec *) linitial(create->roles))->roletype = ROLESPEC_PUBLIC;
	create->qual = alter->qual;
	create->with_check = alter->with_check;
	gradual_clone_run(rehearsal, (Node *) create);
	return true;
}

/* --- domains and composite types --- */

static Oid
find_type(List *names, char type)
{
	Oid			oid = typenameTypeId(NULL, makeTypeNameFromNameList(names));

	if (get_typtype(oid) != type)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg(type == TYPTYPE_DOMAIN ? "%s is not a domain" : "%s is not a composite type",
						format_type_be(oid))));
	if (!object_ownercheck(TypeRelationId, oid, GetUserId()))
		aclcheck_error_type(ACLCHECK_NOT_OWNER, oid);
	return oid;
}

static bool
adds_not_null(const AlterDomainStmt *alter)
{
	return alter->subtype == 'O' ||
		(alter->subtype == 'C' && ((Constraint *) alter->def)->contype == CONSTR_NOTNULL);
}

/* Also ALTER DOMAIN .. ADD .. NOT VALID finds nobody's rows. */
static bool
looks_at_rows(const AlterDomainStmt *alter)
{
	return adds_not_null(alter) || alter->subtype == 'V' ||
		(alter->subtype == 'C' && !((Constraint *) alter->def)->skip_validation);
}

bool
gradual_rehearse_alter_domain(GradualRehearsal *rehearsal, Node *node)
{
	AlterDomainStmt *alter = (AlterDomainStmt *) node;
	Oid			domain = find_type(alter->typeName, TYPTYPE_DOMAIN);
	List	   *seen = NIL;

	if (looks_at_rows(alter))
		note_tables_of(rehearsal, domain, &seen);
	if (adds_not_null(alter))
		return true;
	if (alter->subtype == 'V')
	{
		get_domain_constraint_oid(domain, alter->name, false);
		return true;
	}
	if (alter->subtype == 'C')
	{
		Constraint *constraint = (Constraint *) alter->def;

		gradual_redirect(rehearsal, constraint->raw_expr);
		constraint->skip_validation = true;
		constraint->initially_valid = false;
	}
	gradual_clone_run(rehearsal, node);
	return true;
}

/* Attributes; nobody keeps a lock on the relation of a composite type. */
bool
gradual_rehearse_alter_type(GradualRehearsal *rehearsal, Node *node)
{
	AlterTableStmt *alter = (AlterTableStmt *) node;
	ListCell   *lc;

	foreach(lc, alter->cmds)
	{
		AlterTableCmd *command = lfirst_node(AlterTableCmd, lc);

		if (command->behavior == DROP_CASCADE && command->subtype != AT_ChangeOwner &&
			gradual_rename_reaches_tables(rehearsal, alter->relation))
			return false;
		if (command->def != NULL && IsA(command->def, ColumnDef))
			gradual_redirect(rehearsal, command->def);
	}
	gradual_clone_run(rehearsal, node);
	return true;
}

/*
 * Tables with columns of a type, or of others that are made of it.  A composite
 * type and its relation depend on each other.
 */
static void
note_tables_of(GradualRehearsal *rehearsal, Oid type, List **seen)
{
	GradualCommand *command = rehearsal->command;
	ObjectAddress address;
	ListCell   *lc;

	if (list_member_oid(*seen, type))
		return;
	*seen = lappend_oid(*seen, type);
	ObjectAddressSet(address, TypeRelationId, type);
	foreach(lc, gradual_catalog_dependencies(&address))
	{
		Form_pg_depend dependency = lfirst(lc);
		char		relkind = dependency->classid == RelationRelationId ?
		get_rel_relkind(dependency->objid) : '\0';

		if (dependency->classid == TypeRelationId)
			note_tables_of(rehearsal, dependency->objid, seen);
		else if (relkind == RELKIND_COMPOSITE_TYPE)
			note_tables_of(rehearsal, get_rel_type_id(dependency->objid), seen);
		else if ((relkind == RELKIND_RELATION || relkind == RELKIND_MATVIEW ||
				  relkind == RELKIND_PARTITIONED_TABLE) && dependency->objsubid > 0 &&
				 get_rel_namespace(dependency->objid) != rehearsal->temp)
			command->touches =
				list_append_unique_ptr(command->touches,
									   gradual_lookup_real(rehearsal, dependency->objid)->table);
	}
}

/* --- what is only looked at --- */

/* As the server says it when it publishes these columns of the table. */
static void
require_columns(const GradualRelation *relation, Oid shape, List *columns)
{
	Bitmapset  *seen = NULL;
	ListCell   *lc;

	foreach(lc, columns)
	{
		const char *name = strVal(lfirst(lc));
		AttrNumber	number = get_attnum(shape, name);

		if (number == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of relation \"%s\" does not exist",
							name, relation->name)));
		if (number < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_COLUMN_REFERENCE),
					 errmsg("cannot use system column \"%s\" in publication column list", name)));
		if (bms_is_member(number, seen))
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_OBJECT),
					 errmsg("duplicate column \"%s\" in publication column list", name)));
		seen = bms_add_member(seen, number);
	}
}

/* Of a condition: a name that stands alone is one of a column. */
static bool
require_column_names(Node *node, void *shape)
{
	ColumnRef  *column = (ColumnRef *) node;

	if (node == NULL)
		return false;
	if (!IsA(node, ColumnRef))
		return raw_expression_tree_walker(node, require_column_names, shape);
	if (list_length(column->fields) == 1 && IsA(linitial(column->fields), String) &&
		get_attnum(*(Oid *) shape, strVal(linitial(column->fields))) == InvalidAttrNumber)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" does not exist", strVal(linitial(column->fields)))));
	return false;
}

/* As the server says it */
static void
require_permanent(const GradualRelation *relation)
{
	if (relation->table != NULL && relation->table->unlogged)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cannot add relation \"%s\" to publication", relation->name),
				 errdetail("This operation is not supported for unlogged tables.")));
}

/* A table is published with those that inherit from it: of the script, and real ones. */
static void
require_permanent_below(GradualRehearsal *rehearsal, const GradualRelation *relation)
{
	List	   *children = OidIsValid(relation->clone) ?
	find_inheritance_children(relation->clone, NoLock) : NIL;
	ListCell   *lc;

	if (OidIsValid(relation->oid))
		children = list_concat(children,
							   find_inheritance_children(relation->oid, AccessShareLock));
	foreach(lc, children)
	{
		GradualRelation *child = gradual_member_find(rehearsal, lfirst_oid(lc));

		if (child->gone ||
			(OidIsValid(child->oid) && gradual_part_has_left(rehearsal, child->oid, relation->oid)))
			continue;
		require_permanent(child);
		require_permanent_below(rehearsal, child);
	}
}

static void
require_table(GradualRehearsal *rehearsal, PublicationObjSpec *object, bool adds)
{
	GradualRelation *relation;
	Oid			shape;

	if (object->pubobjtype != PUBLICATIONOBJ_TABLE || object->pubtable == NULL)
		return;
	relation = gradual_lookup_find(rehearsal, object->pubtable->relation, false);
	gradual_lookup_check_owner(relation);
	shape = OidIsValid(relation->clone) ? relation->clone : relation->oid;
	(void) require_column_names(object->pubtable->whereClause, &shape);
	if (adds)
		require_permanent(relation);
	if (adds && relation->relkind == RELKIND_RELATION && object->pubtable->relation->inh)
		require_permanent_below(rehearsal, relation);
	require_columns(relation, shape, object->pubtable->columns);
	if (relation->table != NULL)
		rehearsal->command->touches =
			list_append_unique_ptr(rehearsal->command->touches, relation->table);
}

static bool
is_named(GradualRehearsal *rehearsal, List *objects, Oid table)
{
	ListCell   *lc;

	foreach(lc, objects)
	{
		PublicationObjSpec *object = lfirst(lc);

		if (object->pubobjtype == PUBLICATIONOBJ_TABLE && object->pubtable != NULL &&
			gradual_lookup_find(rehearsal, object->pubtable->relation, false)->oid == table)
			return true;
	}
	return false;
}

/* Tables that ALTER PUBLICATION .. DROP names, or SET does not. */
static void
note_unpublished(GradualRehearsal *rehearsal, const AlterPublicationStmt *alter)
{
	ObjectAddress publication;
	ListCell   *lc;

	if (alter->action != AP_DropObjects && alter->action != AP_SetObjects)
		return;
	ObjectAddressSet(publication, PublicationRelationId,
					 get_publication_oid(alter->pubname, false));
	foreach(lc, gradual_catalog_dependencies(&publication))
	{
		Form_pg_depend dependency = lfirst(lc);
		ObjectAddress object;

		ObjectAddressSet(object, dependency->classid, dependency->objid);
		if (object.classId == PublicationRelRelationId &&
			is_named(rehearsal, alter->pubobjects,
					 gradual_member_identify(rehearsal, &object)->relation) ==
			(alter->action == AP_DropObjects))
			gradual_closure_gone(rehearsal, &object);
	}
}

bool
gradual_rehearse_publication(GradualRehearsal *rehearsal, Node *node)
{
	bool		adds = true;
	List	   *objects;
	ListCell   *lc;

	if (IsA(node, CreatePublicationStmt))
	{
		CreatePublicationStmt *create = (CreatePublicationStmt *) node;

		objects = create->pubobjects;
		create->pubobjects = NIL;
		if (!create->for_all_tables)
			gradual_clone_run(rehearsal, node);
	}
	else
	{
		adds = ((AlterPublicationStmt *) node)->action != AP_DropObjects;
		objects = ((AlterPublicationStmt *) node)->pubobjects;
		get_publication_oid(((AlterPublicationStmt *) node)->pubname, false);
	}
	foreach(lc, objects)
		require_table(rehearsal, lfirst(lc), adds);
	if (IsA(node, AlterPublicationStmt))
		note_unpublished(rehearsal, (AlterPublicationStmt *) node);
	return true;
}

/* Its scripts may do anything. */
bool
gradual_rehearse_alter_extension(GradualRehearsal *rehearsal, Node *node)
{
	const char *name = IsA(node, AlterExtensionStmt) ?
	((AlterExtensionStmt *) node)->extname : ((AlterExtensionContentsStmt *) node)->extname;

	get_extension_oid(name, false);
	if (strcmp(name, "pg_gradual") == 0)
		gradual_script_refuse(rehearsal->statement, "ALTER EXTENSION pg_gradual",
							  "It is what runs the migration.", NULL);
	return true;
}
