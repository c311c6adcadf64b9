/*
 * report.c
 *	  Words for held and refusing rows.
 *
 * The holder is looked up as the extension's owner, since a plain role is not
 * shown the state of other sessions; what is said of it is what every reader
 * of the ledger may know.
 */
#include "postgres.h"

#include "access/relation.h"
#include "access/subtrans.h"
#include "access/sysattr.h"
#include "access/transam.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "base/errors.h"
#include "base/ident.h"
#include "base/spi.h"
#include "backfill/report.h"
#include "ledger/own.h"

static const char *const holder_query =
"SELECT CASE WHEN l.pid IS NULL THEN pg_catalog.format('prepared transaction \"%s\"', p.gid)"
"       ELSE pg_catalog.format('pid %s (%s)', l.pid,"
"            pg_catalog.concat_ws(', ', a.usename, a.state)) END"
" FROM pg_catalog.pg_locks l"
" LEFT JOIN pg_catalog.pg_stat_activity a ON a.pid = l.pid"
" LEFT JOIN pg_catalog.pg_prepared_xacts p ON p.transaction::text = l.transactionid::text"
" WHERE l.locktype = 'transactionid' AND l.granted AND l.transactionid::text = $1"
" LIMIT 1";

char *
gradual_report_transaction(TransactionId xid)
{
	GradualArgs args = {0};
	GradualRow *row;

	gradual_args_text(&args, psprintf("%u", SubTransGetTopmostTransaction(xid)));
	row = gradual_own_row(holder_query, &args);
	return row ? gradual_row_text(row, 1) : NULL;
}

static char *
key_of_row(const GradualLeaf *leaf, ItemPointer tid)
{
	Relation	rel = gradual_leaf_open(leaf);
	char	   *name = gradual_ident_row(rel);
	GradualRow *row;

	relation_close(rel, NoLock);
	row = gradual_spi_row(psprintf("SELECT %s FROM ONLY %s WHERE ctid = '(%u,%u)'",
								   name, leaf->qualified,
								   ItemPointerGetBlockNumber(tid),
								   ItemPointerGetOffsetNumber(tid)), NULL);
	return row ? gradual_row_text(row, 1) : NULL;
}

char *
gradual_report_row(const GradualLeaf *leaf, ItemPointer tid)
{
	char	   *key = key_of_row(leaf, tid);

	return key ? key : pstrdup("a row that is gone by now");
}

char *
gradual_report_suspect(const GradualSuspects *suspects)
{
	char	   *key = suspects->key;

	if (key == NULL && suspects->tids != NULL)
		key = key_of_row(&suspects->leaf, &suspects->tids[0]);
	if (key == NULL)
		return NULL;
	return psprintf("Row %s%s of %s.", key[0] == '(' ? "" : "with ", key,
					suspects->leaf.qualified);
}

void
gradual_report_refused(const char *table, int64 count, const char *keys)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg_plural(INT64_FORMAT " row of %s refuses the change",
						   INT64_FORMAT " rows of %s refuse the change",
						   (unsigned long) count, count, table),
			 errdetail_plural("It matches the statement, but is left as it is%s%s.",
							  "They match the statement, but are left as they are%s%s.",
							  (unsigned long) count,
							  keys ? ": " : "", keys ? keys : ""),
			 errhint("Look for BEFORE triggers that return NULL or put the old value back, and for row security: SELECT tgname FROM pg_trigger WHERE tgrelid = '%s'::regclass AND NOT tgisinternal;",
					 table)));
}

void
gradual_report_held(const char *table, int64 count, const char *holder, int patience_ms)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg_plural(INT64_FORMAT " row of %s is held by another transaction",
						   INT64_FORMAT " rows of %s are held by another transaction",
						   (unsigned long) count, count, table),
			 errdetail_plural("After %d s it is still held by %s.",
							  "After %d s they are still held by %s.",
							  (unsigned long) count, patience_ms / 1000,
							  holder ? holder : "a transaction that has no name"),
			 errhint("End that transaction, then start the migration again.")));
}
