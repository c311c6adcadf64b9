/*
 * api.c
 *	  What the SQL-callable functions share.
 */
#include "postgres.h"

#include "access/xact.h"
#include "access/xlog.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"

#include "api/api.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/leftover.h"
#include "base/version.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "plan/plan.h"

char *
gradual_api_text(FunctionCallInfo fcinfo, int argument, const char *name)
{
	gradual_version_require();
	if (PG_ARGISNULL(argument))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("argument \"%s\" must not be NULL", name)));
	return text_to_cstring(PG_GETARG_TEXT_PP(argument));
}

/* Else PostgreSQL would name a command of ours that the caller has never seen. */
void
gradual_api_require_writable(void)
{
	if (RecoveryInProgress())
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("migrations can be neither checked nor steered on a standby"),
				 errdetail("This server is in recovery: no ledger can be written here, and no temporary table made to try a script on."),
				 errhint("Connect to the primary. On a standby there are the views, gradual.plan(), gradual.has_run() and CALL gradual.wait().")));
	if (XactReadOnly)
		ereport(ERROR,
				(errcode(ERRCODE_READ_ONLY_SQL_TRANSACTION),
				 errmsg("migrations can be neither checked nor steered in a read-only transaction"),
				 errdetail("It could write no ledger, and make no temporary table to try a script on."),
				 DefaultXactReadOnly ?
				 errhint("SET default_transaction_read_only = off;") :
				 errhint("ROLLBACK; BEGIN READ WRITE;")));
}

void
gradual_api_bad_value(const char *argument, const char *allowed)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid value for argument \"%s\"", argument),
			 errdetail("It must be %s.", allowed)));
}

GradualMigration *
gradual_api_open(const char *name)
{
	GradualMigration *migration;

	gradual_api_require_writable();
	gradual_ledger_adopt_restored();
	migration = gradual_ledger_find(name, true, false);
	if (!gradual_identity_may_act_as(migration->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for migration \"%s\"", name),
				 errdetail("Only members of the role that defined it may steer it.")));
	return migration;
}

List *
gradual_api_compile(GradualMigration *migration)
{
	int			guc_level = NewGUCNestLevel();
	List	   *steps = gradual_plan_compile(migration);

	/* false: also what was set locally goes back to what the caller had */
	AtEOXact_GUC(false, guc_level);
	return steps;
}

void
gradual_api_refuse(const GradualMigration *migration, const char *wish, const char *hint)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("cannot %s migration \"%s\"", wish, migration->name),
			 errdetail("Its status is %s.", gradual_status_name(migration->status)),
			 hint == NULL ? 0 : errhint("%s", hint)));
}

void
gradual_api_refuse_tracked(const GradualMigration *migration)
{
	if (migration->tracked)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_STATUS),
				 errmsg("migration \"%s\" is tracked only", migration->name),
				 errdetail("Its work is done outside the database."),
				 errhint("Use gradual.track_start(), track_progress(), track_complete() and track_fail().")));
}

void
gradual_api_refuse_begun(const GradualMigration *migration, const char *wish, const char *hint)
{
	if (migration->status == GRADUAL_COMPLETED || migration->tracked ||
		gradual_is_swapped(gradual_ledger_steps(migration->id)))
		gradual_api_refuse(migration, wish, psprintf("%s.", hint));
	gradual_api_refuse(migration, wish,
					   psprintf("%s: SELECT gradual.rollback(%s); first.", hint,
								quote_literal_cstr(migration->name)));
}

void
gradual_api_refuse_temporary(const GradualMigration *migration, List *before)
{
	char	   *left = gradual_leftover_new_temporary(before);

	if (left == NULL)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("migration \"%s\" would leave temporary %s in the session of another role",
					migration->name, left),
			 errdetail("Statements of this session would find it before all others of its name."),
			 errhint("SET ROLE %s; before the call, so that it is that role's session.",
					 quote_identifier(GetUserNameFromId(migration->owner, false)))));
}
