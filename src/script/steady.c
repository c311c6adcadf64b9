/*
 * steady.c
 *	  Does an expression give the same result whenever it is evaluated during a
 *	  migration?
 *
 * One UPDATE sees one now() and one snapshot; a migration has thousands of
 * transactions.  A stable function is steady all the same if it depends on
 * nothing but the start of the transaction (frozen by the executor) and on
 * settings (pinned by the worker).  Others, which may read tables, are not.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

#include "script/steady.h"

/* Stable built-in functions that depend on the frozen time and on settings only */
static const char *const steady_names[] = {
	"anytextcat", "cash_in", "cash_out", "concat", "concat_ws",
	"convert_from", "convert_to", "current_setting", "extract", "format",
	"json_build_array", "json_build_object", "jsonb_build_array",
	"jsonb_build_object", "make_timestamptz", "money", "now", "numeric",
	"overlaps", "quote_literal", "quote_nullable", "row_to_json",
	"textanycat", "time", "timezone", "to_char", "to_date", "to_json",
	"to_jsonb", "to_number", "to_timestamp", "to_tsvector",
	"transaction_timestamp"
};

/* The same, by the beginning of their names: input, output, casts, operators */
static const char *const steady_prefixes[] = {
	"any", "array_", "date", "enum_", "interval", "jsonb_path_", "multirange_",
	"range_", "record_", "time_", "timestamp", "timetz"
};

static bool walk(Node *node, void *context);
static bool prints_by_settings(Node *node, void *unused);
static bool is_printed_by_settings(Oid type);
static bool look_at_function(Oid function, void *context);
static GradualSteadiness function_steadiness(Oid function);
static bool is_steady_by_name(Oid function);

GradualSteadiness
gradual_steadiness(Node *node)
{
	GradualSteadiness worst = GRADUAL_STEADY;

	walk(node, &worst);
	return worst;
}

/* From text to an enum or back: called stable, since values can be added */
static bool
is_enum_cast(Node *node)
{
	return node != NULL && IsA(node, CoerceViaIO) &&
		(type_is_enum(exprType(node)) ||
		 type_is_enum(exprType((Node *) ((CoerceViaIO *) node)->arg)));
}

/* What a function of the user's own does inside cannot be seen. */
bool
gradual_depends_on_session(Node *node)
{
	if (is_enum_cast(node))
		return gradual_depends_on_session((Node *) ((CoerceViaIO *) node)->arg);
	return contain_mutable_functions(node) || gradual_steadiness(node) != GRADUAL_STEADY ||
		prints_by_settings(node, NULL);
}

/* A walker.  Output functions are called immutable all the same. */
static bool
prints_by_settings(Node *node, void *unused)
{
	if (node == NULL)
		return false;
	if (IsA(node, XmlExpr) ||
		(IsA(node, CoerceViaIO) &&
		 is_printed_by_settings(exprType((Node *) ((CoerceViaIO *) node)->arg))))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, prints_by_settings, unused, 0);
	return expression_tree_walker(node, prints_by_settings, unused);
}

/*
 * By extra_float_digits or bytea_output; nobody knows of types that are not built
 * in.  The output of intervals, arrays, rows and ranges is called stable.
 */
static bool
is_printed_by_settings(Oid type)
{
	char		category;
	bool		preferred;

	type = getBaseType(type);
	get_type_category_preferred(type, &category, &preferred);
	return type == FLOAT4OID || type == FLOAT8OID || type == BYTEAOID ||
		category == TYPCATEGORY_GEOMETRIC ||
		(type >= FirstNormalObjectId && get_typtype(type) == TYPTYPE_BASE);
}

static bool
walk(Node *node, void *context)
{
	GradualSteadiness *worst = context;

	if (node == NULL)
		return false;

	/* a sequence's next value and a random sample are no function calls */
	if (IsA(node, NextValueExpr) || IsA(node, TableSampleClause))
	{
		*worst = GRADUAL_UNSTEADY;
		return true;
	}
	if (check_functions_in_node(node, look_at_function, context))
		return true;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, walk, context, 0);
	return expression_tree_walker(node, walk, context);
}

/* True ends the walk: it cannot get worse. */
static bool
look_at_function(Oid function, void *context)
{
	GradualSteadiness *worst = context;

	*worst = Max(*worst, function_steadiness(function));
	return *worst == GRADUAL_UNSTEADY;
}

static GradualSteadiness
function_steadiness(Oid function)
{
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	Form_pg_proc form;
	GradualSteadiness result;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	form = (Form_pg_proc) GETSTRUCT(tuple);

	if (form->provolatile == PROVOLATILE_IMMUTABLE)
		result = function < FirstNormalObjectId ||
			form->prolang == INTERNALlanguageId ||
			form->prolang == ClanguageId ?
			GRADUAL_STEADY : GRADUAL_MARKED_IMMUTABLE;
	else if (form->provolatile == PROVOLATILE_STABLE &&
			 is_steady_by_name(function))
		result = GRADUAL_STEADY;
	else
		result = GRADUAL_UNSTEADY;

	ReleaseSysCache(tuple);
	return result;
}

static bool
is_steady_by_name(Oid function)
{
	char	   *name;
	int			i;

	if (function >= FirstNormalObjectId)
		return false;

	name = get_func_name(function);
	for (i = 0; i < lengthof(steady_names); i++)
		if (strcmp(name, steady_names[i]) == 0)
			return true;
	for (i = 0; i < lengthof(steady_prefixes); i++)
		if (strncmp(name, steady_prefixes[i], strlen(steady_prefixes[i])) == 0)
			return true;
	return false;
}
