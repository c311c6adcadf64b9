/*
 * watch.c
 *	  What the views need of C.
 */
#include "postgres.h"

#include "fmgr.h"
#ifdef GRADUAL_TESTING
#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#endif

#include "base/lock.h"
#ifdef GRADUAL_TESTING
#include "ledger/state.h"
#endif

PG_FUNCTION_INFO_V1(gradual_sql_worker_alive);

/* Does a worker of the migration, or of one of its ranges, live?  By the lock that it holds. */
Datum
gradual_sql_worker_alive(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(gradual_worker_alive(PG_GETARG_INT32(0), PG_GETARG_INT32(1)));
}

#ifdef GRADUAL_TESTING
PG_FUNCTION_INFO_V1(gradual_test_transitions);

/* The whole table of transitions, for the test that prints it. */
Datum
gradual_test_transitions(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	GradualStatus from,
				to;
	GradualRequest request;

	InitMaterializedSRF(fcinfo, 0);
	for (int row = 0; gradual_state_transition(row, &from, &request, &to); row++)
	{
		Datum		values[3];
		bool		nulls[3] = {false};

		values[0] = CStringGetTextDatum(gradual_status_name(from));
		values[1] = CStringGetTextDatum(gradual_request_name(request));
		values[2] = CStringGetTextDatum(gradual_status_name(to));
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_NULL();
}
#endif
