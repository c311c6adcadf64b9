/*
 * on_clone.c
 *	  Running statements on clones.
 */
#include "postgres.h"

#include "access/xact.h"
#include "parser/parser.h"
#include "tcop/dest.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/guc.h"

#include "base/compat.h"
#include "script/lookup.h"
#include "script/on_clone.h"

/*
 * As a part of a bigger command: the server then leaves the event triggers of
 * users out, which are meant for what really happens.
 */
static void
run(GradualRehearsal *rehearsal, RawStmt *raw, const char *text)
{
	ListCell   *lc;

	foreach(lc, pg_analyze_and_rewrite_fixedparams(raw, text, NULL, 0, NULL))
	{
		Query	   *query = lfirst_node(Query, lc);
		PlannedStmt *planned = makeNode(PlannedStmt);

		if (query->commandType != CMD_UTILITY)
			elog(ERROR, "not a utility statement: %d", (int) nodeTag(raw->stmt));
		planned->commandType = CMD_UTILITY;
		planned->utilityStmt = query->utilityStmt;
		planned->stmt_location = raw->stmt_location;
		planned->stmt_len = raw->stmt_len;
		ProcessUtility(planned, text, false, PROCESS_UTILITY_SUBCOMMAND, NULL, NULL,
					   None_Receiver, NULL);
		CommandCounterIncrement();
	}
}

void
gradual_clone_run(GradualRehearsal *rehearsal, Node *statement)
{
	RawStmt    *raw = makeNode(RawStmt);

	raw->stmt = statement;
	raw->stmt_location = rehearsal->statement->location;
	raw->stmt_len = strlen(rehearsal->statement->sql);
	run(rehearsal, raw, rehearsal->script->text);
}

void
gradual_clone_run_text(GradualRehearsal *rehearsal, const char *sql)
{
	int			level = gradual_lookup_pin_path();
	ListCell   *lc;

	rehearsal->context.own_text = true;
	foreach(lc, raw_parser(sql, RAW_PARSE_DEFAULT))
		run(rehearsal, lfirst_node(RawStmt, lc), sql);
	rehearsal->context.own_text = false;
	AtEOXact_GUC(true, level);
}
