/*
 * not_null.c
 *	  Which expressions can be proved never to be NULL.
 *
 * What is proved here lets a constraint be added while the old application
 * still writes, and lets a row count as done: so the table below holds only
 * functions of which it is known, not those that probably behave.  Absent on
 * purpose: to_char() of times and extract(), NULL for infinity; to_number(),
 * NULL for an empty format; substring(text, text), NULL without a match;
 * lower() and upper() of ranges; everything that looks into arrays and json.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_proc.h"
#include "nodes/nodeFuncs.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/compat.h"
#include "script/not_null.h"

typedef struct ProofContext
{
	Index		varno;
	Bitmapset  *not_null;
} ProofContext;

typedef enum Arguments
{
	ALL_ARGUMENTS,				/* never NULL if no argument is */
	FIRST_ARGUMENT,				/* .. if the first one is not */
	NO_ARGUMENT					/* .. whatever the arguments are */
} Arguments;

/* A built-in function or operator, and the type categories of its arguments. */
typedef struct KnownName
{
	const char *name;
	const char *categories;		/* NULL = any */
	Arguments	needs;
} KnownName;

static const KnownName known_functions[] = {
	{"abs", "N", ALL_ARGUMENTS},
	{"ascii", "S", ALL_ARGUMENTS},
	{"btrim", "S", ALL_ARGUMENTS},
	{"btrim", "SS", ALL_ARGUMENTS},
	{"ceil", "N", ALL_ARGUMENTS},
	{"ceiling", "N", ALL_ARGUMENTS},
	{"char_length", "S", ALL_ARGUMENTS},
	{"character_length", "S", ALL_ARGUMENTS},
	{"chr", "N", ALL_ARGUMENTS},
	{"clock_timestamp", "", ALL_ARGUMENTS},
	{"concat", NULL, NO_ARGUMENT},
	{"concat_ws", NULL, FIRST_ARGUMENT},
	{"date_trunc", "SD", ALL_ARGUMENTS},
	{"floor", "N", ALL_ARGUMENTS},
	{"format", NULL, FIRST_ARGUMENT},
	{"gen_random_uuid", "", ALL_ARGUMENTS},
	{"hashtext", "S", ALL_ARGUMENTS},
	{"initcap", "S", ALL_ARGUMENTS},
	{"json_build_array", NULL, NO_ARGUMENT},
	{"json_build_object", NULL, NO_ARGUMENT},
	{"jsonb_build_array", NULL, NO_ARGUMENT},
	{"jsonb_build_object", NULL, NO_ARGUMENT},
	{"left", "SN", ALL_ARGUMENTS},
	{"length", "S", ALL_ARGUMENTS},
	{"lower", "S", ALL_ARGUMENTS},
	{"lpad", "SN", ALL_ARGUMENTS},
	{"lpad", "SNS", ALL_ARGUMENTS},
	{"ltrim", "S", ALL_ARGUMENTS},
	{"ltrim", "SS", ALL_ARGUMENTS},
	{"md5", "S", ALL_ARGUMENTS},
	{"mod", "NN", ALL_ARGUMENTS},
	{"nextval", NULL, ALL_ARGUMENTS},
	{"now", "", ALL_ARGUMENTS},
	{"octet_length", "S", ALL_ARGUMENTS},
	{"random", "", ALL_ARGUMENTS},
	{"regexp_replace", "SSS", ALL_ARGUMENTS},
	{"regexp_replace", "SSSS", ALL_ARGUMENTS},
	{"repeat", "SN", ALL_ARGUMENTS},
	{"replace", "SSS", ALL_ARGUMENTS},
	{"reverse", "S", ALL_ARGUMENTS},
	{"right", "SN", ALL_ARGUMENTS},
	{"round", "N", ALL_ARGUMENTS},
	{"round", "NN", ALL_ARGUMENTS},
	{"rpad", "SN", ALL_ARGUMENTS},
	{"rpad", "SNS", ALL_ARGUMENTS},
	{"rtrim", "S", ALL_ARGUMENTS},
	{"rtrim", "SS", ALL_ARGUMENTS},
	{"sign", "N", ALL_ARGUMENTS},
	{"split_part", "SSN", ALL_ARGUMENTS},
	{"statement_timestamp", "", ALL_ARGUMENTS},
	{"strpos", "SS", ALL_ARGUMENTS},
	{"substr", "SN", ALL_ARGUMENTS},
	{"substr", "SNN", ALL_ARGUMENTS},
	{"substring", "SN", ALL_ARGUMENTS},
	{"substring", "SNN", ALL_ARGUMENTS},
	{"timezone", "SD", ALL_ARGUMENTS},
	{"to_char", "NS", ALL_ARGUMENTS},
	{"to_hex", "N", ALL_ARGUMENTS},
	{"to_jsonb", NULL, ALL_ARGUMENTS},
	{"transaction_timestamp", "", ALL_ARGUMENTS},
	{"translate", "SSS", ALL_ARGUMENTS},
	{"trunc", "N", ALL_ARGUMENTS},
	{"trunc", "NN", ALL_ARGUMENTS},
	{"upper", "S", ALL_ARGUMENTS},
	{"uuidv4", "", ALL_ARGUMENTS},
	{"uuidv7", "", ALL_ARGUMENTS}
};

