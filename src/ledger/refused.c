/*
 * refused.c
 *	  Rows whose change could not be carried over to their copy.
 */
#include "postgres.h"

#include "base/spi.h"
#include "ledger/own.h"
#include "ledger/refused.h"

void
gradual_refused_add(int32 migration, int statement, List *key, int sqlstate,
					const char *message)
{
	GradualArgs args = {0};

	gradual_args_int(&args, migration);
	gradual_args_int(&args, statement);
	gradual_args_text_list(&args, key);
	gradual_args_text(&args, unpack_sql_state(sqlstate));
	gradual_args_text(&args, message);
	gradual_own_run("INSERT INTO gradual.migration_refused (migration, statement, key, sqlstate, message)"
					" VALUES ($1, $2, $3, $4, $5)", &args);
}

List *
gradual_refused_take(int32 migration, int statement)
{
	GradualArgs args = {0};
	List	   *result = NIL;
	ListCell   *lc;

	gradual_args_int(&args, migration);
	gradual_args_int(&args, statement);
	foreach(lc, gradual_own_rows("WITH taken AS (DELETE FROM gradual.migration_refused"
								 " WHERE migration = $1 AND statement = $2 RETURNING key, message, at)"
								 " SELECT key, min(message) FROM taken GROUP BY key ORDER BY min(at)", &args))
	{
		GradualRefused *refused = palloc0(sizeof(GradualRefused));

		refused->key = gradual_row_text_list(lfirst(lc), 1);
		refused->message = gradual_row_text(lfirst(lc), 2);
		result = lappend(result, refused);
	}
	return result;
}
