/*
 * total.c
 *	  Which expressions are known never to raise.
 *
 * The sync trigger runs inside the application's statements and must not make
 * them fail; an expression that may fail needs a subtransaction for each row,
 * which costs more than most expressions.  So this is a list of what is known
 * to be safe, and everything that is not on it is not safe: arithmetic can
 * overflow, casts to narrower types and domains can refuse, functions of users
 * can do anything.
 *
 * Out of memory does not count, nor do values beyond 1 GB.
 */
#include "postgres.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "nodes/nodeFuncs.h"
#include "nodes/primnodes.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

#include "script/total.h"

/* What has to hold for a call of a listed function to be total. */
typedef enum Condition
{
	ALWAYS,
	DETERMINISTIC,				/* the collation: else 'not supported' */
	NONZERO_POSITION,			/* deterministic; 3rd argument a constant <> 0 */
	NATURAL_LENGTH,				/* 3rd argument a constant >= 0 */
	KNOWN_FIELD,				/* 1st argument a constant that names a field */
	PRINTABLE					/* all arguments of types that print safely */
} Condition;

typedef struct TotalFunction
{
	Oid			function;
	Condition	condition;
} TotalFunction;

static const TotalFunction total_functions[] =
{
	/* text */
	{F_LOWER_TEXT, ALWAYS},
	{F_UPPER_TEXT, ALWAYS},
	{F_INITCAP, ALWAYS},
	{F_MD5_TEXT, ALWAYS},
	{F_TEXTCAT, ALWAYS},
	{F_LENGTH_TEXT, ALWAYS},
	{F_LENGTH_BPCHAR, ALWAYS},
	{F_CHAR_LENGTH_TEXT, ALWAYS},
	{F_CHAR_LENGTH_BPCHAR, ALWAYS},
	{F_OCTET_LENGTH_TEXT, ALWAYS},
	{F_OCTET_LENGTH_BYTEA, ALWAYS},
	{F_BTRIM_TEXT, ALWAYS},
	{F_BTRIM_TEXT_TEXT, ALWAYS},
	{F_LTRIM_TEXT, ALWAYS},
	{F_LTRIM_TEXT_TEXT, ALWAYS},
	{F_RTRIM_TEXT, ALWAYS},
	{F_RTRIM_TEXT_TEXT, ALWAYS},
	{F_LEFT, ALWAYS},
	{F_RIGHT, ALWAYS},
	{F_SUBSTR_TEXT_INT4, ALWAYS},
	{F_SUBSTRING_TEXT_INT4, ALWAYS},
	{F_SUBSTR_TEXT_INT4_INT4, NATURAL_LENGTH},
	{F_SUBSTRING_TEXT_INT4_INT4, NATURAL_LENGTH},
	{F_SPLIT_PART, NONZERO_POSITION},
	{F_REPLACE, DETERMINISTIC},
	{F_STRPOS, DETERMINISTIC},
	{F_POSITION_TEXT_TEXT, DETERMINISTIC},
	{F_STARTS_WITH, DETERMINISTIC},
	{F_CONCAT, PRINTABLE},
	{F_CONCAT_WS, PRINTABLE},

	/* casts that widen */
	{F_INT4_INT2, ALWAYS},
	{F_INT8_INT2, ALWAYS},
	{F_INT8_INT4, ALWAYS},
	{F_FLOAT8_INT2, ALWAYS},
	{F_FLOAT8_INT4, ALWAYS},
	{F_FLOAT8_FLOAT4, ALWAYS},
	{F_NUMERIC_INT2, ALWAYS},
	{F_NUMERIC_INT4, ALWAYS},
	{F_NUMERIC_INT8, ALWAYS},
	{F_TEXT_BPCHAR, ALWAYS},
	{F_TEXT_NAME, ALWAYS},
	{F_TEXT_BOOL, ALWAYS},
	{F_INT4_BOOL, ALWAYS},

	/* times */
	{F_NOW, ALWAYS},
	{F_TRANSACTION_TIMESTAMP, ALWAYS},
	{F_STATEMENT_TIMESTAMP, ALWAYS},
	{F_CLOCK_TIMESTAMP, ALWAYS},
	{F_DATE_TIMESTAMP, ALWAYS},
	{F_DATE_TIMESTAMPTZ, ALWAYS},
	{F_EXTRACT_TEXT_DATE, KNOWN_FIELD},
	{F_EXTRACT_TEXT_TIMESTAMP, KNOWN_FIELD},
	{F_EXTRACT_TEXT_TIMESTAMPTZ, KNOWN_FIELD},
	{F_DATE_PART_TEXT_TIMESTAMP, KNOWN_FIELD},
	{F_DATE_PART_TEXT_TIMESTAMPTZ, KNOWN_FIELD},

	/* others */
	{F_ENUM_EQ, ALWAYS},
	{F_ENUM_NE, ALWAYS},
	{F_JSONB_OBJECT_FIELD, ALWAYS},
	{F_JSONB_OBJECT_FIELD_TEXT, ALWAYS},
	{F_JSONB_ARRAY_ELEMENT, ALWAYS},
	{F_JSONB_ARRAY_ELEMENT_TEXT, ALWAYS},
	{F_JSONB_EXISTS, ALWAYS},
	{F_GEN_RANDOM_UUID, ALWAYS}
};

