/*
 * redirect.c
 *	  From the names of a raw tree to those of the clones.
 *
 * Besides the relations of FROM and of DDL, four things name a relation:
 * schema.table.column, the type of a table's rows, column%TYPE, and a constant
 * that will be a regclass.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/makefuncs.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/texts.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"

typedef struct GradualRedirect
{
	GradualRehearsal *rehearsal;
	List	   *ctes;			/* of char *: WITH names in sight */
	List	   *done;			/* RangeVars that are dealt with */
	List	   *unaliased;		/* of char *: relations without an alias */
} GradualRedirect;

static bool collect_unaliased(Node *node, void *context);
static bool walk(Node *node, void *context);
static bool walk_statement(Node *node, GradualRedirect *redirect);
static void redirect_from(GradualRedirect *redirect, RangeVar *name);
static void redirect_read(GradualRedirect *redirect, RangeVar *name);
static void redirect_target(GradualRedirect *redirect, RangeVar *name, AclMode right);
static void redirect_column(GradualRedirect *redirect, ColumnRef *column);
static void redirect_type(GradualRehearsal *rehearsal, TypeName *type);
static void redirect_regclass(GradualRehearsal *rehearsal, Node *node);
static void redirect_constraint(GradualRehearsal *rehearsal, Constraint *constraint);
static bool wants_alias(GradualRedirect *redirect, const GradualRelation *relation,
						const char *name);
static void point_at_clone(GradualRedirect *redirect, RangeVar *name,
						   const GradualRelation *relation);

void
gradual_redirect(GradualRehearsal *rehearsal, Node *node)
{
	GradualRedirect redirect = {rehearsal, NIL, NIL, NIL};

	collect_unaliased(node, &redirect);
	walk(node, &redirect);
}

GradualRelation *
gradual_redirect_relation(GradualRehearsal *rehearsal, RangeVar *name)
{
	GradualRelation *relation = gradual_lookup_find(rehearsal, name, false);
	GradualCommand *command = rehearsal->command;

	gradual_clone_ensure(rehearsal, relation);
	if (relation->table != NULL && relation->table != command->table)
		command->touches = list_append_unique_ptr(command->touches, relation->table);
	name->catalogname = NULL;
	name->schemaname = pstrdup(GRADUAL_CLONE_SCHEMA);
	name->relname = pstrdup(relation->clone_name);
	return relation;
}

void
gradual_redirect_created(const GradualRelation *relation, RangeVar *name)
{
	name->catalogname = NULL;
	name->schemaname = pstrdup(GRADUAL_CLONE_SCHEMA);
	name->relname = pstrdup(relation->clone_name);
	name->relpersistence = RELPERSISTENCE_TEMP;
}

void
gradual_redirect_elements(GradualRehearsal *rehearsal, List *elements)
{
	ListCell   *lc;

	foreach(lc, elements)
	{
		Node	   *element = lfirst(lc);

		if (IsA(element, ColumnDef))
		{
			gradual_redirect(rehearsal, element);
			gradual_redirect_elements(rehearsal, ((ColumnDef *) element)->constraints);
		}
		else if (IsA(element, Constraint))
			redirect_constraint(rehearsal, (Constraint *) element);
		else if (IsA(element, TableLikeClause))
			gradual_redirect(rehearsal, (Node *) ((TableLikeClause *) element)->relation);
	}
}

void
gradual_redirect_subcommand(GradualRehearsal *rehearsal, AlterTableCmd *command)
{
	Node	   *definition = command->def;

	switch (command->subtype)
	{
		case AT_AddColumn:
		case AT_AlterColumnType:
		case AT_AddConstraint:
		case AT_AddIdentity:
			gradual_redirect_elements(rehearsal, list_make1(definition));
			break;
		case AT_AddInherit:
		case AT_DropInherit:
			gradual_redirect_relation(rehearsal, (RangeVar *) definition);
			break;
		case AT_AttachPartition:
			rehearsal->command->checks =
				gradual_redirect_relation(rehearsal, ((PartitionCmd *) definition)->name)->table;
			break;
		case AT_DetachPartition:
		case AT_DetachPartitionFinalize:
			gradual_redirect_relation(rehearsal, ((PartitionCmd *) definition)->name);
			break;
		case AT_ColumnDefault:
		case AT_AddOf:
			gradual_redirect(rehearsal, definition);
			break;
		default:
			break;
	}
}

