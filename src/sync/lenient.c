/*
 * lenient.c
 *	  Run something that may raise, without harm for the statement around it.
 *
 * The subtransaction gets a transaction ID only if the body writes, which an
 * expression over a row does not do.
 */
#include "postgres.h"

#include "base/txn.h"
#include "sync/lenient.h"

static bool is_interruption(const ErrorData *error);

ErrorData *
gradual_lenient_run(void (*body) (void *arg), void *arg)
{
	ErrorData  *error = gradual_txn_subtransaction(true, body, arg);

	if (error != NULL && is_interruption(error))
		ReThrowError(error);
	return error;
}

static bool
is_interruption(const ErrorData *error)
{
	return ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
		error->sqlerrcode == ERRCODE_ASSERT_FAILURE;
}
