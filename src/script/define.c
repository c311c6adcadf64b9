/*
 * define.c
 *	  Rehearsing types, functions, operators, extensions.
 *
 * They are made for real, in the subtransaction, which locks nothing that was
 * there before; so later statements find them where they will be.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/xact.h"
#include "catalog/catalog.h"
#include "catalog/indexing.h"
#include "catalog/pg_enum.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "miscadmin.h"
#include "parser/parse_type.h"
#include "parser/parser.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/formatting.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "base/texts.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/redirect.h"
#include "script/rename_type.h"
#include "script/object_naming.h"

static void check_sql_body(GradualRehearsal *rehearsal, CreateFunctionStmt *create);
static bool body_names_clones(GradualRehearsal *rehearsal, CreateFunctionStmt *create);
static void insert_label(Oid type, const char *label, float4 order);
static float4 last_order(Oid type);

bool
gradual_rehearse_define(GradualRehearsal *rehearsal, Node *node)
{
	switch (nodeTag(node))
	{
		case T_CompositeTypeStmt:
			gradual_redirect_elements(rehearsal, ((CompositeTypeStmt *) node)->coldeflist);
			break;
		case T_CreateDomainStmt:
			gradual_redirect(rehearsal, (Node *) ((CreateDomainStmt *) node)->typeName);
			gradual_redirect_elements(rehearsal, ((CreateDomainStmt *) node)->constraints);
			break;
		default:
			break;
	}
	gradual_clone_run(rehearsal, node);
	if (IsA(node, CreateEnumStmt))
		gradual_object_naming_create(rehearsal,
									 typenameTypeId(NULL, makeTypeNameFromNameList(((CreateEnumStmt *) node)->typeName)));
	return true;
}

bool
gradual_rehearse_create_function(GradualRehearsal *rehearsal, Node *node)
{
	CreateFunctionStmt *create = (CreateFunctionStmt *) node;
	int			level = NewGUCNestLevel();
	ListCell   *lc;

	foreach(lc, create->parameters)
	{
		FunctionParameter *parameter = lfirst_node(FunctionParameter, lc);

		gradual_redirect(rehearsal, (Node *) parameter->argType);
		gradual_redirect(rehearsal, parameter->defexpr);
	}
	check_sql_body(rehearsal, create);
	gradual_redirect(rehearsal, (Node *) create->returnType);
	gradual_redirect(rehearsal, create->sql_body);
	if (body_names_clones(rehearsal, create))
		set_config_option("check_function_bodies", "off", PGC_USERSET, PGC_S_SESSION,
						  GUC_ACTION_SAVE, true, 0, false);
	gradual_clone_run(rehearsal, node);
	AtEOXact_GUC(true, level);
	return true;
}

/*
 * ALTER TYPE .. ADD VALUE by hand: the server's own way would lock the type
 * against others who do the same, and would not let the value be used before
 * it is committed, which later statements of the script may well do.
 */
bool
gradual_rehearse_alter_enum(GradualRehearsal *rehearsal, Node *node)
{
	AlterEnumStmt *alter = (AlterEnumStmt *) node;
	Oid			type;

	if (alter->oldVal != NULL)
	{
		gradual_rename_label(rehearsal, alter);
		return true;
	}
	type = typenameTypeId(NULL, makeTypeNameFromNameList(alter->typeName));
	if (get_typtype(type) != TYPTYPE_ENUM)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not an enum", format_type_be(type))));
	if (!object_ownercheck(TypeRelationId, type, GetUserId()))
		aclcheck_error_type(ACLCHECK_NOT_OWNER, type);
	if (strlen(alter->newVal) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_NAME),
				 errmsg("invalid enum label \"%s\"", alter->newVal),
				 errdetail("Labels must be %d bytes or less.", NAMEDATALEN - 1)));
	if (alter->newValNeighbor != NULL &&
		!SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type),
							   CStringGetDatum(alter->newValNeighbor)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is not an existing enum label", alter->newValNeighbor)));

	if (!SearchSysCacheExists2(ENUMTYPOIDNAME, ObjectIdGetDatum(type),
							   CStringGetDatum(alter->newVal)))
		insert_label(type, alter->newVal, last_order(type) + 1);
	else if (alter->skipIfNewValExists)
		rehearsal->command->noop = true;
	else if (!rehearsal->script->rolled_back)
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("enum label \"%s\" already exists", alter->newVal)));
	return true;
}

typedef struct BodyNames
{
	GradualRehearsal *rehearsal;
	List	   *ctes;			/* of char *: WITH names, wherever they are */
} BodyNames;

