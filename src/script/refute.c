/*
 * refute.c
 *	  Does an UPDATE's SET make its own WHERE untrue?
 *
 * If it does, a row done is never a candidate again unless the application
 * makes it one, and then it is one by the user's own words: such a statement may
 * visit rows as often as it likes.  The proof is left to the planner's
 * predicate_refuted_by(); here are made the facts that SET leaves behind, and
 * forms that it cannot read are put into words that it can.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

#include "script/not_null.h"
#include "script/refute.h"
#include "script/steady.h"

static Var *column_var(Oid relid, AttrNumber number, Index varno);
static List *facts_of_target(Var *column, Node *expr, bool never_null);
static Node *null_test(Node *arg, NullTestType type);
static Node *equality(Var *column, Const *value);
static Node *relabel(Node *expr, Oid type);
static bool is_own(Node *conjunct, Index varno);
static Node *plain_words(Node *conjunct);
static Node *without_distinct(DistinctExpr *expr);
static bool is_refuted(Node *conjunct, List *facts);

Node *
gradual_refute_where(Node *quals, List *targets, Index varno, Oid relid,
					 Bitmapset *not_null)
{
	List	   *facts = NIL;
	ListCell   *cell;

	foreach(cell, targets)
	{
		TargetEntry *target = lfirst_node(TargetEntry, cell);
		Node	   *expr = (Node *) target->expr;
		bool		never_null = gradual_not_null_prove(expr, varno, not_null);

		expr = eval_const_expressions(NULL, copyObject(expr));
		facts = list_concat(facts,
							facts_of_target(column_var(relid, target->resno, varno),
											expr, never_null));
	}

	foreach(cell, make_ands_implicit((Expr *) quals))
	{
		Node	   *conjunct = lfirst(cell);

		if (is_own(conjunct, varno) && is_refuted(conjunct, facts))
			return conjunct;
	}
	return NULL;
}

bool
gradual_refute_spares_no_null(Node *quals, List *targets, Index varno, Oid relid)
{
	List	   *predicate;
	ListCell   *cell;

	if (quals == NULL)
		return true;
	if (!is_own(quals, varno))
		return false;
	predicate = make_ands_implicit((Expr *)
								   eval_const_expressions(NULL, copyObject(quals)));
	foreach(cell, targets)
	{
		Var		   *column = column_var(relid, lfirst_node(TargetEntry, cell)->resno,
										varno);

		if (!predicate_implied_by(predicate,
								  list_make1(null_test((Node *) column, IS_NULL)),
								  false))
			return false;
	}
	return true;
}

static Var *
column_var(Oid relid, AttrNumber number, Index varno)
{
	Oid			type;
	int32		typmod;
	Oid			collation;

	get_atttypetypmodcoll(relid, number, &type, &typmod, &collation);
	return makeVar(varno, number, type, typmod, collation, 0);
}

/* What is true of a column that has just been set to expr. */
static List *
facts_of_target(Var *column, Node *expr, bool never_null)
{
	List	   *facts = NIL;
	Const	   *value = IsA(expr, Const) ? (Const *) expr : NULL;
	Node	   *equal_to_value;

	/* IS NULL of a row is not the absence of IS NOT NULL */
	if (type_is_rowtype(column->vartype))
		return NIL;
	if (value && value->constisnull)
		return list_make1(null_test((Node *) column, IS_NULL));
	if (value || never_null)
		facts = lappend(facts, null_test((Node *) column, IS_NOT_NULL));
	if (value == NULL)
		return facts;

	if (column->vartype == BOOLOID)
		return lappend(facts, DatumGetBool(value->constvalue) ?
					   (Node *) column :
					   (Node *) makeBoolExpr(NOT_EXPR, list_make1(column), -1));
	equal_to_value = equality(column, value);
	return equal_to_value ? lappend(facts, equal_to_value) : facts;
}

static Node *
null_test(Node *arg, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = (Expr *) arg;
	test->nulltesttype = type;
	test->argisrow = false;
	test->location = -1;
	return (Node *) test;
}

/* column = value as the parser would write it; NULL: the type has no equality. */
static Node *
equality(Var *column, Const *value)
{
	TypeCacheEntry *type = lookup_type_cache(column->vartype, TYPECACHE_EQ_OPR);
	Oid			left;
	Oid			right;
	Expr	   *result;

	if (!OidIsValid(type->eq_opr))
		return NULL;
	op_input_types(type->eq_opr, &left, &right);
	result = make_opclause(type->eq_opr, BOOLOID, false,
						   (Expr *) relabel((Node *) copyObject(column), left),
						   (Expr *) relabel((Node *) copyObject(value), right),
						   InvalidOid, column->varcollid);
	return eval_const_expressions(NULL, (Node *) result);
}

/* The operators of varchar are those of text. */
static Node *
relabel(Node *expr, Oid type)
{
	if (exprType(expr) == type || IsPolymorphicType(type))
		return expr;
	return (Node *) makeRelabelType((Expr *) expr, type, -1,
									exprCollation(expr),
									COERCE_IMPLICIT_CAST);
}

/* Over the target's columns only, and of the same result at any time? */
static bool
is_own(Node *conjunct, Index varno)
{
	Bitmapset  *varnos = pull_varnos(NULL, conjunct);

	return bms_equal(varnos, bms_make_singleton(varno)) &&
		!contain_subplans(conjunct) &&
		gradual_steadiness(conjunct) != GRADUAL_UNSTEADY;
}

/* An equivalent of a conjunct (for a WHERE) that predicate_refuted_by() can read. */
static Node *
plain_words(Node *conjunct)
{
	if (IsA(conjunct, BooleanTest) &&
		((BooleanTest *) conjunct)->booltesttype == IS_TRUE)
		return (Node *) ((BooleanTest *) conjunct)->arg;
	if (IsA(conjunct, DistinctExpr))
		return without_distinct((DistinctExpr *) conjunct);
	return conjunct;
}

/* 'a IS DISTINCT FROM constant' is 'a IS NULL OR a <> constant'. */
static Node *
without_distinct(DistinctExpr *expr)
{
	Node	   *left = linitial(expr->args);
	Node	   *right = lsecond(expr->args);
	Node	   *subject = IsA(left, Const) ? right : left;
	Const	   *value = (Const *) (IsA(left, Const) ? left : right);
	Oid			differs = get_negator(expr->opno);

	if (!IsA(value, Const) || value->constisnull || !OidIsValid(differs) ||
		type_is_rowtype(exprType(subject)))
		return (Node *) expr;
	return (Node *) makeBoolExpr(OR_EXPR,
								 list_make2(null_test(subject, IS_NULL),
											make_opclause(differs, BOOLOID, false,
														  (Expr *) left, (Expr *) right,
														  InvalidOid, expr->inputcollid)),
								 -1);
}

/*
 * False is more than is needed: a WHERE that is NULL leaves the row alone too,
 * and only that can be shown of 'SET a = NULL WHERE a > 5'.
 */
static bool
is_refuted(Node *conjunct, List *facts)
{
	List	   *predicate;

	conjunct = eval_const_expressions(NULL, copyObject(conjunct));
	conjunct = eval_const_expressions(NULL, plain_words(conjunct));
	predicate = make_ands_implicit((Expr *) conjunct);
	return predicate_refuted_by(predicate, facts, false) ||
		predicate_refuted_by(predicate, facts, true);
}
