/*
 * condition.c
 *	  The query of IF EXISTS (..) or IF NOT EXISTS (..) in a DO block.
 *
 * Invariant: what is taken for one reads catalogs by '=' and AND, and calls nothing.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"

#include "base/spi.h"
#include "base/texts.h"
#include "script/condition.h"

static bool
is_one_of(const char *name, const char *const *names)
{
	while (*names != NULL && strcmp(name, *names) != 0)
		names++;
	return *names != NULL;
}

static bool
is_catalog(const RangeVar *range)
{
	static const char *const catalogs[] = {"pg_type", "pg_constraint", "pg_attribute", "pg_class",
	"pg_indexes", "pg_namespace", "pg_trigger", "pg_policy", "pg_policies", NULL};
	static const char *const views[] = {"columns", "table_constraints", "key_column_usage",
	"constraint_column_usage", NULL};

	if (range->catalogname != NULL)
		return false;
	if (range->schemaname == NULL || strcmp(range->schemaname, "pg_catalog") == 0)
		return is_one_of(range->relname, catalogs);
	return strcmp(range->schemaname, "information_schema") == 0 && is_one_of(range->relname, views);
}

static bool
is_plain(const SelectStmt *select)
{
	return select->valuesLists == NIL && select->intoClause == NULL &&
		select->lockingClause == NIL && select->withClause == NULL &&
		select->op == SETOP_NONE && select->groupClause == NIL && select->havingClause == NULL;
}

/* The constant 'name', perhaps with the type that it has; else NULL. */
static const char *
text_of(const Node *node)
{
	A_Const    *constant = (A_Const *) (IsA(node, TypeCast) ? ((const TypeCast *) node)->arg : node);

	return IsA(constant, A_Const) && !constant->isnull && IsA(&constant->val, String) ?
		strVal(&constant->val) : NULL;
}

static bool
is_known_call(const FuncCall *call)
{
	static const char *const names[] = {"current_schema", "current_database", NULL};

	return list_length(call->funcname) == 1 && call->args == NIL &&
		is_one_of(strVal(linitial(call->funcname)), names);
}

/* 't'::regclass, or current_schema()::regnamespace */
static bool
is_name(const TypeCast *cast)
{
	static const char *const types[] = {"regclass", "regnamespace", "text", "name", NULL};

	return cast->typeName->arrayBounds == NIL &&
		is_one_of(strVal(llast(cast->typeName->names)), types) &&
		(text_of((const Node *) cast) != NULL ||
		 (IsA(cast->arg, FuncCall) && is_known_call((const FuncCall *) cast->arg)));
}

static bool
is_operation(const A_Expr *expression, const char *const *operators)
{
	return expression->kind == AEXPR_OP && list_length(expression->name) == 1 &&
		is_one_of(strVal(linitial(expression->name)), operators);
}

/*
 * A column that says which object a row is about, and not what that is like: the script
 * could change that before the question.
 */
static bool
identifies(const ColumnRef *reference)
{
	static const char *const columns[] = {"oid", "typname", "typnamespace", "typtype",
		"conname", "connamespace", "conrelid", "contypid", "contype", "attname", "attrelid",
		"attnum", "attisdropped", "relname", "relnamespace", "relkind", "nspname",
		"tgname", "tgrelid", "tgisinternal", "polname", "polrelid", "policyname",
		"indexname", "tablename", "schemaname", "column_name", "table_name", "table_schema",
		"table_catalog", "constraint_name", "constraint_schema", "constraint_catalog",
	"constraint_type", NULL};
	Node	   *column = llast(reference->fields);

	return IsA(column, A_Star) || is_one_of(strVal(column), columns);
}

/* Is it, or anything in it, another thing than such a query has? */
static bool
is_unknown(Node *node, void *context)
{
	static const char *const operators[] = {"=", "<>", ">", NULL};
	BoolExpr   *logic = (BoolExpr *) node;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_ColumnRef:
			return !identifies((ColumnRef *) node);
		case T_A_Const:
			return false;
		case T_TypeCast:
			return !is_name((TypeCast *) node);
		case T_FuncCall:
			return !is_known_call((FuncCall *) node);
		case T_SQLValueFunction:
			return ((SQLValueFunction *) node)->op != SVFOP_CURRENT_SCHEMA &&
				((SQLValueFunction *) node)->op != SVFOP_CURRENT_CATALOG;
		case T_RangeVar:
			return !is_catalog((RangeVar *) node);
		case T_SelectStmt:
			if (!is_plain((SelectStmt *) node))
				return true;
			break;
		case T_A_Expr:
			if (!is_operation((A_Expr *) node, operators))
				return true;
			break;
		case T_BoolExpr:
			if (logic->boolop == OR_EXPR ||
				(logic->boolop == NOT_EXPR && !IsA(linitial(logic->args), ColumnRef)))
				return true;
			break;
		case T_SubLink:
			if (((SubLink *) node)->subLinkType != EXPR_SUBLINK)
				return true;
			break;
		case T_List:
		case T_JoinExpr:
		case T_ResTarget:
			break;
		default:
			return true;
	}
	return raw_expression_tree_walker(node, is_unknown, context);
}

