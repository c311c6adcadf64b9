/*
 * apply.c
 *	  One cached plan from the user's raw parse tree, run by the executor.
 *
 * Not by SPI, because SPI prepares only text; a text made from the analysed
 * statement has its own ways of meaning something else.  Nor through a portal,
 * which does not let us at the executor's state between its start and its run.
 * The plan is analysed and planned again by the server itself whenever the table
 * changes.
 *
 * Invariant: a saved plan lives outside every memory context of ours, so it is
 * dropped by a callback of the context in which its GradualApply lives: also
 * when that one goes with an aborted transaction.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "nodes/makefuncs.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"
#include "utils/memutils.h"
#include "utils/plancache.h"
#include "utils/rel.h"
#include "utils/resowner.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/statement.h"
#include "backfill/apply.h"

struct GradualApply
{
	/* Info */
	char	   *sql;
	CommandTag	tag;
	int			own;			/* parameters of the batch: $1 to $own */
	GradualFrozen frozen;		/* those behind them */
	int			cursor_options;
	bool		by_address;		/* finds its rows by nothing but $1 */

	/* Memory */
	CachedPlanSource *source;
	MemoryContextCallback callback;
};

static void
drop_plan(void *arg)
{
	GradualApply *apply = arg;

	if (apply->source)
		DropCachedPlan(apply->source);
	apply->source = NULL;
}

/* A rule turns one statement into none or several: not batchable. */
static void
check_rewritten(List *queries, const char *sql)
{
	if (list_length(queries) != 1)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("a rule rewrites a statement that runs in batches"),
				 errdetail("The statement is: %s", sql),
				 errhint("Drop the rule, or SET gradual.allow_blocking = on and start again.")));
}

static GradualApply *
prepare(RawStmt *raw, const char *sql, const Oid *own_types, int own,
		const GradualFrozen *frozen, int cursor_options)
{
	GradualApply *apply = palloc0(sizeof(GradualApply));
	Oid		   *types = palloc(sizeof(Oid) * (own + frozen->count + 1));
	CachedPlanSource *source;
	List	   *queries;
	ErrorContextCallback callback;

	apply->sql = pstrdup(sql);
	apply->tag = CreateCommandTag(raw->stmt);
	apply->own = own;
	apply->frozen = *frozen;
	apply->cursor_options = cursor_options;
	for (int i = 0; i < own + frozen->count; i++)
		types[i] = i < own ? own_types[i] : frozen->types[i - own];

	source = CreateCachedPlan(raw, apply->sql, apply->tag);
	gradual_statement_enter(&callback, apply->sql);
	queries = pg_analyze_and_rewrite_fixedparams(raw, apply->sql, types,
												 own + frozen->count, NULL);
	gradual_statement_leave(&callback);
	check_rewritten(queries, apply->sql);
	CompleteCachedPlan(source, queries, NULL, types, own + frozen->count,
					   NULL, NULL, cursor_options, false);
	SaveCachedPlan(source);

	apply->source = source;
	apply->callback.func = drop_plan;
	apply->callback.arg = apply;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &apply->callback);
	return apply;
}

bool
gradual_apply_is_alone(const Query *query)
{
	return list_length(query->rtable) == 1 && query->cteList == NIL && !query->hasSubLinks;
}

Bitmapset *
gradual_apply_changed(const Query *query, Relation rel)
{
	Bitmapset  *columns = NULL;
	TupleDesc	desc = RelationGetDescr(rel);
	ListCell   *lc;

	foreach(lc, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, lc);

		if (!entry->resjunk)
			columns = bms_add_member(columns, entry->resno - FirstLowInvalidHeapAttributeNumber);
	}
	for (int i = 0; i < desc->natts; i++)
	{
		if (TupleDescAttr(desc, i)->attgenerated != '\0')
			columns = bms_add_member(columns, i + 1 - FirstLowInvalidHeapAttributeNumber);
	}
	return columns;
}

GradualApply *
gradual_apply_make(const char *sql, const GradualLeaf *leaf,
				   const GradualApplyShape *shape, TimestampTz now)
{
	RawStmt    *raw = gradual_rewrite_parse(sql);
	GradualFrozen frozen;
	GradualApply *apply;

	gradual_rewrite_freeze(raw, &frozen, shape->ntypes + 1, now);
	gradual_rewrite_to_leaf(raw, shape->walks, leaf);
	gradual_rewrite_add_condition(raw, shape->condition);
	if (shape->unset != NIL)
		gradual_unset_only(raw, shape->unset);
	apply = prepare(raw, sql, shape->types, shape->ntypes, &frozen,
					shape->generic ? CURSOR_OPT_GENERIC_PLAN : 0);
	apply->by_address = shape->generic && gradual_apply_is_alone(gradual_apply_query(apply));
	return apply;
}

