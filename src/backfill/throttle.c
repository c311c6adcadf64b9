/*
 * throttle.c
 *	  gradual.throttle_query: the user's own reason to wait between batches.
 *
 * The query is users' code: it runs as the migration's owner, in a transaction
 * that has nothing to lose.  Its errors are caught by the transaction around
 * it, not here: the caller's attempt aborts and says why.
 */
#include "postgres.h"

#include "base/guc.h"
#include "base/spi.h"
#include "backfill/throttle.h"

bool
gradual_throttle_wanted(void)
{
	return gradual_throttle_query && gradual_throttle_query[0] != '\0';
}

char *
gradual_throttle_reason(void)
{
	GradualRow *row;

	if (!gradual_throttle_wanted())
		return NULL;
	row = gradual_spi_row(gradual_throttle_query, NULL);
	if (row == NULL || row->ncolumns < 1)
		return pstrdup("throttled: throttle_query returns no row");
	if (row->nulls[0])
		return pstrdup("throttled: throttle_query returns NULL");
	if (strcmp(gradual_row_text(row, 1), "true") == 0 ||
		strcmp(gradual_row_text(row, 1), "t") == 0)
		return pstrdup("throttled: throttle_query says wait");
	return NULL;
}
