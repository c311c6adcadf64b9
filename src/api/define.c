/*
 * define.c
 *	  gradual.define(), explain() and plan(): from a script to a stored plan.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "api/api.h"
#include "api/interval.h"
#include "base/errors.h"
#include "base/guc.h"
#include "base/identity.h"
#include "ledger/claim.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "plan/plan.h"
#include "script/session.h"

PG_FUNCTION_INFO_V1(gradual_define);
PG_FUNCTION_INFO_V1(gradual_explain);
PG_FUNCTION_INFO_V1(gradual_plan);

static void read_reverse(FunctionCallInfo fcinfo, GradualMigration *definition);
static List *read_depends_on(FunctionCallInfo fcinfo, const char *name);
static void read_error_policy(FunctionCallInfo fcinfo, GradualMigration *definition);
static void read_batches(FunctionCallInfo fcinfo, GradualMigration *definition);
static void store(GradualMigration *definition);
static void show_steps(FunctionCallInfo fcinfo, List *steps);

GradualMigration *
gradual_api_definition(const char *name, const char *script)
{
	GradualMigration *definition = palloc0(sizeof(GradualMigration));

	gradual_session_require_standard_strings(script);
	definition->name = pstrdup(name);
	definition->script = pstrdup(script);
	definition->search_path = pstrdup(namespace_search_path);
	definition->settings = gradual_session_settings();
	definition->reverse = pstrdup("{}");
	definition->owner = GetUserId();
	definition->workers = 1;
	definition->batch_time = gradual_batch_time;
	definition->own_batch_time = -1;
	definition->own_nice = -1;
	definition->lock_wait = gradual_lock_wait;
	definition->lock_patience = gradual_lock_patience;
	definition->direct_pages = gradual_direct_pages;
	definition->allow_blocking = gradual_allow_blocking;
	definition->nice = gradual_nice;
	definition->status = GRADUAL_DEFINED;
	definition->phase = GRADUAL_NO_PHASE;
	return definition;
}

Datum
gradual_define(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	char	   *script = gradual_api_text(fcinfo, 1, "script");
	GradualMigration *definition = gradual_api_definition(name, script);

	read_reverse(fcinfo, definition);
	definition->depends_on = read_depends_on(fcinfo, name);
	read_error_policy(fcinfo, definition);
	read_batches(fcinfo, definition);
	gradual_api_define(definition, false);
	PG_RETURN_TEXT_P(cstring_to_text(name));
}

static void
read_reverse(FunctionCallInfo fcinfo, GradualMigration *definition)
{
	Jsonb	   *reverse;

	if (PG_ARGISNULL(2))
		return;
	reverse = PG_GETARG_JSONB_P(2);
	if (!JB_ROOT_IS_OBJECT(reverse))
		gradual_api_bad_value("reverse", "a JSON object: {\"table.column\": \"expression\"}");
	definition->reverse = JsonbToCString(NULL, &reverse->root, VARSIZE(reverse));
}

static List *
read_depends_on(FunctionCallInfo fcinfo, const char *name)
{
	List	   *result = NIL;
	Datum	   *values;
	bool	   *nulls;
	int			count;

	if (PG_ARGISNULL(3))
		return NIL;
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(3), TEXTOID, -1, false, TYPALIGN_INT,
					  &values, &nulls, &count);
	for (int i = 0; i < count; i++)
	{
		char	   *dependency;

		if (nulls[i])
			gradual_api_bad_value("depends_on", "an array of names without NULL");
		dependency = TextDatumGetCString(values[i]);
		if (strcmp(dependency, name) == 0)
			gradual_api_bad_value("depends_on", "an array of other migrations' names");
		(void) gradual_ledger_find(dependency, false, false);
		result = lappend(result, dependency);
	}
	if (gradual_ledger_is_circular(name, result))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("migration \"%s\" would wait for itself", name),
				 errdetail("One of those it depends on depends on it, directly or by others.")));
	return result;
}

static void
read_error_policy(FunctionCallInfo fcinfo, GradualMigration *definition)
{
	char	   *on_error = PG_ARGISNULL(4) ? "fail" : gradual_api_text(fcinfo, 4, "on_error");

	if (strcmp(on_error, "fail") != 0 && strcmp(on_error, "quarantine") != 0)
		gradual_api_bad_value("on_error", "'fail' or 'quarantine'");
	definition->quarantine = strcmp(on_error, "quarantine") == 0;
	definition->max_errors = PG_ARGISNULL(5) ? 0 : PG_GETARG_INT64(5);
	if (definition->max_errors < 0)
		gradual_api_bad_value("max_errors", "0 (no limit) or more");
}

static void
read_batches(FunctionCallInfo fcinfo, GradualMigration *definition)
{
	if (!PG_ARGISNULL(6))
	{
		definition->batch_size = PG_GETARG_INT32(6);
		if (definition->batch_size < 1)
			gradual_api_bad_value("batch_size", "at least 1, or NULL for an adaptive size");
	}
	if (!PG_ARGISNULL(7))
		definition->own_batch_time =
			gradual_api_batch_time(PG_GETARG_INTERVAL_P(7));
	if (PG_ARGISNULL(8))
		return;
	definition->workers = PG_GETARG_INT32(8);
	if (definition->workers < 1 || definition->workers > GRADUAL_MAX_WORKERS)
		gradual_api_bad_value("workers", psprintf("between 1 and %d", GRADUAL_MAX_WORKERS));
}

static bool
are_same_names(List *some, List *others)
{
	ListCell   *one;
	ListCell   *other;

	if (list_length(some) != list_length(others))
		return false;
	forboth(one, some, other, others)
	{
		if (strcmp(lfirst(one), lfirst(other)) != 0)
			return false;
	}
	return true;
}

/* What a definition is beside its script, and is for good. */
static bool
has_same_terms(const GradualMigration *definition, const GradualMigration *existing)
{
	return strcmp(existing->reverse, definition->reverse) == 0 &&
		are_same_names(existing->depends_on, definition->depends_on) &&
		existing->quarantine == definition->quarantine &&
		existing->max_errors == definition->max_errors;
}

