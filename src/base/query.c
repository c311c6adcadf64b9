/*
 * query.c
 *	  A query of ours that stands among the statements of a migration.
 *
 * What PostgreSQL finds for "oid = regclass" is an operator for exactly these types,
 * if there is one in any schema of the search_path.  Whoever may create objects in
 * one of them could have his function run as the migration's owner.  So the query is
 * analysed under another search_path than it runs with, which SPI does not let us do.
 */
#include "postgres.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "tcop/tcopprot.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/identity.h"
#include "base/query.h"
#include "base/spi.h"
#include "base/statement.h"

typedef struct RowReceiver
{
	DestReceiver receiver;
	MemoryContext context;
	List	   *rows;			/* GradualRow * */
} RowReceiver;

/* It is planned under the search_path of the script: the planner asks for values, too */
static PlannedStmt *
plan_by_catalog(const char *sql)
{
	int			level = gradual_identity_pin_reading();
	List	   *queries;

	queries = pg_analyze_and_rewrite_fixedparams(linitial_node(RawStmt, pg_parse_query(sql)),
												 sql, NULL, 0, NULL);
	gradual_identity_unpin(level);
	return pg_plan_query(linitial_node(Query, queries), sql, 0, NULL);
}

static void
begin_rows(DestReceiver *self, int operation, TupleDesc desc)
{
}

static bool
take_row(TupleTableSlot *slot, DestReceiver *self)
{
	RowReceiver *receiver = (RowReceiver *) self;
	MemoryContext old = MemoryContextSwitchTo(receiver->context);

	receiver->rows = lappend(receiver->rows,
							 gradual_row_copy(ExecCopySlotHeapTuple(slot),
											  slot->tts_tupleDescriptor));
	MemoryContextSwitchTo(old);
	return true;
}

static void
end_rows(DestReceiver *self)
{
}

static List *
run(PlannedStmt *plan, const char *sql)
{
	RowReceiver receiver = {
		{take_row, begin_rows, end_rows, end_rows, DestNone}, CurrentMemoryContext, NIL
	};
	QueryDesc  *query = CreateQueryDesc(plan, sql, GetActiveSnapshot(), InvalidSnapshot,
										&receiver.receiver, NULL, NULL, 0);

	ExecutorStart(query, 0);
	ExecutorRun(query, ForwardScanDirection, 0);
	ExecutorFinish(query);
	ExecutorEnd(query);
	FreeQueryDesc(query);
	return receiver.rows;
}

List *
gradual_query_rows(const char *sql)
{
	ErrorContextCallback callback;
	List	   *rows;

	gradual_statement_enter(&callback, sql);
	CommandCounterIncrement();
	PushActiveSnapshot(GetTransactionSnapshot());
	rows = run(plan_by_catalog(sql), sql);
	PopActiveSnapshot();
	gradual_statement_leave(&callback);
	return rows;
}
