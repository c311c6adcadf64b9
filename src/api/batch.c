/*
 * batch.c
 *	  gradual.run_batch(): the worker's code, driven by the caller in the
 *	  caller's transaction.
 *
 * Between two calls the migration is paused, with the mark 'foreground' so
 * that nobody starts a worker for it.  What a backfill keeps in memory lives
 * from call to call in this session, and is thrown away whenever a transaction
 * or savepoint is rolled back: the ledger then is behind it.  A subtransaction
 * that begins and ends inside a batch (the sync trigger's, or that of a user's
 * trigger) is none of ours: we stand in the middle of that memory.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/xact.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/memutils.h"

#include "api/api.h"
#include "api/batch.h"
#include "base/errors.h"
#include "base/identity.h"
#include "base/leftover.h"
#include "base/lock.h"
#include "base/spi.h"
#include "ledger/ledger.h"
#include "ledger/transition.h"
#include "run/executor.h"

PG_FUNCTION_INFO_V1(gradual_run_batch);

/* Of the migration that this session drives; NULL = none. */
static GradualRun *current = NULL;

/* The subtransaction in which it is at work; invalid = it is not. */
static SubTransactionId working_in = InvalidSubTransactionId;

static void
drop_current(void)
{
	if (current != NULL)
		gradual_run_close(current);
	current = NULL;
	working_in = InvalidSubTransactionId;
}

static void
transaction_ends(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_ABORT)
		drop_current();
}

static void
subtransaction_ends(SubXactEvent event, SubTransactionId id, SubTransactionId parent, void *arg)
{
	bool		is_inner = working_in != InvalidSubTransactionId && id > working_in;

	if (event == SUBXACT_EVENT_ABORT_SUB && !is_inner)
		drop_current();
}

void
gradual_batch_init(void)
{
	RegisterXactCallback(transaction_ends, NULL);
	RegisterSubXactCallback(subtransaction_ends, NULL);
}

/*
 * A worker that has nothing to do leaves in a moment, be it that the migration
 * was paused, or that it came too late.  Before we lock its row, since on its way
 * out it writes there.
 */
static void
await_leaving_worker(const char *name)
{
	GradualMigration *migration = gradual_ledger_find(name, false, true);

	if (migration != NULL && migration->status != GRADUAL_RUNNING &&
		migration->status != GRADUAL_QUEUED &&
		gradual_identity_may_act_as(migration->owner) &&
		gradual_worker_alive(migration->id, 0) && gradual_worker_lock_take(migration->id, 0))
		gradual_worker_lock_release(migration->id, 0);
}

/* Take the migration over for this session, in status paused. */
static void
take_over(GradualMigration *migration)
{
	if (gradual_worker_alive(migration->id, 0))
		gradual_api_refuse(migration, "run a batch of",
						   migration->status == GRADUAL_RUNNING ?
						   psprintf("A worker runs it: SELECT gradual.pause(%s); first.",
									quote_literal_cstr(migration->name)) :
						   "Its worker is about to leave: try again.");
	switch (migration->status)
	{
		case GRADUAL_DEFINED:
		case GRADUAL_ROLLED_BACK:
			gradual_api_prepare_start(migration);
			migration->foreground = true;
			gradual_ledger_store_start(migration);
			(void) gradual_ledger_transition(migration, GRADUAL_START, -1, 0, "run_batch", NULL);
			break;
		case GRADUAL_QUEUED:
			if (!migration->foreground)
				gradual_api_refuse(migration, "run a batch of", "A worker is about to run it.");
			break;
		case GRADUAL_PAUSED:
			gradual_ledger_set_foreground(migration->id, true);
			return;
		case GRADUAL_READY:
			gradual_api_refuse(migration, "run a batch of",
							   psprintf("SELECT gradual.complete(%s); first.", quote_literal_cstr(migration->name)));
		case GRADUAL_FAILED:
		case GRADUAL_CANCELLED:
			gradual_api_refuse(migration, "run a batch of",
							   psprintf("SELECT gradual.start(%s); lets a worker go on with it.",
										quote_literal_cstr(migration->name)));
		case GRADUAL_RUNNING:
			gradual_api_refuse(migration, "run a batch of",
							   psprintf("Its worker is gone: SELECT gradual.pause(%s); first.",
										quote_literal_cstr(migration->name)));
		case GRADUAL_COMPLETED:
			gradual_api_refuse(migration, "run a batch of", "Nothing is left to do.");
	}
	(void) gradual_ledger_transition(migration, GRADUAL_PAUSE, -1, 0, "run_batch", NULL);
}