/* What alter() changes. */
static bool
has_same_settings(const GradualMigration *definition, const GradualMigration *existing)
{
	return existing->batch_size == definition->batch_size &&
		existing->own_batch_time == definition->own_batch_time &&
		existing->workers == definition->workers;
}

static char *
alter_call(const GradualMigration *definition)
{
	char	   *time = "";

	if (definition->own_batch_time > 0)
		time = psprintf(", batch_time => '%g ms'", definition->own_batch_time);
	return psprintf("SELECT gradual.alter(%s, batch_size => %d%s, workers => %d);",
					quote_literal_cstr(definition->name), definition->batch_size, time,
					definition->workers);
}

static void
refuse_to_redefine(const GradualMigration *definition, const GradualMigration *existing)
{
	const char *terms = existing->tracked || strcmp(existing->script, definition->script) != 0 ? "" :
	"It was defined with another reverse, depends_on, on_error or max_errors. ";
	const char *way = "Give the new script another name.";

	if (!existing->tracked && existing->status != GRADUAL_COMPLETED)
		way = psprintf("Give the new script another name, or SELECT gradual.rollback(%s); first.",
					   quote_literal_cstr(existing->name));
	gradual_api_refuse(existing, "redefine", psprintf("%s%s", terms, way));
}

/*
 * Is the definition stored already?  Raises if it stands in the way.  run() says
 * nothing of all that goes with a script: what define() said of it holds.
 */