void
gradual_redirect_owned_by(GradualRehearsal *rehearsal, List *options)
{
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);
		List	   *names = (List *) option->arg;
		RangeVar   *name;
		GradualRelation *table;

		if (strcmp(option->defname, "owned_by") != 0 || list_length(names) < 2)
			continue;
		name = makeRangeVarFromNameList(list_truncate(list_copy(names), list_length(names) - 1));
		table = gradual_redirect_relation(rehearsal, name);
		if (OidIsValid(table->new_owner) && table->new_owner != GetUserId())
			ereport(ERROR,
					(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
					 errmsg("sequence must have same owner as table it is linked to")));
		option->arg = (Node *) list_make3(makeString(name->schemaname),
										  makeString(name->relname), llast(names));
	}
}

void
gradual_redirect_object(GradualRehearsal *rehearsal, Node *object)
{
	ListCell   *lc;

	/* no arguments; or an operator without a left one */
	if (object == NULL)
		return;
	if (IsA(object, TypeName))
		redirect_type(rehearsal, (TypeName *) object);
	else if (IsA(object, FunctionParameter))
		redirect_type(rehearsal, ((FunctionParameter *) object)->argType);
	else if (IsA(object, ObjectWithArgs))
	{
		gradual_redirect_object(rehearsal, (Node *) ((ObjectWithArgs *) object)->objargs);
		gradual_redirect_object(rehearsal, (Node *) ((ObjectWithArgs *) object)->objfuncargs);
	}
	else if (IsA(object, List))
	{
		foreach(lc, (List *) object)
			gradual_redirect_object(rehearsal, lfirst(lc));
	}
}

/* The server's walker knows the trees of DML; these two are in bodies and rules. */
static bool
walk_below(Node *node, bool (*walker) (Node *node, void *context), void *context)
{
	if (IsA(node, ReturnStmt))
		return walker(((ReturnStmt *) node)->returnval, context);
	if (IsA(node, NotifyStmt))
		return false;
	return raw_expression_tree_walker(node, walker, context);
}

static bool
collect_unaliased(Node *node, void *context)
{
	GradualRedirect *redirect = context;

	if (node == NULL)
		return false;
	if (IsA(node, RangeVar))
	{
		RangeVar   *name = (RangeVar *) node;

		if (name->alias == NULL)
			redirect->unaliased = lappend(redirect->unaliased, pstrdup(name->relname));
		return false;
	}
	return walk_below(node, collect_unaliased, context);
}

static bool
walk(Node *node, void *context)
{
	GradualRedirect *redirect = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_SelectStmt:
		case T_InsertStmt:
		case T_UpdateStmt:
		case T_DeleteStmt:
		case T_MergeStmt:
			return walk_statement(node, redirect);
		case T_RangeVar:
			redirect_from(redirect, (RangeVar *) node);
			return false;
		case T_ColumnRef:
			redirect_column(redirect, (ColumnRef *) node);
			return false;
		case T_TypeName:
			redirect_type(redirect->rehearsal, (TypeName *) node);
			break;
		case T_TypeCast:
			{
				TypeCast   *cast = (TypeCast *) node;

				if (strcmp(strVal(llast(cast->typeName->names)), "regclass") == 0)
					redirect_regclass(redirect->rehearsal, cast->arg);
			}
			break;
		case T_FuncCall:
			{
				FuncCall   *call = (FuncCall *) node;
				char	   *name = strVal(llast(call->funcname));

				if (call->args != NIL &&
					(strcmp(name, "nextval") == 0 || strcmp(name, "currval") == 0 ||
					 strcmp(name, "setval") == 0))
					redirect_regclass(redirect->rehearsal, linitial(call->args));
			}
			break;
		default:
			break;
	}
	return walk_below(node, walk, context);
}