static const KnownName known_operators[] = {
	{"||", "SS", ALL_ARGUMENTS},
	{"||", "SN", ALL_ARGUMENTS},
	{"||", "NS", ALL_ARGUMENTS},
	{"||", "SD", ALL_ARGUMENTS},
	{"||", "DS", ALL_ARGUMENTS},
	{"+", "NN", ALL_ARGUMENTS},
	{"+", "DN", ALL_ARGUMENTS},
	{"+", "DT", ALL_ARGUMENTS},
	{"-", "N", ALL_ARGUMENTS},
	{"-", "NN", ALL_ARGUMENTS},
	{"-", "DN", ALL_ARGUMENTS},
	{"-", "DT", ALL_ARGUMENTS},
	{"*", "NN", ALL_ARGUMENTS},
	{"/", "NN", ALL_ARGUMENTS},
	{"%", "NN", ALL_ARGUMENTS},
	{"=", "NN", ALL_ARGUMENTS},
	{"=", "SS", ALL_ARGUMENTS},
	{"=", "DD", ALL_ARGUMENTS},
	{"=", "BB", ALL_ARGUMENTS},
	{"<>", "NN", ALL_ARGUMENTS},
	{"<>", "SS", ALL_ARGUMENTS},
	{"<>", "DD", ALL_ARGUMENTS},
	{"<>", "BB", ALL_ARGUMENTS},
	{"<", "NN", ALL_ARGUMENTS},
	{"<", "DD", ALL_ARGUMENTS},
	{"<=", "NN", ALL_ARGUMENTS},
	{"<=", "DD", ALL_ARGUMENTS},
	{">", "NN", ALL_ARGUMENTS},
	{">", "DD", ALL_ARGUMENTS},
	{">=", "NN", ALL_ARGUMENTS},
	{">=", "DD", ALL_ARGUMENTS}
};

static bool prove(Node *expr, ProofContext *context);
static bool prove_all(List *exprs, ProofContext *context);
static bool prove_any(List *exprs, ProofContext *context);
static bool prove_case(CaseExpr *expr, ProofContext *context);
static bool prove_function(FuncExpr *expr, ProofContext *context);
static bool prove_operator(OpExpr *expr, ProofContext *context);
static bool prove_known(const KnownName *known, List *arguments,
						ProofContext *context);
static const KnownName *find_known(const KnownName *table, int size,
								   const char *name, List *arguments);
static bool is_plain_cast(FuncExpr *expr);
static char category(Oid type);

bool
gradual_not_null_prove(Node *expr, Index varno, Bitmapset *not_null)
{
	ProofContext context;

	context.varno = varno;
	context.not_null = not_null;
	return prove(expr, &context);
}

Bitmapset *
gradual_not_null_columns(Relation rel)
{
	Bitmapset  *numbers = NULL;
	int			i;

	for (i = 0; i < RelationGetNumberOfAttributes(rel); i++)
		if (!TupleDescAttr(RelationGetDescr(rel), i)->attisdropped &&
			gradual_compat_is_not_null(RelationGetDescr(rel), i))
			numbers = bms_add_member(numbers,
									 i + 1 - FirstLowInvalidHeapAttributeNumber);
	return numbers;
}

