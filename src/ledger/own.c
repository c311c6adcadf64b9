/*
 * own.c
 *	  Statements on our own tables, run as the owner of the extension.
 *
 * The identity is switched around each statement and never across a return to
 * the caller, so that no code of the user can run with it.  An error leaves the
 * switch to the abort of the (sub)transaction, which undoes it.
 */
#include "postgres.h"

#include "common/hashfn.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"

#include "utils/snapmgr.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/spi.h"
#include "ledger/own.h"

#define WORD_LOCK_CLASS 72		/* an advisory class beside that of workers */

static void prepare(GradualSaved *saved, GradualArgs *args);
static GradualRow *copy_first_row(MemoryContext context);

uint64
gradual_own_run(const char *sql, GradualArgs *args)
{
	GradualIdentity identity;
	uint64		processed;

	gradual_identity_enter_extension(&identity);
	processed = gradual_spi_run(sql, args);
	gradual_identity_leave(&identity);
	return processed;
}

List *
gradual_own_rows(const char *sql, GradualArgs *args)
{
	GradualIdentity identity;
	List	   *rows;

	gradual_identity_enter_extension(&identity);
	rows = gradual_spi_rows(sql, args);
	gradual_identity_leave(&identity);
	return rows;
}

GradualRow *
gradual_own_row(const char *sql, GradualArgs *args)
{
	GradualIdentity identity;
	GradualRow *row;

	gradual_identity_enter_extension(&identity);
	row = gradual_spi_row(sql, args);
	gradual_identity_leave(&identity);
	return row;
}

GradualRow *
gradual_own_saved(GradualSaved *saved, GradualArgs *args)
{
	GradualIdentity identity;
	MemoryContext caller = CurrentMemoryContext;
	GradualRow *row;
	int			code;

	gradual_identity_enter_extension(&identity);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	if (saved->plan == NULL)
		prepare(saved, args);
	PushActiveSnapshot(GetTransactionSnapshot());
	code = SPI_execute_plan(saved->plan, args->values, args->nulls, false, 0);
	PopActiveSnapshot();
	if (code != SPI_OK_SELECT && code != SPI_OK_UPDATE_RETURNING)
		elog(ERROR, "unexpected result of a saved statement: %s",
			 SPI_result_code_string(code));
	row = copy_first_row(caller);
	SPI_finish();
	gradual_identity_leave(&identity);
	return row;
}

GradualRow *
gradual_own_latest_row(const char *sql, GradualArgs *args)
{
	GradualIdentity identity;
	MemoryContext caller = CurrentMemoryContext;
	GradualRow *row;

	gradual_identity_enter_extension(&identity);
	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed");
	/* read-only: it takes this snapshot, and not the transaction's */
	PushActiveSnapshot(GetLatestSnapshot());
	if (SPI_execute_with_args(sql, args->count, args->types, args->values, args->nulls, true,
							  0) != SPI_OK_SELECT)
		elog(ERROR, "could not run: %s", sql);
	PopActiveSnapshot();
	row = copy_first_row(caller);
	SPI_finish();
	gradual_identity_leave(&identity);
	return row;
}

/* A generic plan from the start: planning costs more than these statements. */
static void
prepare(GradualSaved *saved, GradualArgs *args)
{
	SPIPlanPtr	plan;

	plan = SPI_prepare_cursor(saved->sql, args->count, args->types, CURSOR_OPT_GENERIC_PLAN);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare_cursor failed: %s", SPI_result_code_string(SPI_result));
	if (SPI_keepplan(plan) != 0)
		elog(ERROR, "SPI_keepplan failed");
	saved->plan = plan;
}

static GradualRow *
copy_first_row(MemoryContext context)
{
	TupleDesc	desc = SPI_tuptable->tupdesc;
	MemoryContext old;
	GradualRow *row;
	int			i;

	if (SPI_processed == 0)
		return NULL;

	old = MemoryContextSwitchTo(context);
	row = palloc(sizeof(GradualRow));
	row->ncolumns = desc->natts;
	row->types = palloc(sizeof(Oid) * desc->natts);
	row->values = palloc(sizeof(Datum) * desc->natts);
	row->nulls = palloc(sizeof(bool) * desc->natts);
	for (i = 0; i < desc->natts; i++)
	{
		int16		length;
		bool		by_value;

		row->types[i] = SPI_gettypeid(desc, i + 1);
		row->values[i] = SPI_getbinval(SPI_tuptable->vals[0], desc, i + 1, &row->nulls[i]);
		get_typlenbyval(row->types[i], &length, &by_value);
		if (!row->nulls[i])
			row->values[i] = datumCopy(row->values[i], by_value, length);
	}
	MemoryContextSwitchTo(old);
	return row;
}

void
gradual_own_lock(const char *word)
{
	LOCKTAG		tag;
	uint32		hash = hash_bytes((const unsigned char *) word, strlen(word));

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, hash, WORD_LOCK_CLASS);
	(void) LockAcquire(&tag, ExclusiveLock, false, false);
}

void
gradual_own_fenced(int32 migration)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_STATUS),
			 errmsg("migration %d has been taken over by another worker", migration)));
}