/*
 * The names of a WITH hide relations in its statement, and in the queries that
 * follow in the same WITH; in all of them if it is RECURSIVE.
 */
static void
walk_with(WithClause *with, GradualRedirect *redirect)
{
	ListCell   *lc;

	if (with == NULL)
		return;
	if (with->recursive)
	{
		foreach(lc, with->ctes)
			redirect->ctes = lappend(redirect->ctes, lfirst_node(CommonTableExpr, lc)->ctename);
	}
	foreach(lc, with->ctes)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, lc);

		walk(cte->ctequery, redirect);
		if (!with->recursive)
			redirect->ctes = lappend(redirect->ctes, cte->ctename);
	}
}

static void
walk_target(RangeVar *target, AclMode right, GradualRedirect *redirect)
{
	redirect_target(redirect, target, right);
	redirect->done = lappend(redirect->done, target);
}

/* The target first: whatever else names the same table then meets its clone. */
static bool
walk_statement(Node *node, GradualRedirect *redirect)
{
	List	   *outer = list_copy(redirect->ctes);
	WithClause *with = NULL;
	WithClause **place = NULL;

	switch (nodeTag(node))
	{
		case T_SelectStmt:
			place = &((SelectStmt *) node)->withClause;
			((SelectStmt *) node)->lockingClause = NIL;
			break;
		case T_InsertStmt:
			place = &((InsertStmt *) node)->withClause;
			walk_target(((InsertStmt *) node)->relation, ACL_INSERT, redirect);
			break;
		case T_UpdateStmt:
			place = &((UpdateStmt *) node)->withClause;
			walk_target(((UpdateStmt *) node)->relation, ACL_UPDATE, redirect);
			break;
		case T_DeleteStmt:
			place = &((DeleteStmt *) node)->withClause;
			walk_target(((DeleteStmt *) node)->relation, ACL_DELETE, redirect);
			break;
		default:
			place = &((MergeStmt *) node)->withClause;
			walk_target(((MergeStmt *) node)->relation, ACL_SELECT, redirect);
			break;
	}

	/* aside, so that the walker below does not go through it again */
	with = *place;
	*place = NULL;
	walk_with(with, redirect);
	raw_expression_tree_walker(node, walk, redirect);
	*place = with;
	redirect->ctes = outer;
	return false;
}

static void
redirect_from(GradualRedirect *redirect, RangeVar *name)
{
	if (list_member_ptr(redirect->done, name) ||
		(name->schemaname == NULL && gradual_texts_have(redirect->ctes, name->relname)))
		return;
	redirect_read(redirect, name);
}

static void
redirect_read(GradualRedirect *redirect, RangeVar *name)
{
	GradualRelation *relation = gradual_clone_find(redirect->rehearsal, name, false);
	GradualCommand *command = redirect->rehearsal->command;

	if (relation->table != NULL)
		command->reads = list_append_unique_ptr(command->reads, relation->table);
	if (OidIsValid(relation->clone))
		point_at_clone(redirect, name, relation);
	else
		name->schemaname = get_namespace_name(relation->schema);
}