static bool
collect_ctes(Node *node, void *context)
{
	BodyNames  *names = context;

	if (node == NULL)
		return false;
	if (IsA(node, CommonTableExpr))
		names->ctes = lappend(names->ctes, ((CommonTableExpr *) node)->ctename);
	return raw_expression_tree_walker(node, collect_ctes, context);
}

static bool
require_relations(Node *node, void *context)
{
	BodyNames  *names = context;

	if (node == NULL)
		return false;
	if (!IsA(node, RangeVar))
		return raw_expression_tree_walker(node, require_relations, context);
	if (gradual_texts_have(names->ctes, ((RangeVar *) node)->relname))
		return false;
	((RangeVar *) node)->location = -1;
	gradual_lookup_find(names->rehearsal, (RangeVar *) node, false);
	return false;
}

/*
 * The server would find an original that the script has dropped or renamed in
 * the body of a function in SQL.
 */
static void
check_sql_body(GradualRehearsal *rehearsal, CreateFunctionStmt *create)
{
	BodyNames	names = {rehearsal, NIL};
	const char *language = "";
	List	   *body = NIL;
	ListCell   *lc;

	foreach(lc, create->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "as") == 0)
			body = (List *) option->arg;
		else if (strcmp(option->defname, "language") == 0)
			language = strVal(option->arg);
	}
	if (rehearsal->freed == NIL || body == NIL || strcmp(language, "sql") != 0 ||
		!check_function_bodies)
		return;
	rehearsal->context.own_text = true;
	foreach(lc, raw_parser(strVal(linitial(body)), RAW_PARSE_DEFAULT))
	{
		Node	   *statement = lfirst_node(RawStmt, lc)->stmt;

		if (!IsA(statement, SelectStmt) && !IsA(statement, InsertStmt) &&
			!IsA(statement, UpdateStmt) && !IsA(statement, DeleteStmt))
			continue;
		collect_ctes(statement, &names);
		require_relations(statement, &names);
	}
	rehearsal->context.own_text = false;
}

/*
 * A body that is a string is not redirected.  Without a schema its names find
 * the clones in pg_temp; with one they find the real relation, which may not be
 * there, or not have its new columns yet: such a body goes unchecked.
 */
static bool
body_names_clones(GradualRehearsal *rehearsal, CreateFunctionStmt *create)
{
	List	   *body = NIL;
	ListCell   *lc;
	char	   *code;

	foreach(lc, create->options)
	{
		DefElem    *option = lfirst_node(DefElem, lc);

		if (strcmp(option->defname, "as") == 0)
			body = (List *) option->arg;
	}
	if (body == NIL)
		return false;
	code = asc_tolower(strVal(linitial(body)), strlen(strVal(linitial(body))));
	foreach(lc, rehearsal->relations)
	{
		GradualRelation *relation = lfirst(lc);
		char	   *name = asc_tolower(relation->name, strlen(relation->name));

		if (strstr(code, psprintf(".%s", name)) != NULL ||
			strstr(code, psprintf(".\"%s\"", name)) != NULL)
			return true;
	}
	return false;
}

/* The order of the label among the others decides nothing that is rehearsed. */
static void
insert_label(Oid type, const char *label, float4 order)
{
	Relation	enums = table_open(EnumRelationId, RowExclusiveLock);
	Datum		values[Natts_pg_enum];
	bool		nulls[Natts_pg_enum] = {0};
	NameData	name;
	HeapTuple	tuple;

	namestrcpy(&name, label);
	values[Anum_pg_enum_oid - 1] =
		ObjectIdGetDatum(GetNewOidWithIndex(enums, EnumOidIndexId, Anum_pg_enum_oid));
	values[Anum_pg_enum_enumtypid - 1] = ObjectIdGetDatum(type);
	values[Anum_pg_enum_enumsortorder - 1] = Float4GetDatum(order);
	values[Anum_pg_enum_enumlabel - 1] = NameGetDatum(&name);
	tuple = heap_form_tuple(RelationGetDescr(enums), values, nulls);
	CatalogTupleInsert(enums, tuple);
	heap_freetuple(tuple);
	table_close(enums, RowExclusiveLock);
	CommandCounterIncrement();
}

static float4
last_order(Oid type)
{
	CatCList   *labels = SearchSysCacheList1(ENUMTYPOIDNAME, ObjectIdGetDatum(type));
	float4		order = 0;

	for (int i = 0; i < labels->n_members; i++)
		order = Max(order, ((Form_pg_enum) GETSTRUCT(&labels->members[i]->tuple))->enumsortorder);
	ReleaseSysCacheList(labels);
	return order;
}
