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
#include "utils/datum.h"
#include "utils/expandeddatum.h"
#include "utils/rel.h"

#include "sync/row.h"

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

bool
gradual_sync_changed(TupleTableSlot *slot, TupleTableSlot *before,
					 const AttrNumber *attnums, int count)
{
	for (int i = 0; i < count; i++)
	{
		if (!gradual_sync_same(slot, attnums[i], before, attnums[i]))
			return true;
	}
	return false;
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

/* An equal value is not set: the tuple need not be formed again for it. */
void
gradual_sync_set(GradualSyncRow *row, AttrNumber attnum, Datum value, bool isnull)
{
	TupleDesc	descriptor = row->given->tts_tupleDescriptor;
	Form_pg_attribute attribute = TupleDescAttr(descriptor, attnum - 1);
	bool		was_null;
	Datum		before = slot_getattr(row->current, attnum, &was_null);

	if (was_null && isnull)
		return;
	if (!was_null && !isnull && gradual_sync_equal(attribute, before, value))
		return;

	if (row->current == row->given)
		row->current = copy_slot(row->given);
	row->current->tts_isnull[attnum - 1] = isnull;
	row->current->tts_values[attnum - 1] =
		MakeExpandedObjectReadOnly(value, isnull, attribute->attlen);
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
