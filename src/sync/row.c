/*
 * row.c
 *	  The row of one call of the sync trigger.
 *
 * Columns are compared by image: json has no "=", and 1.0 equals 1.00 without
 * being the same.
 *
 * Invariant: the slots of the executor are never changed.  What is set goes
 * into a slot of our own, made when the first value is set.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "nodes/bitmapset.h"
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/rel.h"

#include "sync/row.h"
#include "sync/tail.h"

static TupleTableSlot *copy_slot(TupleTableSlot *slot);

bool
gradual_sync_is_unfilled(const GradualSyncRow *row, AttrNumber attnum)
{
	return HeapTupleHeaderGetNatts(row->call->tg_trigtuple->t_data) < attnum;
}

bool
gradual_sync_same(TupleTableSlot *slot, AttrNumber attnum,
				  TupleTableSlot *other, AttrNumber other_attnum)
{
	bool		isnull;
	bool		other_isnull;
	Datum		value = slot_getattr(slot, attnum, &isnull);
	Datum		other_value = slot_getattr(other, other_attnum, &other_isnull);

	if (isnull || other_isnull)
		return isnull && other_isnull;
	return gradual_sync_equal(TupleDescAttr(slot->tts_tupleDescriptor, attnum - 1),
							  value, other_value);
}

/*
 * A value that was not touched is stored the same way on both sides, be it out of
 * line or compressed: no need to fetch it twice.
 */
bool
gradual_sync_equal(Form_pg_attribute attribute, Datum value, Datum other)
{
	if (attribute->attlen == -1)
	{
		struct varlena *pointer = (struct varlena *) DatumGetPointer(value);
		struct varlena *other_pointer = (struct varlena *) DatumGetPointer(other);

		if (VARSIZE_ANY(pointer) == VARSIZE_ANY(other_pointer) &&
			memcmp(pointer, other_pointer, VARSIZE_ANY(pointer)) == 0)
			return true;
	}
	return datum_image_eq(value, other, attribute->attbyval, attribute->attlen);
}

/*
 * What the statement does not assign need not be looked at, unless somebody else
 * may have changed it: a trigger of users, or this one before.
 */
bool
gradual_sync_column_changed(const GradualSyncRow *row, TupleTableSlot *slot, AttrNumber attnum)
{
	if (row->alone && slot == row->given &&
		!bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber,
					   row->call->tg_updatedcols))
		return false;
	return !gradual_sync_same(slot, attnum, row->old, attnum);
}

bool
gradual_sync_changed(const GradualSyncRow *row, TupleTableSlot *slot,
					 const AttrNumber *attnums, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (gradual_sync_column_changed(row, slot, attnums[i]))
			return true;
	}
	return false;
}

HeapTuple
gradual_sync_given_tuple(const GradualSyncRow *row)
{
	return row->old ? row->call->tg_newtuple : row->call->tg_trigtuple;
}

void
gradual_sync_refuse(const GradualSyncRow *row, AttrNumber attnum)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("column \"%s\" of table \"%s\" cannot be filled",
					NameStr(TupleDescAttr(row->given->tts_tupleDescriptor,
										  attnum - 1)->attname),
					RelationGetRelationName(row->call->tg_relation)),
			 errdetail("Its expression cannot be used; the server log says why.")));
}

/* Is the column NULL so far?  The tuple that came tells without being taken apart. */
static bool
is_null_yet(GradualSyncRow *row, AttrNumber attnum)
{
	if (row->current == row->given)
		return heap_attisnull(gradual_sync_given_tuple(row), attnum,
							  row->given->tts_tupleDescriptor);
	return slot_attisnull(row->current, attnum);
}

/* An equal value is not set: the tuple need not be formed again for it. */
void
gradual_sync_set(GradualSyncRow *row, AttrNumber attnum, Datum value, bool isnull)
{
	TupleDesc	descriptor = row->given->tts_tupleDescriptor;
	Form_pg_attribute attribute = TupleDescAttr(descriptor, attnum - 1);
	bool		was_null = is_null_yet(row, attnum);

	if (was_null && isnull)
		return;
	if (!was_null && !isnull &&
		gradual_sync_equal(attribute, slot_getattr(row->current, attnum, &was_null), value))
		return;

	value = MakeExpandedObjectReadOnly(value, isnull, attribute->attlen);
	if (row->single)
	{
		row->noted = attnum;
		row->noted_value = value;
		row->noted_null = isnull;
		return;
	}
	if (row->current == row->given)
		row->current = copy_slot(row->given);
	row->current->tts_isnull[attnum - 1] = isnull;
	row->current->tts_values[attnum - 1] = value;
}

/* One value in place of another, at the end of the tuple if it stands there */
static HeapTuple
form_noted(GradualSyncRow *row)
{
	TupleDesc	descriptor = row->given->tts_tupleDescriptor;
	HeapTuple	tuple = NULL;
	int			number = row->noted;
	bool		was_null = is_null_yet(row, row->noted);
	Datum		before = was_null ? (Datum) 0 : slot_getattr(row->given, row->noted, &was_null);

	if (!row->noted_null)
		tuple = gradual_tail_form(gradual_sync_given_tuple(row), descriptor, row->noted,
								  was_null ? NULL : &before, row->noted_value);
	if (tuple != NULL)
		return tuple;
	return heap_modify_tuple_by_cols(gradual_sync_given_tuple(row), descriptor, 1,
									 &number, &row->noted_value, &row->noted_null);
}

HeapTuple
gradual_sync_form(GradualSyncRow *row)
{
	HeapTuple	tuple;

	if (row->noted != InvalidAttrNumber)
		tuple = form_noted(row);
	else if (row->current != row->given)
		tuple = ExecCopySlotHeapTuple(row->current);
	else
		return gradual_sync_given_tuple(row);
	tuple->t_tableOid = RelationGetRelid(row->call->tg_relation);
	if (row->current != row->given)
		ExecDropSingleTupleTableSlot(row->current);
	return tuple;
}

/* A virtual slot with the same row; its values stay where they are. */
static TupleTableSlot *
copy_slot(TupleTableSlot *slot)
{
	TupleDesc	descriptor = slot->tts_tupleDescriptor;
	TupleTableSlot *copy = MakeSingleTupleTableSlot(descriptor, &TTSOpsVirtual);

	slot_getallattrs(slot);
	memcpy(copy->tts_values, slot->tts_values, descriptor->natts * sizeof(Datum));
	memcpy(copy->tts_isnull, slot->tts_isnull, descriptor->natts * sizeof(bool));
	copy->tts_tableOid = slot->tts_tableOid;
	return ExecStoreVirtualTuple(copy);
}
