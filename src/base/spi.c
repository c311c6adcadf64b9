/*
 * spi.c
 *	  Typed SPI.  Every result code is tested: what SPI does not want to run,
 *	  it reports by a negative code and not by an error.
 *
 * Results are copied out of SPI's memory, detoasted: a row outlives the
 * transaction that read it, and the table's TOAST rows may not.
 */
#include "postgres.h"

#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/snapmgr.h"

#include "base/spi.h"
#include "base/texts.h"

static void begin(void);
static void finish(void);
static uint64 execute(const char *sql, GradualArgs *args);
static Datum copy_value(Datum value, Form_pg_attribute attribute);
static bool column_is_null(const GradualRow *row, int column);
static Datum column_value(const GradualRow *row, int column);
static void wrong_type(const GradualRow *row, int column, const char *wanted);

/* --- arguments --- */

void
gradual_args_add(GradualArgs *args, Oid type, Datum value, bool isnull)
{
	if (args->count >= GRADUAL_SPI_MAX_ARGS)
		elog(ERROR, "too many arguments for one statement");
	args->types[args->count] = type;
	args->values[args->count] = value;
	args->nulls[args->count] = isnull ? 'n' : ' ';
	args->count++;
}

void
gradual_args_text(GradualArgs *args, const char *value)
{
	gradual_args_add(args, TEXTOID,
					 value ? CStringGetTextDatum(value) : (Datum) 0,
					 value == NULL);
}

void
gradual_args_text_list(GradualArgs *args, List *strings)
{
	int			count = list_length(strings);
	Datum	   *values = palloc(sizeof(Datum) * Max(count, 1));
	ArrayType  *array;

	for (int i = 0; i < count; i++)
		values[i] = CStringGetTextDatum((char *) list_nth(strings, i));
	array = construct_array_builtin(values, count, TEXTOID);
	gradual_args_add(args, TEXTARRAYOID, PointerGetDatum(array), false);
}

void
gradual_args_int(GradualArgs *args, int32 value)
{
	gradual_args_add(args, INT4OID, Int32GetDatum(value), false);
}

void
gradual_args_bigint(GradualArgs *args, int64 value)
{
	gradual_args_add(args, INT8OID, Int64GetDatum(value), false);
}

void
gradual_args_float(GradualArgs *args, double value)
{
	gradual_args_add(args, FLOAT8OID, Float8GetDatum(value), false);
}

void
gradual_args_bool(GradualArgs *args, bool value)
{
	gradual_args_add(args, BOOLOID, BoolGetDatum(value), false);
}

void
gradual_args_oid(GradualArgs *args, Oid type, Oid value)
{
	gradual_args_add(args, type, ObjectIdGetDatum(value), false);
}

/* --- statements --- */

uint64
gradual_spi_run(const char *sql, GradualArgs *args)
{
	uint64		processed;

	begin();
	processed = execute(sql, args);
	finish();
	return processed;
}

List *
gradual_spi_rows(const char *sql, GradualArgs *args)
{
	MemoryContext caller = CurrentMemoryContext;
	List	   *rows = NIL;

	begin();
	execute(sql, args);
	if (SPI_tuptable == NULL)
		elog(ERROR, "statement returned no rows: %s", sql);

	MemoryContextSwitchTo(caller);
	for (uint64 i = 0; i < SPI_tuptable->numvals; i++)
		rows = lappend(rows, gradual_row_copy(SPI_tuptable->vals[i],
											  SPI_tuptable->tupdesc));
	finish();
	MemoryContextSwitchTo(caller);
	return rows;
}

GradualRow *
gradual_spi_row(const char *sql, GradualArgs *args)
{
	List	   *rows = gradual_spi_rows(sql, args);

	if (list_length(rows) > 1)
		elog(ERROR, "statement returned more than one row: %s", sql);
	return rows == NIL ? NULL : linitial(rows);
}

/*
 * SPI takes its own snapshot to execute, but analyses with the one that is
 * active; a worker has none.
 */
static void
begin(void)
{
	int			code = SPI_connect();

	if (code != SPI_OK_CONNECT)
		elog(ERROR, "SPI_connect failed: %s", SPI_result_code_string(code));
	PushActiveSnapshot(GetTransactionSnapshot());
}

static void
finish(void)
{
	int			code;

	PopActiveSnapshot();
	code = SPI_finish();
	if (code != SPI_OK_FINISH)
		elog(ERROR, "SPI_finish failed: %s", SPI_result_code_string(code));
}

static uint64
execute(const char *sql, GradualArgs *args)
{
	int			code;

	if (args != NULL && args->count > 0)
		code = SPI_execute_with_args(sql, args->count, args->types, args->values,
									 args->nulls, false, 0);
	else
		code = SPI_execute(sql, false, 0);

	if (code == SPI_ERROR_TRANSACTION)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("transaction commands cannot be part of a migration"),
				 errdetail("The statement was: %s", sql)));
	if (code == SPI_ERROR_COPY)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("COPY from or to the client cannot be part of a migration"),
				 errdetail("The statement was: %s", sql)));
	if (code < 0)
		elog(ERROR, "SPI failed with %s: %s", SPI_result_code_string(code), sql);
	return SPI_processed;
}

