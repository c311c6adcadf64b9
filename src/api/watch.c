/*
 * watch.c
 *	  What the views need of C.
 */
#include "postgres.h"

#include "fmgr.h"
#ifdef GRADUAL_TESTING
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"
#endif

#ifdef GRADUAL_TESTING
#include "backfill/pace.h"
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

PG_FUNCTION_INFO_V1(gradual_test_pace);

/*
 * The sizes of batches, after one of 'saved' rows, where the rows of the nth one
 * cost so much each, and it takes so much more.
 */
Datum
gradual_test_pace(PG_FUNCTION_ARGS)
{
	ArrayType  *costs = PG_GETARG_ARRAYTYPE_P(2);
	ArrayType  *more = PG_GETARG_ARRAYTYPE_P(3);
	int			count = ArrayGetNItems(ARR_NDIM(costs), ARR_DIMS(costs));
	Datum	   *sizes = palloc(sizeof(Datum) * (count + 1));
	GradualPace pace;

	if (ArrayGetNItems(ARR_NDIM(more), ARR_DIMS(more)) != count)
		elog(ERROR, "two arrays of the same length are needed");
	gradual_pace_init(&pace, 0, PG_GETARG_FLOAT8(0), PG_GETARG_INT32(1));
	for (int i = 0; i < count; i++)
	{
		int			rows = gradual_pace_rows(&pace);

		sizes[i] = Int32GetDatum(rows);
		gradual_pace_learn(&pace, rows, rows * ((float8 *) ARR_DATA_PTR(costs))[i] +
						   ((float8 *) ARR_DATA_PTR(more))[i], 0);
	}
	sizes[count] = Int32GetDatum(gradual_pace_rows(&pace));
	PG_RETURN_ARRAYTYPE_P(construct_array_builtin(sizes, count + 1, INT4OID));
}
#endif