/* A view gets a twin, and the statement a new table for it. */
static void
redirect_target(GradualRedirect *redirect, RangeVar *name, AclMode right)
{
	GradualRehearsal *rehearsal = redirect->rehearsal;
	GradualRelation *relation = gradual_lookup_find(rehearsal, name, false);
	GradualCommand *command = rehearsal->command;
	RangeVar   *twin;

	if (relation->table == NULL)
		gradual_script_refuse(rehearsal->statement,
							  psprintf("%s of \"%s\"", rehearsal->statement->tag, relation->name),
							  "It is a system catalog or a sequence.", NULL);
	gradual_lookup_check_right(relation, right);
	command->touches = list_append_unique_ptr(command->touches, relation->table);
	if (relation->relkind != RELKIND_VIEW)
	{
		gradual_clone_ensure(rehearsal, relation);
		point_at_clone(redirect, name, relation);
		return;
	}
	twin = gradual_clone_twin(rehearsal, relation);
	if (name->alias == NULL)
		name->alias = makeAlias(name->relname, NIL);
	name->catalogname = NULL;
	name->schemaname = twin->schemaname;
	name->relname = twin->relname;
}

/* schema.table.column, and the same with the database before it */
static void
redirect_column(GradualRedirect *redirect, ColumnRef *column)
{
	int			before = list_length(column->fields) - 3;
	GradualRelation *relation;
	char	   *schema;
	char	   *name;
	List	   *rest;

	if (before < 0 || before > 1)
		return;
	schema = strVal(list_nth(column->fields, before));
	name = strVal(list_nth(column->fields, before + 1));
	if (!OidIsValid(get_namespace_oid(schema, true)))
		return;
	relation = gradual_clone_find(redirect->rehearsal, makeRangeVar(schema, name, -1), true);
	if (relation == NULL ||
		(!OidIsValid(relation->clone) && relation->relkind != RELKIND_VIEW))
		return;

	rest = list_make1(llast(column->fields));
	if (relation->relkind != RELKIND_VIEW && !wants_alias(redirect, relation, name))
		column->fields = list_concat(list_make2(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
												makeString(pstrdup(relation->clone_name))), rest);
	else
		column->fields = list_concat(list_make1(makeString(name)), rest);
}

/*
 * The relation, if it has a clone, whose row type a type's name means: as in the
 * search path, where any other type of that name comes first, it hides this.
 */
static GradualRelation *
find_row_type(GradualRehearsal *rehearsal, List *names)
{
	GradualRelation *relation = NULL;
	char	   *schema;
	char	   *name;
	ListCell   *lc;

	DeconstructQualifiedName(names, &schema, &name);
	if (schema != NULL)
	{
		Oid			oid = get_namespace_oid(schema, true);

		return OidIsValid(oid) && oid != rehearsal->temp ?
			gradual_lookup_find_in(rehearsal, oid, name) : NULL;
	}
	foreach(lc, fetch_search_path(true))
	{
		if (lfirst_oid(lc) == rehearsal->temp)
			continue;
		relation = gradual_lookup_find_in(rehearsal, lfirst_oid(lc), name);
		if (relation != NULL ||
			SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(name),
								  ObjectIdGetDatum(lfirst_oid(lc))))
			break;
	}
	return relation;
}

/* A type "_users" is hidden by the one for arrays of the rows of the clone of "users". */
static void
pin_hidden_type(GradualRehearsal *rehearsal, TypeName *type)
{
	const char *name = strVal(linitial(type->names));
	ListCell   *lc;

	if (!SearchSysCacheExists2(TYPENAMENSP, CStringGetDatum(name),
							   ObjectIdGetDatum(rehearsal->temp)))
		return;
	foreach(lc, fetch_search_path(true))
	{
		if (lfirst_oid(lc) == rehearsal->temp || !gradual_lookup_is_type(lfirst_oid(lc), name))
			continue;
		type->names = lcons(makeString(get_namespace_name(lfirst_oid(lc))), type->names);
		return;
	}
}

static void
redirect_type(GradualRehearsal *rehearsal, TypeName *type)
{
	GradualRelation *relation;
	List	   *names = list_copy(type->names);
	Node	   *column = NULL;

	if (type->pct_type)
	{
		column = llast(names);
		names = list_truncate(names, list_length(names) - 1);
	}
	if (names == NIL)
		return;
	relation = find_row_type(rehearsal, names);
	if (relation == NULL && column == NULL && list_length(names) == 1)
		pin_hidden_type(rehearsal, type);
	if (relation == NULL || !OidIsValid(relation->clone))
		return;
	gradual_lookup_pin_name(rehearsal, relation);
	type->names = list_make2(makeString(pstrdup(GRADUAL_CLONE_SCHEMA)),
							 makeString(pstrdup(relation->clone_name)));
	if (column != NULL)
		type->names = lappend(type->names, column);
}