/* --- rows --- */

GradualRow *
gradual_row_copy(HeapTuple tuple, TupleDesc desc)
{
	GradualRow *row = palloc(sizeof(GradualRow));

	row->ncolumns = desc->natts;
	row->types = palloc(sizeof(Oid) * Max(desc->natts, 1));
	row->values = palloc0(sizeof(Datum) * Max(desc->natts, 1));
	row->nulls = palloc(sizeof(bool) * Max(desc->natts, 1));
	for (int i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attribute = TupleDescAttr(desc, i);
		Datum		value = heap_getattr(tuple, i + 1, desc, &row->nulls[i]);

		row->types[i] = attribute->atttypid;
		if (!row->nulls[i])
			row->values[i] = copy_value(value, attribute);
	}
	return row;
}

static Datum
copy_value(Datum value, Form_pg_attribute attribute)
{
	if (!attribute->attbyval && attribute->attlen == -1)
		return PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
	return datumCopy(value, attribute->attbyval, attribute->attlen);
}

/* Any type as its output function writes it, but text[] has its own getter. */
char *
gradual_row_text(const GradualRow *row, int column)
{
	MemoryContext old;
	Oid			output;
	bool		is_varlena;
	char	   *result;

	if (column_is_null(row, column))
		return NULL;
	getTypeOutputInfo(row->types[column - 1], &output, &is_varlena);
	old = MemoryContextSwitchTo(GetMemoryChunkContext((void *) row));
	result = OidOutputFunctionCall(output, column_value(row, column));
	MemoryContextSwitchTo(old);
	return result;
}

List *
gradual_row_text_list(const GradualRow *row, int column)
{
	MemoryContext old;
	List	   *result;

	if (column_is_null(row, column))
		return NIL;
	if (row->types[column - 1] != TEXTARRAYOID)
		wrong_type(row, column, "text[]");

	old = MemoryContextSwitchTo(GetMemoryChunkContext((void *) row));
	result = gradual_texts_of_array(DatumGetArrayTypeP(column_value(row, column)));
	MemoryContextSwitchTo(old);
	return result;
}

int32
gradual_row_int(const GradualRow *row, int column, int32 if_null)
{
	if (column_is_null(row, column))
		return if_null;
	switch (row->types[column - 1])
	{
		case INT2OID:
			return DatumGetInt16(column_value(row, column));
		case INT4OID:
			return DatumGetInt32(column_value(row, column));
	}
	wrong_type(row, column, "int");
	return if_null;				/* keep compiler quiet */
}

int64
gradual_row_bigint(const GradualRow *row, int column, int64 if_null)
{
	if (column_is_null(row, column))
		return if_null;
	if (row->types[column - 1] == INT8OID)
		return DatumGetInt64(column_value(row, column));
	return gradual_row_int(row, column, 0);
}

double
gradual_row_float(const GradualRow *row, int column, double if_null)
{
	if (column_is_null(row, column))
		return if_null;
	switch (row->types[column - 1])
	{
		case FLOAT8OID:
			return DatumGetFloat8(column_value(row, column));
		case FLOAT4OID:
			return DatumGetFloat4(column_value(row, column));
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8,
													  column_value(row, column)));
		default:
			return (double) gradual_row_bigint(row, column, 0);
	}
}

bool
gradual_row_bool(const GradualRow *row, int column, bool if_null)
{
	if (column_is_null(row, column))
		return if_null;
	if (row->types[column - 1] != BOOLOID)
		wrong_type(row, column, "boolean");
	return DatumGetBool(column_value(row, column));
}

/* oid and its kin: regclass, regrole, xid, .. */
Oid
gradual_row_oid(const GradualRow *row, int column)
{
	int16		length;
	bool		by_value;

	if (column_is_null(row, column))
		return InvalidOid;
	get_typlenbyval(row->types[column - 1], &length, &by_value);
	if (!by_value || length != sizeof(Oid))
		wrong_type(row, column, "oid");
	return DatumGetObjectId(column_value(row, column));
}

static bool
column_is_null(const GradualRow *row, int column)
{
	if (column < 1 || column > row->ncolumns)
		elog(ERROR, "row has no column %d", column);
	return row->nulls[column - 1];
}

static Datum
column_value(const GradualRow *row, int column)
{
	return row->values[column - 1];
}

static void
wrong_type(const GradualRow *row, int column, const char *wanted)
{
	elog(ERROR, "column %d is of type %u, not %s", column,
		 row->types[column - 1], wanted);
}