GradualApply *
gradual_apply_make_direct(const char *sql, TimestampTz now)
{
	RawStmt    *raw = gradual_rewrite_parse(sql);
	GradualFrozen frozen;

	gradual_rewrite_freeze(raw, &frozen, 1, now);
	return prepare(raw, sql, NULL, 0, &frozen, CURSOR_OPT_CUSTOM_PLAN);
}

GradualApply *
gradual_apply_make_select(const char *sql, const GradualLeaf *leaf, TimestampTz now)
{
	RawStmt    *raw = gradual_rewrite_parse(sql);
	GradualFrozen frozen;

	gradual_rewrite_freeze(raw, &frozen, 1, now);
	gradual_rewrite_to_leaf(raw, NULL, leaf);
	gradual_rewrite_to_select(raw);
	return prepare(raw, sql, NULL, 0, &frozen, CURSOR_OPT_CUSTOM_PLAN);
}

int
gradual_apply_own_parameters(const GradualApply *apply)
{
	return apply->own;
}

ParamListInfo
gradual_apply_parameters(GradualApply *apply, const Datum *values)
{
	int			count = apply->own + apply->frozen.count;
	ParamListInfo parameters = makeParamList(count);

	for (int i = 0; i < count; i++)
	{
		ParamExternData *parameter = &parameters->params[i];
		bool		is_own = i < apply->own;

		parameter->value = !is_own ? apply->frozen.values[i - apply->own] :
			values ? values[i] : (Datum) 0;
		parameter->isnull = is_own && values == NULL;
		parameter->pflags = PARAM_FLAG_CONST;
		parameter->ptype = apply->source->param_types[i];
	}
	return parameters;
}

Query *
gradual_apply_query(GradualApply *apply)
{
	RawStmt    *raw = copyObject(apply->source->raw_parse_tree);
	List	   *queries;

	queries = pg_analyze_and_rewrite_fixedparams(raw, apply->sql,
												 apply->source->param_types,
												 apply->source->num_params, NULL);
	check_rewritten(queries, apply->sql);
	return linitial_node(Query, queries);
}

/*
 * The executor has a copy of what the relation says of its triggers, and asks it
 * before each row.
 */
static void
pass_over_triggers(EState *estate)
{
	ListCell   *lc;

	foreach(lc, estate->es_opened_result_relations)
	{
		ResultRelInfo *relation = lfirst(lc);

		if (relation->ri_TrigDesc != NULL)
			relation->ri_TrigDesc->trig_update_before_row = false;
	}
}

/* In the active snapshot; limit 0 = none */
static uint64
execute(QueryDesc *query, uint64 limit, bool idle_triggers)
{
	uint64		processed;

	ExecutorStart(query, 0);
	if (idle_triggers)
		pass_over_triggers(query->estate);
	ExecutorRun(query, ForwardScanDirection, limit);
	processed = query->estate->es_processed;
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	return processed;
}

/*
 * The planner knows how few rows meet the WHERE, but not how many addresses $1
 * has: it might look for those rows, all of them in each batch, by an index.
 */
static CachedPlan *
plan_of(GradualApply *apply, ParamListInfo parameters)
{
	static const char *const others[] = {"enable_indexscan", "enable_bitmapscan"};
	CachedPlan *plan;
	int			level;

	if (!apply->by_address)
		return GetCachedPlan(apply->source, parameters, CurrentResourceOwner, NULL);
	level = NewGUCNestLevel();
	for (int i = 0; i < lengthof(others); i++)
		(void) set_config_option(others[i], "off", PGC_USERSET, PGC_S_SESSION,
								 GUC_ACTION_SAVE, true, 0, false);
	plan = GetCachedPlan(apply->source, parameters, CurrentResourceOwner, NULL);
	AtEOXact_GUC(true, level);
	return plan;
}

static uint64
run(GradualApply *apply, const Datum *values, uint64 limit, bool idle_triggers,
	DestReceiver *receiver)
{
	ParamListInfo parameters = gradual_apply_parameters(apply, values);
	CachedPlan *plan;
	QueryDesc  *query;
	ErrorContextCallback callback;
	uint64		processed;

	gradual_statement_enter(&callback, apply->sql);

	/* the resource owner gives the reference back after an error */
	plan = plan_of(apply, parameters);
	query = CreateQueryDesc(linitial_node(PlannedStmt, plan->stmt_list), apply->sql,
							GetActiveSnapshot(), InvalidSnapshot, receiver, parameters, NULL, 0);
	processed = execute(query, limit, idle_triggers);
	ReleaseCachedPlan(plan, CurrentResourceOwner);
	gradual_statement_leave(&callback);
	return processed;
}

uint64
gradual_apply_run(GradualApply *apply, const Datum *values, bool idle_triggers)
{
	uint64		changed;

	PushActiveSnapshot(GetTransactionSnapshot());
	changed = run(apply, values, 0, idle_triggers, None_Receiver);
	PopActiveSnapshot();
	CommandCounterIncrement();
	return changed;
}

void
gradual_apply_select(GradualApply *select, int limit, DestReceiver *receiver)
{
	(void) run(select, NULL, limit, false, receiver);
}
