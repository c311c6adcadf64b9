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
	bool		alone;			/* what the statement does not assign is as it
								 * was: no other trigger changes rows */
	bool		single;			/* one column at most will be set: its value
								 * is only noted, and 'current' stays */
	AttrNumber	noted;			/* that column; InvalidAttrNumber = none */
	Datum		noted_value;
	bool		noted_null;
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

/* On UPDATE: has a column, or one of several, another image in a slot of NEW than in OLD? */
extern bool gradual_sync_column_changed(const GradualSyncRow *row, TupleTableSlot *slot,
										AttrNumber attnum);
extern bool gradual_sync_changed(const GradualSyncRow *row, TupleTableSlot *slot,
								 const AttrNumber *attnums, int count);

/* The tuple of NEW as it was given. */
extern HeapTuple gradual_sync_given_tuple(const GradualSyncRow *row);

/* NEW with all that was set; the very tuple that was given if nothing was. */
extern HeapTuple gradual_sync_form(GradualSyncRow *row);

/* Raise 55000: the expression of a column could not be compiled. */
pg_noreturn extern void gradual_sync_refuse(const GradualSyncRow *row, AttrNumber attnum);

/* Give NEW a value; it lies in memory that lives as long as the call. */
extern void gradual_sync_set(GradualSyncRow *row, AttrNumber attnum, Datum value, bool isnull);

#endif							/* GRADUAL_SYNC_ROW_H */
