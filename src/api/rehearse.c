/*
 * rehearse.c
 *	  gradual.rehearse(): the whole migration on the real tables in one
 *	  transaction, with everything undone at its end.
 *
 * What it does stands in one subtransaction that is rolled back, whatever comes
 * of it, and with it goes all of it: objects, rows, locks, what the ledger says.
 * While another session holds a table it is rolled back too, and tried again:
 * nothing is waited for while something is locked.
 */
#include "postgres.h"

#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/tuplestore.h"

#include "api/api.h"
#include "api/interval.h"
#include "base/clock.h"
#include "base/deadline.h"
#include "base/errors.h"
#include "base/undone.h"
#include "ledger/ledger.h"
#include "ledger/steps.h"
#include "ledger/transition.h"
#include "run/held.h"
#include "run/trial.h"

PG_FUNCTION_INFO_V1(gradual_rehearse);

/* Between two attempts, in ms. */
#define PAUSE_MS 50

/* The longest max_time, in ms. */
#define MAX_TIME_MS 3600000.0

#define COLUMNS 10

typedef struct Rehearsal
{
	const char *name;
	List	   *sequences;		/* that the caller has drawn from (oids) */
	GradualTrial trial;
} Rehearsal;

static void
read_limits(FunctionCallInfo fcinfo, GradualTrial *trial)
{
	if (PG_ARGISNULL(1) || PG_GETARG_INT32(1) < 1)
		gradual_api_bad_value("max_rows", "at least 1");
	trial->max_rows = PG_GETARG_INT32(1);
	trial->max_time = PG_ARGISNULL(2) ? 0 : gradual_api_milliseconds(PG_GETARG_INTERVAL_P(2));
	if (!(trial->max_time >= 1 && trial->max_time <= MAX_TIME_MS))
		gradual_api_bad_value("max_time", "between 1 millisecond and 1 hour");
}

/* Has a step of it left something behind? */
static bool
has_begun(const GradualMigration *migration)
{
	ListCell   *lc;

	foreach(lc, gradual_ledger_steps(migration->id))
	{
		const GradualStep *step = lfirst(lc);
		bool		one_transaction = step->kind == GRADUAL_STEP_DDL ||
		step->kind == GRADUAL_STEP_STATEMENT || step->kind == GRADUAL_STEP_SCAN;

		if (step->status == GRADUAL_STEP_DONE || step->status == GRADUAL_STEP_RUNNING ||
			(step->status == GRADUAL_STEP_FAILED && !one_transaction))
			return true;
	}
	return false;
}

static bool
is_untouched(const GradualMigration *migration)
{
	switch (migration->status)
	{
		case GRADUAL_DEFINED:
		case GRADUAL_ROLLED_BACK:
			return true;
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			return !has_begun(migration);
		default:
			return false;
	}
}

/* All of it, from a start to completed; driven here, by nobody else. */
static void
attempt(void *arg)
{
	Rehearsal  *rehearsal = arg;
	GradualMigration *migration = gradual_api_open(rehearsal->name);

	gradual_api_refuse_tracked(migration);
	if (!is_untouched(migration))
		gradual_api_refuse_begun(migration, "rehearse",
								 "A rehearsal is for a migration that has changed nothing yet");
	gradual_api_prepare_start(migration);
	migration->foreground = true;
	migration->auto_complete = true;
	gradual_ledger_store_start(migration);
	(void) gradual_ledger_transition(migration, GRADUAL_START, -1, 0, "rehearse", NULL);
	(void) gradual_ledger_transition(migration, GRADUAL_PAUSE, -1, 0, "rehearse", NULL);
	gradual_trial_run(&rehearsal->trial, migration);
}

