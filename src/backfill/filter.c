/*
 * filter.c
 *	  The row-pure conjuncts of a WHERE.
 *
 * A filter only saves work: whatever passes is decided again by the statement
 * itself, under its own snapshot.  So a conjunct may be left out, which makes
 * the filter inexact, but none may be added that the statement does not have.
 *
 * The first conjunct that cannot be decided here ends the list: one behind it
 * may rely on it not to raise an error.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "backfill/filter.h"

struct GradualFilterRun
{
	EState	   *estate;
	ExprContext *econtext;
	ExprState  *state;			/* NULL = every row passes */
	TupleTableSlot *slot;
};

typedef struct PureContext
{
	int			target;			/* range table index */
	int			own;			/* parameters up to here belong to the batch */
} PureContext;

/* True if something in it is not the row's own, or the batch's */
static bool
impure_walker(Node *node, void *arg)
{
	PureContext *context = arg;

	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		return var->varno != context->target || var->varlevelsup != 0 ||
			var->varattno <= 0;
	}
	if (IsA(node, Param))
		return ((Param *) node)->paramkind != PARAM_EXTERN ||
			((Param *) node)->paramid <= context->own;
	if (IsA(node, SubLink) || IsA(node, Aggref) || IsA(node, CurrentOfExpr))
		return true;
	return expression_tree_walker(node, impure_walker, arg);
}

/* Is it the condition that we added ourselves? */
static bool
batch_walker(Node *node, void *arg)
{
	PureContext *context = arg;

	if (node == NULL)
		return false;
	if (IsA(node, Param))
		return ((Param *) node)->paramkind == PARAM_EXTERN &&
			((Param *) node)->paramid <= context->own;
	return expression_tree_walker(node, batch_walker, arg);
}

static bool
is_null_test(Node *node, AttrNumber column)
{
	NullTest   *test = (NullTest *) node;

	return IsA(node, NullTest) && test->nulltesttype == IS_NULL &&
		IsA(test->arg, Var) && ((Var *) test->arg)->varattno == column;
}

/* A row version without the attribute reads as NULL only without a default. */
static bool
met_by_unset(Node *conjunct, Relation rel, AttrNumber unset)
{
	return unset > 0 && is_null_test(conjunct, unset) &&
		!TupleDescAttr(RelationGetDescr(rel), unset - 1)->atthasmissing;
}

/* Does the statement change every row that meets its WHERE? */
static bool
joins_nothing(Query *query)
{
	FromExpr   *from = query->jointree;

	return list_length(from->fromlist) == 1 && IsA(linitial(from->fromlist), RangeTblRef);
}

GradualFilter *
gradual_filter_make(GradualApply *apply, Relation rel, AttrNumber unset)
{
	GradualFilter *filter = palloc0(sizeof(GradualFilter));
	Query	   *query = gradual_apply_query(apply);
	PureContext context = {query->resultRelation, gradual_apply_own_parameters(apply)};
	Node	   *quals;
	List	   *conjuncts;
	ListCell   *lc;

	filter->exact = joins_nothing(query);

	/* a virtual column is not in the tuple, and the planner is not asked */
	quals = expand_generated_columns_in_expr(query->jointree->quals, rel,
											 query->resultRelation);
	conjuncts = make_ands_implicit((Expr *) eval_const_expressions(NULL, quals));
	foreach(lc, conjuncts)
	{
		Node	   *conjunct = lfirst(lc);

		if (batch_walker(conjunct, &context) || met_by_unset(conjunct, rel, unset))
			continue;
		if (impure_walker(conjunct, &context) || contain_volatile_functions(conjunct))
		{
			filter->exact = false;
			break;
		}
		filter->conjuncts = lappend(filter->conjuncts, conjunct);
	}
	return filter;
}

static Node *
null_test(Expr *expr, NullTestType type)
{
	NullTest   *test = makeNode(NullTest);

	test->arg = expr;
	test->nulltesttype = type;
	test->argisrow = false;
	test->location = -1;
	return (Node *) test;
}

static Node *
column_is_null(Relation rel, AttrNumber column)
{
	Form_pg_attribute attribute = TupleDescAttr(RelationGetDescr(rel), column - 1);

	return null_test((Expr *) makeVar(1, column, attribute->atttypid, attribute->atttypmod,
									  attribute->attcollation, 0), IS_NULL);
}

void
gradual_filter_add_unset_test(GradualFilter *filter, Relation rel, const Query *query)
{
	List	   *tests = NIL;
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);
		Node	   *test;

		if (entry->resjunk)
			continue;
		test = column_is_null(rel, entry->resno);
		if (!IsA(entry->expr, Const))
			test = (Node *) make_andclause(list_make2(test, null_test(copyObject(entry->expr),
																	  IS_NOT_NULL)));
		tests = lappend(tests, test);
	}
	if (tests != NIL)
		filter->conjuncts = lcons(list_length(tests) == 1 ? linitial(tests) : (Node *) make_orclause(tests),
								  filter->conjuncts);
}

GradualFilterRun *
gradual_filter_begin(const GradualFilter *filter, Relation rel, GradualApply *apply)
{
	GradualFilterRun *run = palloc0(sizeof(GradualFilterRun));

	if (filter->conjuncts == NIL)
		return run;
	run->estate = CreateExecutorState();
	run->estate->es_param_list_info = gradual_apply_parameters(apply, NULL);
	run->econtext = GetPerTupleExprContext(run->estate);
	run->slot = MakeSingleTupleTableSlot(RelationGetDescr(rel), &TTSOpsHeapTuple);
	run->econtext->ecxt_scantuple = run->slot;
	run->state = ExecPrepareQual(copyObject(filter->conjuncts), run->estate);
	return run;
}

bool
gradual_filter_passes(GradualFilterRun *run, HeapTuple tuple)
{
	bool		passes;

	if (run->state == NULL)
		return true;
	ExecStoreHeapTuple(tuple, run->slot, false);
	passes = ExecQual(run->state, run->econtext);
	ResetExprContext(run->econtext);
	ExecClearTuple(run->slot);
	return passes;
}

void
gradual_filter_end(GradualFilterRun *run)
{
	if (run->estate == NULL)
		return;
	ExecDropSingleTupleTableSlot(run->slot);
	FreeExecutorState(run->estate);
}
