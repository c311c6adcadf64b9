/*
 * toplevel.c
 *	  Runs SQL text as if a client had sent it: parse, analyse, plan, and one
 *	  portal a statement, since some (VACUUM, REINDEX) allocate in theirs.
 *
 * Parse and plan trees live in the caller's context: the portal uses them
 * across the commits that a top-level statement makes by itself, and an error
 * must not leave them behind for ever.
 *
 * If we crash here, a top-level statement can be half done (an invalid index);
 * the caller has recorded before what it was about to do.
 */
#include "postgres.h"

#include "access/xact.h"
#include "nodes/parsenodes.h"
#include "parser/analyze.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/memutils.h"
#include "utils/portal.h"
#include "utils/snapmgr.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/statement.h"
#include "base/toplevel.h"

static List *parse(const char *sql, MemoryContext context);
static void refuse_client_command(RawStmt *statement);
static List *plan(RawStmt *statement, const char *sql, MemoryContext context);
static uint64 run_portal(CommandTag tag, List *plans, const char *sql, bool top_level);
static void next_transaction(void);

uint64
gradual_toplevel_run(const char *sql, bool top_level, MemoryContext context)
{
	ErrorContextCallback callback;
	uint64		processed = 0;
	List	   *statements;
	ListCell   *lc;

	Assert(IsTransactionState());
	Assert(!top_level || !IsTransactionBlock());

	sql = MemoryContextStrdup(context, sql);
	gradual_statement_enter(&callback, sql);

	statements = parse(sql, context);
	foreach(lc, statements)
	{
		RawStmt    *statement = lfirst_node(RawStmt, lc);

		processed = run_portal(CreateCommandTag(statement->stmt),
							   plan(statement, sql, context), sql, top_level);
		if (!top_level)
			CommandCounterIncrement();
		else if (lnext(statements, lc) != NULL)
			next_transaction();
	}

	gradual_statement_leave(&callback);
	Assert(!top_level || !IsTransactionBlock());
	return processed;
}

/* All statements are looked at before the first one runs */
static List *
parse(const char *sql, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *statements = pg_parse_query(sql);
	ListCell   *lc;

	foreach(lc, statements)
		refuse_client_command(lfirst_node(RawStmt, lc));
	MemoryContextSwitchTo(old);
	return statements;
}

/*
 * BEGIN would leave a block open that nobody ends; COMMIT would end ours.  COPY
 * would talk to a client that did not ask for it, or to none.
 */
static void
refuse_client_command(RawStmt *statement)
{
	if (IsA(statement->stmt, TransactionStmt))
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("%s cannot be part of a migration",
						GetCommandTagName(CreateCommandTag(statement->stmt))),
				 errdetail("pg_gradual divides a migration into transactions itself."),
				 errhint("Remove the transaction commands from the script.")));
	if (IsA(statement->stmt, CopyStmt) &&
		castNode(CopyStmt, statement->stmt)->filename == NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("COPY from or to the client cannot be part of a migration"),
				 errdetail("No client is connected when the migration runs."),
				 errhint("Use INSERT INTO .. VALUES in the script.")));
}

/* Returns PlannedStmts, several if rules say so, in context */
static List *
plan(RawStmt *statement, const char *sql, MemoryContext context)
{
	bool		needs_snapshot = analyze_requires_snapshot(statement);
	MemoryContext old;
	List	   *plans;

	if (needs_snapshot)
		PushActiveSnapshot(GetTransactionSnapshot());
	old = MemoryContextSwitchTo(context);
	plans = pg_analyze_and_rewrite_fixedparams(statement, sql, NULL, 0, NULL);
	plans = pg_plan_queries(plans, sql, CURSOR_OPT_PARALLEL_OK, NULL);
	MemoryContextSwitchTo(old);
	if (needs_snapshot)
		PopActiveSnapshot();
	return plans;
}

/*
 * The portal has a name of its own: run_batch() is called inside the client's
 * unnamed one.  It takes the snapshots that its strategy needs.
 */
static uint64
run_portal(CommandTag tag, List *plans, const char *sql, bool top_level)
{
	Portal		portal = CreateNewPortal();
	QueryCompletion completion;

	portal->visible = false;
	PortalDefineQuery(portal, NULL, sql, tag, plans, NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) PortalRun(portal, FETCH_ALL, top_level,
					 None_Receiver, None_Receiver, &completion);
	PortalDrop(portal, false);
	return completion.nprocessed;
}

/* Each statement of a client that sends them one by one commits by itself */
static void
next_transaction(void)
{
	CommitTransactionCommand();
	SetCurrentStatementStartTimestamp();
	StartTransactionCommand();
}
