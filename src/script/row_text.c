/*
 * row_text.c
 *	  Expressions over one row, as text that outlives the clone they were made on.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteManip.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "script/row_text.h"

/* Bytes of an expression that a note shows */
#define NOTE_LENGTH 60

typedef struct PinnedSetting
{
	const char *name;
	const char *value;
} PinnedSetting;

static const PinnedSetting pinned[] = {
	{"search_path", "pg_catalog, pg_temp"},
	{"DateStyle", "ISO"},
	{"IntervalStyle", "postgres"},
	{"bytea_output", "hex"},
	{"extra_float_digits", "1"},
	{"quote_all_identifiers", "off"}
};

static bool is_enclosed(const char *string);
static bool walk_beyond_row(Node *node, void *context);
static bool has_temporary_type(Node *node);

bool
gradual_row_text_exists(Node *expr, Index varno)
{
	return !walk_beyond_row(expr, &varno);
}

char *
gradual_row_expression(Node *expr, Relation rel, Index varno)
{
	List	   *context = deparse_context_for(RelationGetRelationName(rel),
											  RelationGetRelid(rel));
	int			level = NewGUCNestLevel();
	char	   *string;
	int			i;

	for (i = 0; i < lengthof(pinned); i++)
		(void) set_config_option(pinned[i].name, pinned[i].value,
								 PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);

	expr = copyObject(expr);
	ChangeVarNodes(expr, varno, 1, 0);
	string = deparse_expression(expr, context, false, false);
	AtEOXact_GUC(true, level);
	return string;
}

char *
gradual_row_text_shorten(const char *string)
{
	int			length = strlen(string);

	if (is_enclosed(string))
	{
		string++;
		length -= 2;
	}
	if (length <= NOTE_LENGTH)
		return pnstrdup(string, length);
	return psprintf("%.*s..", pg_mbcliplen(string, length, NOTE_LENGTH), string);
}

/* Is the string in a pair of parentheses?  Those inside of quotes do not count. */
static bool
is_enclosed(const char *string)
{
	char		quote = '\0';
	int			depth = 0;

	if (*string != '(')
		return false;
	for (; *string != '\0'; string++)
	{
		if (quote != '\0')
			quote = *string == quote ? '\0' : quote;
		else if (*string == '\'' || *string == '"')
			quote = *string;
		else if (*string == '(')
			depth++;
		else if (*string == ')' && --depth == 0)
			return string[1] == '\0';
	}
	return false;
}

/* True as soon as something is found that stands in the way. */
static bool
walk_beyond_row(Node *node, void *context)
{
	Index	   *varno = context;

	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
		case T_Var:
			/* whole rows and system columns are the clone's own */
			if (((Var *) node)->varno != *varno ||
				((Var *) node)->varattno <= 0)
				return true;
			break;
		case T_SubscriptingRef:
			/* an assignment to an element has no text as an expression */
			if (((SubscriptingRef *) node)->refassgnexpr)
				return true;
			break;
		case T_FieldStore:
		case T_NextValueExpr:
		case T_SubLink:
		case T_Param:
		case T_CurrentOfExpr:
		case T_Query:
			return true;
		case T_Const:
		case T_RowExpr:
		case T_CoerceViaIO:
		case T_ConvertRowtypeExpr:
		case T_FuncExpr:
			if (has_temporary_type(node))
				return true;
			break;
		default:
			break;
	}
	return expression_tree_walker(node, walk_beyond_row, context);
}

/* The row type of a clone, or a clone's name in a regclass, ends with the rehearsal. */
static bool
has_temporary_type(Node *node)
{
	Oid			relid = get_typ_typrelid(exprType(node));

	if (IsA(node, Const) && ((Const *) node)->consttype == REGCLASSOID &&
		!((Const *) node)->constisnull)
		relid = DatumGetObjectId(((Const *) node)->constvalue);
	return OidIsValid(relid) && isAnyTempNamespace(get_rel_namespace(relid));
}