/* The fields that date and timestamps know, infinite ones too. */
static const char *const known_fields[] =
{
	"century", "year", "quarter", "month", "week", "day", "dow", "isodow",
	"doy", "isoyear", "epoch"
};

/* Types whose output function takes every value. */
static const Oid printable_types[] =
{
	BOOLOID, CHAROID, NAMEOID, INT2OID, INT4OID, INT8OID, FLOAT4OID, FLOAT8OID,
	NUMERICOID, OIDOID, TEXTOID, VARCHAROID, BPCHAROID, BYTEAOID, UUIDOID,
	DATEOID, TIMEOID, TIMESTAMPOID, TIMESTAMPTZOID, JSONOID, JSONBOID
};

static bool may_raise(Node *node, void *unused);
static bool call_may_raise(Oid function, Oid collation, List *arguments);
static bool operator_may_raise(Oid operator, Oid collation, List *arguments);
static bool comparison_may_raise(Oid operator);
static bool cast_may_raise(const CoerceViaIO *cast);
static bool choice_may_raise(const MinMaxExpr *choice);
static bool holds(Condition condition, Oid collation, List *arguments);
static bool lacks_collation(Oid collation, List *arguments);
static bool third_at_least(List *arguments, int32 minimum);
static bool third_is_nonzero(List *arguments);
static const Const *constant_argument(List *arguments, int position, Oid type);
static bool names_known_field(List *arguments);
static bool is_printable(Oid type);

bool
gradual_total_expression(Node *expression)
{
	return !may_raise(expression, NULL);
}

/* A walker: true stops the walk at the first node that is not known. */
static bool
may_raise(Node *node, void *unused)
{
	if (node == NULL)
		return false;
	switch (nodeTag(node))
	{
			/* these only pass on what is below them */
		case T_Const:
		case T_List:
		case T_BoolExpr:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_RelabelType:
			break;

		case T_Var:
			if (((Var *) node)->varattno <= 0)
				return true;
			break;
		case T_NullTest:
			if (((NullTest *) node)->argisrow)
				return true;
			break;
		case T_SQLValueFunction:
			if (((SQLValueFunction *) node)->typmod >= 0)
				return true;
			break;
		case T_FuncExpr:
			if (call_may_raise(((FuncExpr *) node)->funcid,
							   ((FuncExpr *) node)->inputcollid,
							   ((FuncExpr *) node)->args))
				return true;
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			/* one struct under three tags */
			if (operator_may_raise(((OpExpr *) node)->opno,
								   ((OpExpr *) node)->inputcollid,
								   ((OpExpr *) node)->args))
				return true;
			break;
		case T_ScalarArrayOpExpr:
			if (!IsA(lsecond(((ScalarArrayOpExpr *) node)->args), Const) ||
				operator_may_raise(((ScalarArrayOpExpr *) node)->opno,
								   ((ScalarArrayOpExpr *) node)->inputcollid,
								   ((ScalarArrayOpExpr *) node)->args))
				return true;
			break;
		case T_CoerceViaIO:
			if (cast_may_raise((CoerceViaIO *) node))
				return true;
			break;
		case T_MinMaxExpr:
			if (choice_may_raise((MinMaxExpr *) node))
				return true;
			break;
		default:
			return true;
	}
	return expression_tree_walker(node, may_raise, unused);
}