/* Is it "column = 'name'", of a column that has names of what a script makes? */
static bool
names_it(const Node *node, const char *name)
{
	static const char *const columns[] = {"typname", "conname", "attname", "relname", "indexname",
	"tgname", "polname", "policyname", "column_name", "constraint_name", NULL};
	static const char *const equals[] = {"=", NULL};
	const A_Expr *expression = (const A_Expr *) node;
	Node	   *column;
	const char *wanted;

	/* OPERATOR(=) can stand before a single operand */
	if (!IsA(expression, A_Expr) || !is_operation(expression, equals) ||
		expression->lexpr == NULL || !IsA(expression->lexpr, ColumnRef))
		return false;
	column = llast(((ColumnRef *) expression->lexpr)->fields);
	wanted = text_of(expression->rexpr);

	return IsA(column, String) && is_one_of(strVal(column), columns) &&
		wanted != NULL && strcmp(wanted, name) == 0;
}

bool
gradual_condition_asks_for(const Node *query, const char *name)
{
	const Node *where = IsA(query, SelectStmt) ? ((const SelectStmt *) query)->whereClause : NULL;
	ListCell   *lc;

	if (where == NULL || is_unknown((Node *) query, NULL))
		return false;
	if (!IsA(where, BoolExpr))
		return names_it(where, name);
	foreach(lc, ((const BoolExpr *) where)->args)
	{
		if (names_it(lfirst(lc), name))
			return true;
	}
	return false;
}

/* 'r', 'FOREIGN KEY' */
static bool
is_kind(const char *text)
{
	static const char *const kinds[] = {"CHECK", "FOREIGN KEY", "PRIMARY KEY", "UNIQUE", NULL};

	return strlen(text) == 1 || is_one_of(text, kinds);
}

/* Of "public.t", the last part */
static char *
last_part(const char *qualified)
{
	const char *dot = strrchr(qualified, '.');
	char	   *part = pstrdup(dot != NULL ? dot + 1 : qualified);
	int			length = strlen(part);

	if (length < 2 || part[0] != '"' || part[length - 1] != '"')
		return part;
	part[length - 1] = '\0';
	return part + 1;
}

/* current_schema() */
static bool
is_current_schema(const Node *node)
{
	return IsA(node, FuncCall) ?
		strcmp(strVal(linitial(((const FuncCall *) node)->funcname)), "current_schema") == 0 :
		IsA(node, SQLValueFunction) &&
		((const SQLValueFunction *) node)->op == SVFOP_CURRENT_SCHEMA;
}

static bool
has_other_name(Node *node, void *context)
{
	const char *named;

	if (node == NULL)
		return false;
	if (is_current_schema(node))
	{
		List	   *path = fetch_search_path(false);

		return path == NIL || !gradual_texts_have(context, get_namespace_name(linitial_oid(path)));
	}
	if (IsA(node, TypeCast) && is_current_schema(((TypeCast *) node)->arg))
		return has_other_name(((TypeCast *) node)->arg, context);
	if (!IsA(node, A_Const) && !IsA(node, TypeCast))
		return raw_expression_tree_walker(node, has_other_name, context);
	named = text_of(node);
	return named != NULL && !is_kind(named) && !gradual_texts_have(context, named) &&
		!(IsA(node, TypeCast) && gradual_texts_have(context, last_part(named)));
}

bool
gradual_condition_fits(const Node *query, List *names)
{
	return !has_other_name((Node *) query, names);
}

/* Is it 't'::regclass, of what is not there?  The script may make it. */
static bool
is_absent(const TypeCast *cast)
{
	const char *type = strVal(llast(cast->typeName->names));
	const char *text = text_of((const Node *) cast);
	GradualArgs args = {0};

	if (text == NULL || strncmp(type, "reg", strlen("reg")) != 0)
		return false;
	gradual_args_text(&args, text);
	return gradual_spi_row(psprintf("SELECT FROM pg_catalog.to_%s($1) t WHERE t IS NOT NULL", type),
						   &args) == NULL;
}

static bool
has_absent(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, TypeCast))
		return is_absent((TypeCast *) node);
	return raw_expression_tree_walker(node, has_absent, context);
}

bool
gradual_condition_holds(const Node *query, const char *text)
{
	return !has_absent((Node *) query, NULL) &&
		gradual_spi_row(psprintf("SELECT WHERE EXISTS (%s\n)", text), NULL) != NULL;
}

bool
gradual_condition_finds_several(const Node *query, const char *text)
{
	return castNode(SelectStmt, (Node *) query)->limitCount != NULL ||
		gradual_spi_row(psprintf("SELECT FROM (%s\n) t OFFSET 1 LIMIT 1", text), NULL) != NULL;
}
