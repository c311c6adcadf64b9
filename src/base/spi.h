/*
 * spi.h
 *	  Typed SPI: run one statement and read its result, with every result code
 *	  tested.  SPI returns a negative code, without an error, for BEGIN, COMMIT
 *	  and the like: a caller that ignores it believes that something was done.
 *
 * All functions need an open transaction and push the snapshot that they need.
 * They connect to SPI themselves; results are copied into the memory context
 * that is current at the call.
 */
#ifndef GRADUAL_SPI_H
#define GRADUAL_SPI_H

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

#define GRADUAL_SPI_MAX_ARGS 48

/* The arguments of one statement; build with gradual_args_add(). */
typedef struct GradualArgs
{
	int			count;
	Oid			types[GRADUAL_SPI_MAX_ARGS];
	Datum		values[GRADUAL_SPI_MAX_ARGS];
	char		nulls[GRADUAL_SPI_MAX_ARGS];	/* 'n' = NULL, ' ' = not */
} GradualArgs;

extern void gradual_args_add(GradualArgs *args, Oid type, Datum value, bool isnull);
extern void gradual_args_text(GradualArgs *args, const char *value);	/* NULL allowed */
extern void gradual_args_text_list(GradualArgs *args, List *strings);	/* text[], NIL = '{}' */
extern void gradual_args_int(GradualArgs *args, int32 value);
extern void gradual_args_bigint(GradualArgs *args, int64 value);
extern void gradual_args_float(GradualArgs *args, double value);
extern void gradual_args_bool(GradualArgs *args, bool value);
extern void gradual_args_oid(GradualArgs *args, Oid type, Oid value);	/* OIDOID, REGROLEOID.. */

/*
 * One row of a result.  Every getter takes the column's position from 1 and
 * returns a copy in the context of the call that read the row.
 */
typedef struct GradualRow
{
	int			ncolumns;
	Oid		   *types;
	Datum	   *values;
	bool	   *nulls;
} GradualRow;

/* Of what did not come by SPI; into the current memory context */
extern GradualRow *gradual_row_copy(HeapTuple tuple, TupleDesc desc);

extern char *gradual_row_text(const GradualRow *row, int column);	/* NULL if NULL */
extern List *gradual_row_text_list(const GradualRow *row, int column);	/* text[] -> char * */
extern int32 gradual_row_int(const GradualRow *row, int column, int32 if_null);
extern int64 gradual_row_bigint(const GradualRow *row, int column, int64 if_null);
extern double gradual_row_float(const GradualRow *row, int column, double if_null);
extern bool gradual_row_bool(const GradualRow *row, int column, bool if_null);
extern Oid	gradual_row_oid(const GradualRow *row, int column); /* InvalidOid if NULL */

/*
 * Run a statement; returns the number of rows processed.  args may be NULL.
 * Raises whatever the statement raises, and 0A000 for a transaction command.
 */
extern uint64 gradual_spi_run(const char *sql, GradualArgs *args);

/* Run a statement and return its rows (GradualRow *), or its only row (NULL if none). */
extern List *gradual_spi_rows(const char *sql, GradualArgs *args);
extern GradualRow *gradual_spi_row(const char *sql, GradualArgs *args);

#endif							/* GRADUAL_SPI_H */