/* 'status' is that before the call, to which the error leads back. */
static void
refuse_top_level(const GradualMigration *migration, GradualStatus status,
				 const GradualTick *tick)
{
	bool		fresh = status == GRADUAL_DEFINED || status == GRADUAL_ROLLED_BACK;

	ereport(ERROR,
			(errcode(ERRCODE_ACTIVE_SQL_TRANSACTION),
			 errmsg("step %d of migration \"%s\" cannot run inside a transaction block",
					tick->step, migration->name),
			 errdetail("It runs: %s", tick->command),
			 errhint("SELECT gradual.%s(%s); hands over to a worker.",
					 fresh ? "start" : "resume",
					 quote_literal_cstr(migration->name))));
}

/*
 * Tick until a step or batch has been done, or the next stop is reached.  An
 * error leaves working_in as it is: the abort that follows resets it.
 */
static void
run_next(GradualMigration *migration, GradualStatus status, GradualTick *tick)
{
	working_in = GetCurrentSubTransactionId();
	do
	{
		instr_time	start,
					elapsed;

		INSTR_TIME_SET_CURRENT(start);
		gradual_executor_tick(current, tick);
		if (tick->outcome == GRADUAL_TOP_LEVEL)
			refuse_top_level(migration, status, tick);
		INSTR_TIME_SET_CURRENT(elapsed);
		INSTR_TIME_SUBTRACT(elapsed, start);
		gradual_executor_committed(current, tick, INSTR_TIME_GET_MILLISEC(elapsed));
	} while (tick->outcome == GRADUAL_AGAIN && tick->step == 0);
	working_in = InvalidSubTransactionId;
}

/* A trigger or function that a batch fires could call us again. */
static void
refuse_recursion(const char *name)
{
	if (working_in != InvalidSubTransactionId)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 errmsg("cannot run a batch of migration \"%s\" inside a batch", name),
				 errdetail("This session is in the middle of a batch that fires the trigger or function which calls gradual.run_batch().")));
}

/*
 * A snapshot from before the sync trigger was made does not see all rows that
 * were written without it, and the step would be done all the same.
 */
static void
refuse_old_snapshot(const char *name)
{
	if (IsolationUsesXactSnapshot())
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("cannot run a batch of migration \"%s\" in a transaction that keeps its snapshot", name),
				 errdetail("It would not see what others commit meanwhile, and leave such rows out."),
				 errhint("BEGIN ISOLATION LEVEL READ COMMITTED; SELECT gradual.run_batch(%s); COMMIT;",
						 quote_literal_cstr(name))));
}

static Datum
make_result(FunctionCallInfo fcinfo, int64 processed, bool done, const char *position)
{
	TupleDesc	descriptor;
	Datum		values[3];
	bool		nulls[3] = {false};

	if (get_call_result_type(fcinfo, NULL, &descriptor) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	values[0] = Int64GetDatum(processed);
	values[1] = BoolGetDatum(done);
	nulls[2] = position == NULL;
	values[2] = nulls[2] ? (Datum) 0 : CStringGetTextDatum(position);
	return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(descriptor), values, nulls));
}

Datum
gradual_run_batch(PG_FUNCTION_ARGS)
{
	char	   *name = gradual_api_text(fcinfo, 0, "name");
	GradualMigration *migration;
	GradualStatus status;
	int			guc_level;
	List	   *temporary;
	GradualTick tick;
	int64		processed;
	char	   *position;

	refuse_recursion(name);
	refuse_old_snapshot(name);
	await_leaving_worker(name);
	migration = gradual_api_open(name);
	gradual_api_refuse_tracked(migration);
	status = migration->status;
	take_over(migration);
	if (current != NULL && current->id != migration->id)
		drop_current();
	if (current == NULL)
		current = gradual_run_open(migration->id, -1, true, TopMemoryContext);

	temporary = gradual_leftover_temporary();
	guc_level = NewGUCNestLevel();
	run_next(migration, status, &tick);
	processed = tick.processed;
	position = tick.position;

	/* the last step was done: reach the stop in the same call */
	if (tick.outcome == GRADUAL_AGAIN && gradual_executor_at_stop(current))
		run_next(migration, status, &tick);
	AtEOXact_GUC(false, guc_level);
	gradual_api_refuse_temporary(migration, temporary);
	if (tick.outcome == GRADUAL_STOP)
		drop_current();
	return make_result(fcinfo, processed, tick.outcome == GRADUAL_STOP, position);
}
