/*
 * failure.c
 *	  What becomes of an error of a tick.
 *
 * An error of a batch is looked into at once, with fewer rows, until one stands
 * alone.  Lock timeouts and deadlocks are our manners at work: the same again
 * after a while, until the patience is over.  Everything else ends the run.
 *
 * If we crash here nothing was recorded: the next worker meets the same error.
 */
#include "postgres.h"

#include "base/clock.h"
#include "base/txn.h"
#include "ledger/steps.h"
#include "run/executor.h"
#include "run/failure.h"
#include "run/fill.h"
#include "run/index_work.h"
#include "run/manners.h"

typedef struct Failure
{
	GradualRun *run;
	GradualTick *tick;
	ErrorData  *error;
	char	   *holder;			/* of a row that a batch waited for, or NULL */
	char	   *rows;			/* that raised, or are in the way; or NULL */
	bool		counts;			/* the migration was still ours */
	MemoryContext context;		/* for the texts */
} Failure;

static bool
is_transient(int sqlerrcode)
{
	return sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE ||
		sqlerrcode == ERRCODE_T_R_DEADLOCK_DETECTED ||
		sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE;
}

static void
find_holder(void *arg)
{
	Failure    *failure = arg;
	MemoryContext transaction = MemoryContextSwitchTo(failure->context);

	failure->holder = gradual_fill_row_holder(failure->run, failure->tick->step, failure->error);
	MemoryContextSwitchTo(transaction);
}

char *
gradual_failure_rows(GradualRun *run, const GradualTick *tick, const ErrorData *error)
{
	char	   *rows = gradual_fill_failed_row(run, error);

	return rows != NULL ? rows : gradual_executor_violators(run, tick, error);
}

static void
find_rows(void *arg)
{
	Failure    *failure = arg;
	MemoryContext transaction = MemoryContextSwitchTo(failure->context);

	failure->rows = gradual_failure_rows(failure->run, failure->tick, failure->error);
	MemoryContextSwitchTo(transaction);
}

static void
add_detail(ErrorData *error, char *detail)
{
	error->detail = error->detail == NULL ? detail : psprintf("%s %s", error->detail, detail);
}

static void
record_failure(void *arg)
{
	Failure    *failure = arg;

	failure->counts = gradual_executor_failed(failure->run, failure->tick, failure->error);
}

static void
record_attempt(void *arg)
{
	Failure    *failure = arg;

	if (failure->tick->step > 0)
		gradual_ledger_step_attempt(failure->run->id, failure->tick->step,
									failure->tick->waited_ms);
}

static ErrorData *
end_run(Failure *failure)
{
	ErrorData  *ignored;
	ErrorData  *unrecorded;

	if (failure->holder != NULL && failure->error->detail == NULL)
		add_detail(failure->error, psprintf("A row is held by %s.", failure->holder));
	if (gradual_txn_attempt(true, find_rows, failure, &ignored) && failure->rows != NULL)
		add_detail(failure->error, failure->rows);
	if (!gradual_txn_attempt(true, record_failure, failure, &unrecorded))
		return unrecorded;
	if (failure->counts)
		ereport(LOG,
				(errcode(failure->error->sqlerrcode),
				 errmsg("migration \"%s\" failed: %s", failure->run->migration->name,
						failure->error->message)));
	return NULL;
}

ErrorData *
gradual_failure(GradualRun *run, GradualTick *tick, ErrorData *error,
				double *rest_ms, char **activity)
{
	Failure		failure = {run, tick, error,.context = CurrentMemoryContext};
	ErrorData  *ignored;

	if (tick->locking_since > 0)
		tick->waited_ms = gradual_clock_ms() - tick->locking_since;
	if (gradual_fill_halve(run, error) || gradual_fill_quarantine(run, error) ||
		gradual_index_refused_drop(run, tick, error))
		return NULL;
	if (error->sqlerrcode == ERRCODE_LOCK_NOT_AVAILABLE)
		(void) gradual_txn_attempt(true, find_holder, &failure, &ignored);
	if (!is_transient(error->sqlerrcode) || gradual_manners_patience_over(run))
		return end_run(&failure);
	(void) gradual_txn_attempt(true, record_attempt, &failure, &ignored);
	*rest_ms = gradual_manners_backoff(run);
	if (failure.holder != NULL)
		*activity = psprintf("waiting for a row held by %s", failure.holder);
	else if (error->sqlerrcode == ERRCODE_T_R_SERIALIZATION_FAILURE)
		*activity = psprintf("trying again: %s", error->message);
	else
		*activity = psprintf("waiting for a lock: %s", error->message);
	return NULL;
}
