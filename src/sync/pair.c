/*
 * pair.c
 *	  A column under two names: what was written under the one is seen under the
 *	  other at once (a renamed column, between expand and swap).
 *
 * What was written decides.  On UPDATE the column that changed, by image, was;
 * on INSERT the one that is not what the new column's default gives.  If both
 * were written and disagree, the new name wins.
 *
 * Where the table has BEFORE triggers of users there are two triggers of ours.
 * The first brings what the new application wrote under the old name, the only
 * one that those triggers know.  The last then has nothing to decide: what they
 * left under the old name is the value.
 *
 * A row that was not written since the new column was added does not have it
 * yet.  Any write makes it look filled, so it is filled there and then.
 *
 * Nothing raises here but the constraints of the old column's domain, as they
 * would without us.
 */
#include "postgres.h"

#include "utils/builtins.h"
#include "utils/rel.h"

#include "sync/evaluate.h"
#include "sync/pair.h"

static bool is_untouched(GradualSyncRow *row, GradualSyncColumn *column);
static void into_old(GradualSyncRow *row, GradualSyncColumn *column);
static void into_new(GradualSyncRow *row, GradualSyncColumn *column);
static bool was_given(GradualSyncRow *row, GradualSyncColumn *column);
static bool has_changed(GradualSyncRow *row, AttrNumber attnum);

void
gradual_sync_pair(GradualSyncRow *row, GradualSyncColumn *column)
{
	bool		new_written;

	if (is_untouched(row, column) ||
		gradual_sync_same(row->current, column->partner, row->current, column->attnum))
		return;
	if (column->mode == GRADUAL_SYNC_LAST)
	{
		into_new(row, column);
		return;
	}
	new_written = row->old == NULL ? was_given(row, column) :
		has_changed(row, column->attnum);
	if (new_written)
		into_old(row, column);
	else if (column->mode == GRADUAL_SYNC_PAIR)
		into_new(row, column);
}

/*
 * Has an UPDATE left both alone?  Asked first: a large value is stored once for
 * each name, and to compare the two means to fetch both.  The last trigger of
 * two goes by what is there, whoever wrote it.
 */
static bool
is_untouched(GradualSyncRow *row, GradualSyncColumn *column)
{
	return row->old != NULL && column->mode != GRADUAL_SYNC_LAST &&
		!gradual_sync_is_unfilled(row, column->attnum) &&
		!has_changed(row, column->attnum) && !has_changed(row, column->partner);
}

static void
into_old(GradualSyncRow *row, GradualSyncColumn *column)
{
	bool		isnull;
	Datum		value = slot_getattr(row->current, column->attnum, &isnull);

	if (OidIsValid(column->domain))
		domain_check(value, isnull, column->domain, NULL, NULL);
	gradual_sync_set(row, column->partner, value, isnull);
}

static void
into_new(GradualSyncRow *row, GradualSyncColumn *column)
{
	bool		isnull;
	Datum		value = slot_getattr(row->current, column->partner, &isnull);

	gradual_sync_set(row, column->attnum, value, isnull);
}

/*
 * Is the new column something else than its default?  A default that cannot be
 * known counts as NULL.
 */
static bool
was_given(GradualSyncRow *row, GradualSyncColumn *column)
{
	GradualSyncEvaluation preset = {.slot = row->given,.isnull = true};
	bool		isnull;
	Datum		value = slot_getattr(row->current, column->attnum, &isnull);

	preset.expression = &column->preset;
	if (column->preset.expr != NULL && !gradual_sync_evaluate(&preset))
		preset.isnull = true;
	if (isnull || preset.isnull)
		return isnull != preset.isnull;
	return !gradual_sync_equal(TupleDescAttr(row->given->tts_tupleDescriptor,
											 column->attnum - 1),
							   value, preset.value);
}

static bool
has_changed(GradualSyncRow *row, AttrNumber attnum)
{
	return gradual_sync_column_changed(row, row->current, attnum);
}