static bool
is_defined(const GradualMigration *definition, const GradualMigration *existing, bool only_script)
{
	bool		replaceable = !existing->tracked && (existing->status == GRADUAL_DEFINED ||
													 existing->status == GRADUAL_ROLLED_BACK);
	bool		same = !existing->tracked && strcmp(existing->script, definition->script) == 0 &&
	(only_script || has_same_terms(definition, existing));
	bool		settled = only_script || existing->status == GRADUAL_COMPLETED ||
	has_same_settings(definition, existing);
	bool		same_path = only_script || strcmp(existing->search_path, definition->search_path) == 0;

	if (!gradual_identity_may_act_as(existing->owner))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("migration \"%s\" already exists", definition->name),
				 errdetail("It belongs to another role.")));
	if (!same && !replaceable)
		refuse_to_redefine(definition, existing);
	if (!same || (replaceable && !(settled && same_path)))
		return false;
	ereport(NOTICE,
			(errmsg("migration \"%s\" is defined already, with the same script",
					definition->name),
			 settled ? 0 : errdetail("Its settings stay as they are."),
			 settled ? 0 : errhint("%s", alter_call(definition))));
	return true;
}

void
gradual_api_define(GradualMigration *definition, bool only_script)
{
	GradualMigration *existing;

	gradual_api_require_writable();
	gradual_ledger_adopt_restored();
	existing = gradual_ledger_find(definition->name, true, true);
	if (existing != NULL)
	{
		if (is_defined(definition, existing, only_script))
			return;
		definition->id = existing->id;
	}
	store(definition);
}

/*
 * Store the definition, then its plan: the names of interim objects carry the
 * id.  Both are undone together if the script is refused.
 */
static void
store(GradualMigration *definition)
{
	char	   *open = gradual_ledger_open_dependency(definition->depends_on);

	/* here, and not at each later compilation, what is dropped is announced */
	(void) gradual_script_parse(definition->script, definition->search_path, NIL, true);
	definition->id = gradual_ledger_define(definition);
	if (open != NULL)
	{
		ereport(NOTICE,
				(errmsg("migration \"%s\" is only parsed: \"%s\", which it depends on, is not completed",
						definition->name, open),
				 errhint("gradual.start() checks it against the schema.")));
		return;
	}
	gradual_ledger_store_steps(definition->id, gradual_api_compile(definition));
}

Datum
gradual_explain(PG_FUNCTION_ARGS)
{
	char	   *script = gradual_api_text(fcinfo, 0, "script");

	gradual_api_require_writable();
	show_steps(fcinfo, gradual_api_compile(gradual_api_definition("explain", script)));
	PG_RETURN_NULL();
}

Datum
gradual_plan(PG_FUNCTION_ARGS)
{
	GradualMigration *migration =
	gradual_ledger_find(gradual_api_text(fcinfo, 0, "name"), false, false);

	if (!gradual_identity_may_act_as(migration->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for the plan of migration \"%s\"",
						migration->name)));
	show_steps(fcinfo, gradual_ledger_steps(migration->id));
	PG_RETURN_NULL();
}

static Datum
text_datum(const char *value)
{
	return CStringGetTextDatum(value == NULL ? "" : value);
}

static void
show_steps(FunctionCallInfo fcinfo, List *steps)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);
		Datum		values[12];
		bool		nulls[12] = {false};

		values[0] = Int32GetDatum(step->step);
		values[1] = text_datum(gradual_phase_name(step->phase));
		values[2] = Int32GetDatum(step->statement);
		nulls[2] = step->statement == 0;
		values[3] = text_datum(step->action);
		values[4] = text_datum(step->target);
		values[5] = text_datum(step->sql);
		values[6] = text_datum(step->lock_mode);
		nulls[6] = step->lock_mode == NULL || step->lock_mode[0] == '\0';
		values[7] = text_datum(step->blocks);
		values[8] = text_datum(step->cost);
		values[9] = Int64GetDatum(step->est_rows);
		values[10] = text_datum(step->reversible);
		values[11] = text_datum(step->note);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
}