static bool
prove(Node *expr, ProofContext *context)
{
	if (expr == NULL || type_is_rowtype(exprType(expr)))
		return false;

	switch (nodeTag(expr))
	{
		case T_Const:
			return !((Const *) expr)->constisnull;
		case T_Var:
			{
				Var		   *var = (Var *) expr;

				return var->varno == context->varno && var->varlevelsup == 0 &&
					bms_is_member(var->varattno -
								  FirstLowInvalidHeapAttributeNumber,
								  context->not_null);
			}
		case T_NullTest:
		case T_BooleanTest:
		case T_DistinctExpr:
		case T_ArrayExpr:
		case T_NextValueExpr:
			return true;
		case T_SQLValueFunction:
			/* there may be no schema to create in */
			return ((SQLValueFunction *) expr)->op != SVFOP_CURRENT_SCHEMA;
		case T_SubLink:
			return ((SubLink *) expr)->subLinkType == EXISTS_SUBLINK ||
				((SubLink *) expr)->subLinkType == ARRAY_SUBLINK;
		case T_BoolExpr:
			return prove_all(((BoolExpr *) expr)->args, context);
		case T_CoalesceExpr:
			return prove_any(((CoalesceExpr *) expr)->args, context);
		case T_MinMaxExpr:
			return prove_any(((MinMaxExpr *) expr)->args, context);
		case T_CaseExpr:
			return prove_case((CaseExpr *) expr, context);
		case T_RelabelType:
			return prove((Node *) ((RelabelType *) expr)->arg, context);
		case T_CollateExpr:
			return prove((Node *) ((CollateExpr *) expr)->arg, context);
		case T_CoerceToDomain:
			return prove((Node *) ((CoerceToDomain *) expr)->arg, context);
		case T_CoerceViaIO:
			/* input and output functions may not return NULL */
			return prove((Node *) ((CoerceViaIO *) expr)->arg, context);
		case T_FuncExpr:
			return prove_function((FuncExpr *) expr, context);
		case T_OpExpr:
			return prove_operator((OpExpr *) expr, context);
		default:
			return false;
	}
}

static bool
prove_all(List *exprs, ProofContext *context)
{
	ListCell   *cell;

	foreach(cell, exprs)
	{
		if (!prove(lfirst(cell), context))
			return false;
	}
	return true;
}

static bool
prove_any(List *exprs, ProofContext *context)
{
	ListCell   *cell;

	foreach(cell, exprs)
	{
		if (prove(lfirst(cell), context))
			return true;
	}
	return false;
}

/* The parser has put a NULL where there is no ELSE. */
static bool
prove_case(CaseExpr *expr, ProofContext *context)
{
	ListCell   *cell;

	foreach(cell, expr->args)
	{
		if (!prove((Node *) lfirst_node(CaseWhen, cell)->result, context))
			return false;
	}
	return prove((Node *) expr->defresult, context);
}

static bool
prove_function(FuncExpr *expr, ProofContext *context)
{
	const KnownName *known;

	/* VARIADIC NULL makes NULL of what is otherwise never NULL */
	if (expr->funcid >= FirstNormalObjectId || expr->funcretset ||
		expr->funcvariadic)
		return false;
	if (is_plain_cast(expr))
		return prove_all(expr->args, context);

	known = find_known(known_functions, lengthof(known_functions),
					   get_func_name(expr->funcid), expr->args);
	return prove_known(known, expr->args, context);
}

static bool
prove_operator(OpExpr *expr, ProofContext *context)
{
	const KnownName *known;

	if (expr->opno >= FirstNormalObjectId)
		return false;
	known = find_known(known_operators, lengthof(known_operators),
					   get_opname(expr->opno), expr->args);
	return prove_known(known, expr->args, context);
}

static bool
prove_known(const KnownName *known, List *arguments, ProofContext *context)
{
	if (known == NULL)
		return false;
	if (known->needs == NO_ARGUMENT)
		return true;
	if (known->needs == FIRST_ARGUMENT)
		return prove(linitial(arguments), context);
	return prove_all(arguments, context);
}

static const KnownName *
find_known(const KnownName *table, int size, const char *name, List *arguments)
{
	char		categories[8] = "";
	ListCell   *cell;
	int			i;

	foreach(cell, arguments)
	{
		if (foreach_current_index(cell) < lengthof(categories) - 1)
			categories[foreach_current_index(cell)] =
				category(exprType(lfirst(cell)));
	}

	for (i = 0; i < size; i++)
		if (strcmp(table[i].name, name) == 0 &&
			(table[i].categories == NULL ||
			 strcmp(table[i].categories, categories) == 0))
			return &table[i];
	return NULL;
}

/* A conversion between scalars, or to the length that the column has. */
static bool
is_plain_cast(FuncExpr *expr)
{
	return (expr->funcformat == COERCE_EXPLICIT_CAST ||
			expr->funcformat == COERCE_IMPLICIT_CAST) &&
		func_strict(expr->funcid) &&
		expr->args != NIL &&
		strchr("NSDTB", category(exprType(linitial(expr->args)))) != NULL &&
		strchr("NSDTB", category(expr->funcresulttype)) != NULL;
}

static char
category(Oid type)
{
	char		result;
	bool		preferred;

	get_type_category_preferred(type, &result, &preferred);
	return result;
}
