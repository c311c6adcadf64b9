/*
 * preview.c
 *	  gradual.preview(): rows as the statements of a script find and leave them.
 */
#include "postgres.h"

#include "commands/trigger.h"
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/guc.h"
#include "utils/tuplestore.h"

#include "api/api.h"
#include "base/errors.h"
#include "base/identity.h"
#include "ledger/ledger.h"
#include "plan/plan.h"
#include "script/preview.h"

PG_FUNCTION_INFO_V1(gradual_preview);
PG_FUNCTION_INFO_V1(gradual_preview_row);

static int
read_rows(FunctionCallInfo fcinfo)
{
	if (PG_ARGISNULL(1) || PG_GETARG_INT32(1) < 1)
		gradual_api_bad_value("rows", "at least 1");
	return PG_GETARG_INT32(1);
}

/* What has begun has another schema, and some of its rows are changed already. */
static GradualMigration *
open_untouched(const char *name)
{
	GradualMigration *migration = gradual_ledger_find(name, false, false);

	gradual_api_require_writable();
	if (!gradual_identity_may_act_as(migration->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the preview of migration \"%s\"", name)));
	gradual_api_refuse_tracked(migration);
	if (migration->status != GRADUAL_DEFINED && migration->status != GRADUAL_ROLLED_BACK)
		gradual_api_refuse_begun(migration, "preview",
								 "A preview is for a migration that has not begun");
	return migration;
}

static Datum
jsonb_datum(char *json)
{
	return DirectFunctionCall1(jsonb_in, CStringGetDatum(json));
}

static void
show(FunctionCallInfo fcinfo, List *rows)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, rows)
	{
		GradualPreviewRow *row = lfirst(lc);
		Datum		values[4] = {0};
		bool		nulls[4] = {false, row->key == NULL, row->before == NULL, row->after == NULL};

		values[0] = Int32GetDatum(row->statement);
		if (row->key != NULL)
			values[1] = CStringGetTextDatum(row->key);
		if (row->before != NULL)
			values[2] = jsonb_datum(row->before);
		if (row->after != NULL)
			values[3] = jsonb_datum(row->after);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}

Datum
gradual_preview(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	int			rows = read_rows(fcinfo);
	GradualMigration *migration = open_untouched(name);
	int			guc_level = NewGUCNestLevel();
	ErrorData  *error;
	List	   *found = gradual_plan_preview(migration, rows, &error);

	AtEOXact_GUC(false, guc_level);
	if (error != NULL)
		ereport(WARNING,
				(errcode(error->sqlerrcode),
				 errmsg("the preview of migration \"%s\" ends early: %s", name, error->message),
				 errdetail("%s", error->context != NULL ? error->context : ""),
				 errhint("So would the migration, unless its other steps come first.")));
	show(fcinfo, found);
	PG_RETURN_NULL();
}

Datum
gradual_preview_row(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("gradual.preview_row() is for row triggers")));
	gradual_preview_see(trigger);
	return PointerGetDatum(NULL);
}
