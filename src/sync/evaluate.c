/*
 * evaluate.c
 *	  The value of a compiled expression for one row.
 *
 * An expression may write to its own table, and so come back here while it is
 * being evaluated: a state in use is never used a second time.
 */
#include "postgres.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "base/identity.h"
#include "sync/evaluate.h"
#include "sync/lenient.h"

static bool evaluate_guarded(GradualSyncEvaluation *evaluation);
static void evaluate_both(void *arg);
static bool satisfies_where(GradualSyncEvaluation *evaluation);
static Datum evaluate_expression(GradualSyncExpression *expression,
								 TupleTableSlot *slot, bool *isnull);
static void prepare_state(GradualSyncExpression *expression);

bool
gradual_sync_evaluate(GradualSyncEvaluation *evaluation)
{
	bool		where_is_total = evaluation->where == NULL || evaluation->where->total;

	if (where_is_total && evaluation->expression->total)
	{
		evaluate_both(evaluation);
		return evaluation->satisfied;
	}
	/* a subtransaction costs more than a second look at the WHERE */
	if (where_is_total && !satisfies_where(evaluation))
		return false;
	return evaluate_guarded(evaluation);
}

static bool
evaluate_guarded(GradualSyncEvaluation *evaluation)
{
	ErrorData  *error = gradual_lenient_run(evaluate_both, evaluation);

	if (error == NULL)
		return evaluation->satisfied;
	evaluation->error = error;
	ereport(DEBUG1,
			errcode(error->sqlerrcode),
			errmsg_internal("sync trigger leaves a row alone: %s", error->message));
	return false;
}

/* As in the worker, whoever writes the row; what is so already is not set again. */
static int
enter_settings(List *settings)
{
	int			level = gradual_identity_pin_texts();
	ListCell   *lc;

	foreach(lc, settings)
	{
		const GradualSyncSetting *setting = lfirst(lc);

		if (strcmp(GetConfigOption(setting->name, false, false), setting->value) != 0)
			(void) set_config_option(setting->name, setting->value, PGC_USERSET, PGC_S_SESSION,
									 GUC_ACTION_SAVE, true, 0, false);
	}
	return level;
}

static void
evaluate_both(void *arg)
{
	GradualSyncEvaluation *evaluation = arg;
	int			level = evaluation->settings != NIL ? enter_settings(evaluation->settings) : 0;

	evaluation->satisfied = satisfies_where(evaluation);
	if (evaluation->satisfied)
		evaluation->value = evaluate_expression(evaluation->expression,
												evaluation->slot, &evaluation->isnull);
	if (level > 0)
		gradual_identity_unpin(level);
}

static bool
satisfies_where(GradualSyncEvaluation *evaluation)
{
	bool		isnull;
	Datum		result;

	if (evaluation->where == NULL || evaluation->where->expr == NULL)
		return true;
	result = evaluate_expression(evaluation->where, evaluation->slot, &isnull);
	return !isnull && DatumGetBool(result);
}

/*
 * The context is made by hand: what the evaluation allocates may lie in the
 * trigger's own memory, which is reset for each row anyway.  Set-returning
 * functions, which would want a callback at its end, cannot occur.
 */
static Datum
evaluate_expression(GradualSyncExpression *expression, TupleTableSlot *slot, bool *isnull)
{
	ExprContext *context = makeNode(ExprContext);
	Datum		value;

	context->ecxt_scantuple = slot;
	context->ecxt_per_query_memory = CurrentMemoryContext;
	context->ecxt_per_tuple_memory = CurrentMemoryContext;
	if (expression->total)
		return ExecEvalExpr(expression->state, context, isnull);

	if (expression->transaction != gradual_compat_local_xid())
		prepare_state(expression);
	if (expression->busy || expression->role != GetUserId())
		return ExecEvalExpr(ExecInitExpr(expression->expr, NULL), context, isnull);

	expression->busy = true;
	value = ExecEvalExpr(expression->state, context, isnull);
	expression->busy = false;
	return value;
}

/*
 * One state a transaction: it checks privileges when it is made, so it is made
 * inside the subtransaction.  After an error it stays busy, and every row makes
 * its own.
 */
static void
prepare_state(GradualSyncExpression *expression)
{
	MemoryContext caller = MemoryContextSwitchTo(TopTransactionContext);

	expression->transaction = gradual_compat_local_xid();
	expression->role = GetUserId();
	expression->busy = true;
	expression->state = ExecInitExpr(expression->expr, NULL);
	expression->busy = false;
	MemoryContextSwitchTo(caller);
}
