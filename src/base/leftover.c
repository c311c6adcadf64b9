/*
 * leftover.c
 *	  What a migration's code would leave in the session of another role.
 *
 * Prepared statements and channels that it listens to outlive the transaction,
 * an error too, and DISCARD drops what is the session's own: such statements are
 * refused, as PostgreSQL refuses them to an index function in the hands of another
 * role.  The name of a prepared statement could be one that the session's driver
 * uses.  Cursors are closed: one WITH HOLD would be filled at the commit, any other
 * at the next FETCH, as whoever does that.  Temporary relations and types are found
 * before all others of their name; whoever lets the code run refuses them.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/portal.h"

#include "base/leftover.h"
#include "base/spi.h"

/*
 * Beside the bits of miscadmin.h in the security context, with which it ends, also
 * in an abort.
 */
#define SECURITY_GUEST 0x4000

static ProcessUtility_hook_type next_hook = NULL;

static void run_utility(PlannedStmt *planned, const char *text, bool read_only,
						ProcessUtilityContext context, ParamListInfo params,
						QueryEnvironment *environment, DestReceiver *receiver,
						QueryCompletion *completion);

void
gradual_leftover_init(void)
{
	next_hook = ProcessUtility_hook;
	ProcessUtility_hook = run_utility;
}

/* A worker's session is nobody's: what is left there goes with it. */
void
gradual_leftover_mark_guest(Oid session)
{
	Oid			user;
	int			security_context;

	GetUserIdAndSecContext(&user, &security_context);
	if (user != session && MyProcPort != NULL)
		SetUserIdAndSecContext(user, security_context | SECURITY_GUEST);
}

/* --- statements --- */

static bool
outlives_transaction(const Node *statement)
{
	switch (nodeTag(statement))
	{
		case T_PrepareStmt:
		case T_DeallocateStmt:
		case T_ListenStmt:
		case T_UnlistenStmt:
		case T_DiscardStmt:
			return true;
		default:
			return false;
	}
}

static bool
is_guest_at_work(void)
{
	Oid			user;
	int			security_context;

	GetUserIdAndSecContext(&user, &security_context);
	return (security_context & SECURITY_GUEST) != 0;
}

static void
run_utility(PlannedStmt *planned, const char *text, bool read_only,
			ProcessUtilityContext context, ParamListInfo params,
			QueryEnvironment *environment, DestReceiver *receiver,
			QueryCompletion *completion)
{
	if (outlives_transaction(planned->utilityStmt) && is_guest_at_work())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("cannot execute %s in the session of another role",
						CreateCommandName(planned->utilityStmt)),
				 errdetail("It would outlive the code of the migration, which runs as its owner."),
				 errhint("Let a worker run the migration, by gradual.start() or gradual.resume(); or SET ROLE to its owner first.")));
	if (next_hook != NULL)
		next_hook(planned, text, read_only, context, params, environment, receiver, completion);
	else
		standard_ProcessUtility(planned, text, read_only, context, params, environment, receiver,
								completion);
}

/* --- cursors --- */

/* Names (String) */
static List *
open_cursors(void)
{
	List	   *names = NIL;
	ListCell   *lc;

	foreach(lc, gradual_spi_rows("SELECT name FROM pg_catalog.pg_cursors", NULL))
		names = lappend(names, makeString(gradual_row_text(lfirst(lc), 1)));
	return names;
}

/* What tells it from another one that has got its name meanwhile */
static Node *
mark_of(const Portal portal)
{
	return (Node *) makeString(psprintf(INT64_FORMAT " %s %s", portal->creation_time, portal->name,
										portal->sourceText));
}

List *
gradual_leftover_cursors(void)
{
	List	   *marks = NIL;
	ListCell   *lc;

	foreach(lc, open_cursors())
		marks = lappend(marks, mark_of(GetPortalByName(strVal(lfirst(lc)))));
	return marks;
}

/* One that is held already was filled as whoever opened it. */
void
gradual_leftover_close_cursors(List *before)
{
	ListCell   *lc;

	foreach(lc, open_cursors())
	{
		Portal		portal = GetPortalByName(strVal(lfirst(lc)));

		if (portal->createSubid != InvalidSubTransactionId && !list_member(before, mark_of(portal)))
			PortalDrop(portal, false);
	}
}

/* --- temporary objects --- */

/* Rows: OID, in words */
static List *
temporary(void)
{
	GradualArgs args = {0};
	Oid			schema,
				toast;

	GetTempNamespaceState(&schema, &toast);
	if (!OidIsValid(schema))
		return NIL;
	gradual_args_oid(&args, OIDOID, schema);
	gradual_args_oid(&args, OIDOID, GetUserId());
	return gradual_spi_rows("SELECT oid, pg_catalog.concat('relation \"', relname, '\"') FROM pg_catalog.pg_class"
							" WHERE relnamespace OPERATOR(pg_catalog.=) $1 AND relowner OPERATOR(pg_catalog.<>) $2"
							" UNION ALL"
							" SELECT oid, pg_catalog.concat('type \"', typname, '\"') FROM pg_catalog.pg_type"
							" WHERE typnamespace OPERATOR(pg_catalog.=) $1 AND typowner OPERATOR(pg_catalog.<>) $2",
							&args);
}

List *
gradual_leftover_temporary(void)
{
	List	   *oids = NIL;
	ListCell   *lc;

	foreach(lc, temporary())
		oids = lappend_oid(oids, gradual_row_oid(lfirst(lc), 1));
	return oids;
}

char *
gradual_leftover_new_temporary(List *before)
{
	ListCell   *lc;

	foreach(lc, temporary())
	{
		if (!list_member_oid(before, gradual_row_oid(lfirst(lc), 1)))
			return gradual_row_text(lfirst(lc), 2);
	}
	return NULL;
}
