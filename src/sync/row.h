/*
 * row.h
 *	  The row of one call of the sync trigger, and the images of its columns.
 */
#ifndef GRADUAL_SYNC_ROW_H
#define GRADUAL_SYNC_ROW_H

#include "access/attnum.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"

#include "base/compat.h"

/* NEW on its way through the columns of the trigger. */
typedef struct GradualSyncRow
{
	TriggerData *call;
	TupleTableSlot *old;		/* NULL on INSERT */
	TupleTableSlot *given;		/* NEW as the application wrote it */
	TupleTableSlot *current;	/* NEW with what was set so far: 'given'
								 * itself until something is */
	AttrNumber	cut;			/* store NEW without this column and all after
								 * it; InvalidAttrNumber = store all */
} GradualSyncRow;

/* Has nobody written this row since the column was added? */
extern bool gradual_sync_is_unfilled(const GradualSyncRow *row, AttrNumber attnum);

/* Has a column of one slot the image of a column, of the same base type, of another? */
extern bool gradual_sync_same(TupleTableSlot *slot, AttrNumber attnum,
							  TupleTableSlot *other, AttrNumber other_attnum);

/* The same of two values, neither of them NULL. */
extern bool gradual_sync_equal(Form_pg_attribute attribute, Datum value, Datum other);

/* Does a slot differ from 'before', of the same table, in one of these columns? */
extern bool gradual_sync_changed(TupleTableSlot *slot, TupleTableSlot *before,
								 const AttrNumber *attnums, int count);

/* Raise 55000: the expression of a column could not be compiled. */
pg_noreturn extern void gradual_sync_refuse(const GradualSyncRow *row, AttrNumber attnum);

/* Give NEW a value; it lies in memory that lives as long as the call. */
extern void gradual_sync_set(GradualSyncRow *row, AttrNumber attnum, Datum value, bool isnull);

#endif							/* GRADUAL_SYNC_ROW_H */
