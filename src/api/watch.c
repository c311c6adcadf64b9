/*
 * watch.c
 *	  What the views need of C.
 */
#include "postgres.h"

#include "fmgr.h"

#include "base/lock.h"

PG_FUNCTION_INFO_V1(gradual_sql_worker_alive);

/* Does a worker of the migration live?  By the lock that it holds. */
Datum
gradual_sql_worker_alive(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(gradual_worker_alive(PG_GETARG_INT32(0)));
}