static bool
call_may_raise(Oid function, Oid collation, List *arguments)
{
	if (lacks_collation(collation, arguments))
		return true;
	for (int i = 0; i < lengthof(total_functions); i++)
		if (total_functions[i].function == function)
			return !holds(total_functions[i].condition, collation, arguments);
	return true;
}

static bool
operator_may_raise(Oid operator, Oid collation, List *arguments)
{
	if (lacks_collation(collation, arguments))
		return true;
	return comparison_may_raise(operator) &&
		call_may_raise(get_opcode(operator), collation, arguments);
}

/*
 * Comparisons of built-in base types compare any two values.  They are known by
 * their selectivity estimator.  Arrays, rows, ranges and enums have polymorphic
 * operators, whose element types may have no comparison.
 */
static bool
comparison_may_raise(Oid operator)
{
	Oid			left;
	Oid			right;

	if (operator >= FirstNormalObjectId)
		return true;
	switch (get_oprrest(operator))
	{
		case F_EQSEL:
		case F_NEQSEL:
		case F_SCALARLTSEL:
		case F_SCALARLESEL:
		case F_SCALARGTSEL:
		case F_SCALARGESEL:
			op_input_types(operator, &left, &right);
			return get_typtype(left) != TYPTYPE_BASE ||
				get_typtype(right) != TYPTYPE_BASE;
		default:
			return true;
	}
}

/* A cast by output and input function: to text only, which takes everything. */
static bool
cast_may_raise(const CoerceViaIO *cast)
{
	return !is_printable(exprType((Node *) cast->arg)) ||
		(cast->resulttype != TEXTOID && cast->resulttype != VARCHAROID);
}

/* greatest() and least() use the type's own comparison. */
static bool
choice_may_raise(const MinMaxExpr *choice)
{
	return !is_printable(choice->minmaxtype) ||
		lacks_collation(choice->inputcollid, choice->args);
}

static bool
holds(Condition condition, Oid collation, List *arguments)
{
	switch (condition)
	{
		case ALWAYS:
			return true;
		case DETERMINISTIC:
			return get_collation_isdeterministic(collation);
		case NONZERO_POSITION:
			return get_collation_isdeterministic(collation) &&
				third_is_nonzero(arguments);
		case NATURAL_LENGTH:
			return third_at_least(arguments, 0);
		case KNOWN_FIELD:
			return names_known_field(arguments);
		case PRINTABLE:
			for (int i = 0; i < list_length(arguments); i++)
				if (!is_printable(exprType(list_nth(arguments, i))))
					return false;
			return true;
	}
	return false;
}

/* Arguments whose collations contradict one another: raises when it runs. */
static bool
lacks_collation(Oid collation, List *arguments)
{
	ListCell   *cell;

	if (OidIsValid(collation))
		return false;
	foreach(cell, arguments)
	{
		if (type_is_collatable(exprType(lfirst(cell))))
			return true;
	}
	return false;
}

static bool
third_at_least(List *arguments, int32 minimum)
{
	const Const *third = constant_argument(arguments, 2, INT4OID);

	return third != NULL && DatumGetInt32(third->constvalue) >= minimum;
}

static bool
third_is_nonzero(List *arguments)
{
	const Const *third = constant_argument(arguments, 2, INT4OID);

	return third != NULL && DatumGetInt32(third->constvalue) != 0;
}

/* The argument, if it is a constant of that type and not NULL; else NULL. */
static const Const *
constant_argument(List *arguments, int position, Oid type)
{
	Node	   *argument = list_nth(arguments, position);

	if (!IsA(argument, Const) || ((Const *) argument)->constisnull ||
		((Const *) argument)->consttype != type)
		return NULL;
	return (Const *) argument;
}

static bool
names_known_field(List *arguments)
{
	const Const *field = constant_argument(arguments, 0, TEXTOID);
	char	   *name;

	if (field == NULL)
		return false;
	name = TextDatumGetCString(field->constvalue);
	for (int i = 0; i < lengthof(known_fields); i++)
		if (strcmp(known_fields[i], name) == 0)
			return true;
	return false;
}

static bool
is_printable(Oid type)
{
	for (int i = 0; i < lengthof(printable_types); i++)
		if (printable_types[i] == type)
			return true;
	return false;
}