/* Once, and for no longer than max_time; true if others held what it had to lock. */
static bool
rehearse_once(Rehearsal *rehearsal)
{
	GradualTrial *trial = &rehearsal->trial;
	int			guc_level = NewGUCNestLevel();
	ErrorData  *error;

	trial->sequences = list_copy(rehearsal->sequences);
	trial->steps = NIL;
	trial->stopped = NULL;
	trial->blocked = false;
	gradual_deadline_set(trial->max_time);
	error = gradual_undone(attempt, rehearsal);
	gradual_deadline_clear();
	AtEOXact_GUC(false, guc_level);
	if (error == NULL)
		return trial->blocked;
	if (error->sqlerrcode != ERRCODE_QUERY_CANCELED || !gradual_deadline_is_over())
		ReThrowError(error);
	if (trial->steps == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_QUERY_CANCELED),
				 errmsg("the rehearsal of migration \"%s\" took longer than max_time",
						rehearsal->name),
				 errdetail("No step of it had begun."),
				 errhint("Call it with a longer max_time.")));
	gradual_tried_stop(trial);
	return false;
}

static void
rehearse(Rehearsal *rehearsal)
{
	double		begin = gradual_clock_ms();

	rehearsal->sequences = gradual_held_sequences(gradual_held_locks());
	while (rehearse_once(rehearsal) &&
		   gradual_clock_ms() - begin < rehearsal->trial.max_time)
		gradual_clock_sleep(PAUSE_MS);
}

/* --- what is shown --- */

static Datum
interval_datum(double milliseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = (TimeOffset) (milliseconds * 1000.0);
	return IntervalPGetDatum(interval);
}

static bool
changes_rows(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_BACKFILL || step->kind == GRADUAL_STEP_STATEMENT;
}

/* Locks of one transaction are held until its last step is done. */
static double
held_of(const GradualTrial *trial, const GradualTrialStep *one)
{
	double		held = 0;
	ListCell   *lc;

	if (one->step->transaction == 0)
		return one->held;
	foreach(lc, trial->steps)
	{
		const GradualTrialStep *other = lfirst(lc);

		if (other->step->transaction == one->step->transaction)
			held += other->duration;
	}
	return held;
}

static char *
finding_of(const GradualTrial *trial, const GradualTrialStep *one)
{
	if (!one->tried)
		return trial->stopped != NULL ? trial->stopped : "the migration would stop before it";
	if (one->left_out == 0)
		return one->finding;
	return psprintf("rows that would go into the quarantine: " INT64_FORMAT "%s%s", one->left_out,
					one->finding != NULL ? "; " : "", one->finding != NULL ? one->finding : "");
}

static void
show_step(FunctionCallInfo fcinfo, const GradualTrial *trial, const GradualTrialStep *one)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	const GradualStep *step = one->step;
	char	   *finding = finding_of(trial, one);
	bool		has_run = one->tried && one->result != GRADUAL_TRIAL_SKIPPED;
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};

	values[0] = Int32GetDatum(step->step);
	values[1] = CStringGetTextDatum(gradual_phase_name(step->phase));
	values[2] = CStringGetTextDatum(step->action);
	values[3] = CStringGetTextDatum(step->target);
	values[4] = CStringGetTextDatum(gradual_tried_result_name(one->result));
	values[5] = Int64GetDatum(one->rows);
	nulls[5] = !has_run || !changes_rows(step);
	values[6] = interval_datum(one->duration);
	nulls[6] = !has_run;
	nulls[7] = one->locks == NULL;
	if (one->locks != NULL)
		values[7] = CStringGetTextDatum(one->locks);
	values[8] = interval_datum(held_of(trial, one));
	nulls[8] = one->locks == NULL;
	nulls[9] = finding == NULL;
	if (finding != NULL)
		values[9] = CStringGetTextDatum(finding);
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

Datum
gradual_rehearse(PG_FUNCTION_ARGS)
{
	Rehearsal	rehearsal = {0};
	ListCell   *lc;

	rehearsal.name = gradual_api_text(fcinfo, 0, "name");
	rehearsal.trial.context = CurrentMemoryContext;
	read_limits(fcinfo, &rehearsal.trial);
	rehearse(&rehearsal);
	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, rehearsal.trial.steps)
		show_step(fcinfo, &rehearsal.trial, lfirst(lc));
	PG_RETURN_NULL();
}
