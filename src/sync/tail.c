/*
 * tail.c
 *	  A tuple with another value in its last column, without taking it apart.
 *
 * A column that a migration adds stands last, so all that is stored before its
 * value can be copied as it is.  To form the tuple anew, column by column, was
 * half of what the sync trigger cost an INSERT.
 *
 * Values are stored as heap_fill_tuple() stores them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/tupmacs.h"

#include "sync/tail.h"

/* Where a value goes, and in what form */
typedef struct TailValue
{
	Size		offset;			/* from the start of the header */
	Size		length;
	bool		shorten;		/* gets a header of one byte */
	uint16		flags;			/* of the tuple that holds it */
} TailValue;

static bool
is_last(HeapTupleHeader header, AttrNumber attnum)
{
	int			natts = HeapTupleHeaderGetNatts(header);

	if (natts < attnum)
		return false;
	for (int i = attnum; i < natts; i++)
	{
		if ((header->t_infomask & HEAP_HASNULL) == 0 || !att_isnull(i, header->t_bits))
			return false;
	}
	return true;
}

/* Where what comes before the value ends; 0 = not known */
static Size
end_of_rest(HeapTuple tuple, Form_pg_attribute attribute, const Datum *before)
{
	char	   *begin = (char *) tuple->t_data;
	char	   *value;

	if (before == NULL)
		return tuple->t_len;
	if (attribute->attlen > 0)
		return tuple->t_len - attribute->attlen;
	value = DatumGetPointer(*before);
	if (value < begin + tuple->t_data->t_hoff || value >= begin + tuple->t_len)
		return 0;
	return value - begin;
}

/* Returns false for what is not stored as it is */
static bool
place_varlena(TailValue *place, Form_pg_attribute attribute, Datum value)
{
	struct varlena *pointer = (struct varlena *) DatumGetPointer(value);

	place->flags = HEAP_HASVARWIDTH;
	if (VARATT_IS_EXTERNAL(pointer))
	{
		place->flags |= HEAP_HASEXTERNAL;
		place->length = VARSIZE_EXTERNAL(pointer);
		return VARATT_IS_EXTERNAL_ONDISK(pointer);
	}
	place->shorten = attribute->attstorage != TYPSTORAGE_PLAIN &&
		!VARATT_IS_SHORT(pointer) && VARATT_CAN_MAKE_SHORT(pointer);
	if (place->shorten)
		place->length = VARATT_CONVERTED_SHORT_SIZE(pointer);
	else
	{
		if (!VARATT_IS_SHORT(pointer))
			place->offset = att_align_nominal(place->offset, attribute->attalign);
		place->length = VARSIZE_ANY(pointer);
	}
	return true;
}

static bool
place_value(TailValue *place, Form_pg_attribute attribute, Datum value)
{
	if (attribute->attlen == -1)
		return place_varlena(place, attribute, value);
	place->offset = att_align_nominal(place->offset, attribute->attalign);
	place->length = attribute->attlen;
	return attribute->attlen > 0;
}

static void
store_value(char *to, const TailValue *place, Form_pg_attribute attribute, Datum value)
{
	if (attribute->attbyval)
		store_att_byval(to, value, attribute->attlen);
	else if (place->shorten)
	{
		SET_VARSIZE_SHORT(to, place->length);
		memcpy(to + 1, VARDATA(DatumGetPointer(value)), place->length - 1);
	}
	else
		memcpy(to, DatumGetPointer(value), place->length);
}

HeapTuple
gradual_tail_form(HeapTuple tuple, TupleDesc descriptor, AttrNumber attnum,
				  const Datum *before, Datum value)
{
	Form_pg_attribute attribute = TupleDescAttr(descriptor, attnum - 1);
	TailValue	place = {.offset = end_of_rest(tuple, attribute, before)};
	Size		rest = place.offset;
	HeapTuple	result;

	if (rest == 0 || !is_last(tuple->t_data, attnum) ||
		!place_value(&place, attribute, value))
		return NULL;

	result = palloc0(HEAPTUPLESIZE + place.offset + place.length);
	result->t_len = place.offset + place.length;
	ItemPointerSetInvalid(&result->t_self);
	result->t_tableOid = tuple->t_tableOid;
	result->t_data = (HeapTupleHeader) ((char *) result + HEAPTUPLESIZE);
	memcpy(result->t_data, tuple->t_data, rest);
	store_value((char *) result->t_data + place.offset, &place, attribute, value);

	HeapTupleHeaderSetDatumLength(result->t_data, result->t_len);
	result->t_data->t_infomask |= place.flags;
	if (before == NULL)
		result->t_data->t_bits[(attnum - 1) / 8] |= 1 << ((attnum - 1) % 8);
	return result;
}
