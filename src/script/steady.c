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
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
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