/* A string constant that is read as a regclass: 'public.users_id_seq'. */
static void
redirect_regclass(GradualRehearsal *rehearsal, Node *node)
{
	A_Const    *constant = (A_Const *) node;
	GradualRelation *relation;
	char	   *name;

	if (IsA(node, TypeCast))
		constant = (A_Const *) ((TypeCast *) node)->arg;
	if (!IsA(constant, A_Const) || constant->isnull || !IsA(&constant->val, String))
		return;
	name = constant->val.sval.sval;
	if (name[0] == '\0' || strspn(name, "0123456789") == strlen(name) || strcmp(name, "-") == 0)
		return;
	relation = gradual_lookup_find(rehearsal,
								   makeRangeVarFromNameList(stringToQualifiedNameList(name, NULL)),
								   true);
	if (relation == NULL)
		return;
	constant->val.sval.sval = OidIsValid(relation->clone) ?
		quote_qualified_identifier(GRADUAL_CLONE_SCHEMA, relation->clone_name) :
		gradual_lookup_qualified(relation);
}

/* Any clone could refer to any other: all of them are temporary. */
static void
check_persistence(const GradualTable *table, const GradualRelation *referenced)
{
	if (table == NULL || table->unlogged ||
		referenced->table == NULL || !referenced->table->unlogged ||
		(referenced->relkind != RELKIND_RELATION && referenced->relkind != RELKIND_PARTITIONED_TABLE))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TABLE_DEFINITION),
			 errmsg("constraints on permanent tables may reference only permanent tables")));
}

/* The name is for the real one; to give it twice is an error. */
static List *
without_sequence_name(List *options)
{
	DefElem    *named = NULL;
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "sequence_name") != 0)
			continue;
		if (named != NULL)
			return options;
		named = option;
	}
	return list_delete_ptr(options, named);
}

static void
redirect_constraint(GradualRehearsal *rehearsal, Constraint *constraint)
{
	GradualRelation *referenced;
	ListCell   *lc;

	if (constraint->contype == CONSTR_IDENTITY)
		constraint->options = without_sequence_name(constraint->options);
	gradual_redirect(rehearsal, constraint->raw_expr);
	gradual_redirect(rehearsal, constraint->where_clause);
	if (constraint->pktable != NULL)
	{
		referenced = gradual_redirect_relation(rehearsal, constraint->pktable);
		check_persistence(rehearsal->command->table, referenced);
		gradual_lookup_check_right(referenced, ACL_REFERENCES);
	}
	foreach(lc, constraint->exclusions)
		gradual_redirect(rehearsal, linitial(lfirst_node(List, lc)));
}

/*
 * A clone of another name gets the real one as its alias, for references by
 * it.  Not if two tables of that name, of two schemas, stand side by side: then
 * the statement cannot refer to them without the schema.
 */
static bool
wants_alias(GradualRedirect *redirect, const GradualRelation *relation, const char *name)
{
	ListCell   *lc;
	int			count = 0;

	if (strcmp(relation->clone_name, name) == 0)
		return false;
	foreach(lc, redirect->unaliased)
		count += strcmp(lfirst(lc), name) == 0;
	return count <= 1;
}

static void
point_at_clone(GradualRedirect *redirect, RangeVar *name, const GradualRelation *relation)
{
	if (name->alias == NULL && wants_alias(redirect, relation, name->relname))
		name->alias = makeAlias(name->relname, NIL);
	name->catalogname = NULL;
	name->schemaname = pstrdup(GRADUAL_CLONE_SCHEMA);
	name->relname = pstrdup(relation->clone_name);
}
