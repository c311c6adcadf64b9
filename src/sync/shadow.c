/*
 * shadow.c
 *	  The shadow of a column that gets another type: what the old column's value
 *	  is in the new type.
 *
 * Nobody but us writes it: whatever an application brings along with SELECT * is
 * replaced.  What did not change is not computed again, since the expression
 * may give another value each time.
 *
 * Until complete nothing raises in the application: where the expression does,
 * the shadow is NULL, and the row is counted before ready.  After it, in strict
 * mode, the application gets the error that it would get from the new type.
 * Our own writes get it in both if the expression cannot be used at all.
 */
#include "postgres.h"

#include "access/sysattr.h"
#include "nodes/bitmapset.h"

#include "base/guc.h"
#include "sync/evaluate.h"
#include "sync/shadow.h"

/*
 * A backfill of ours that assigns a value has computed it already; where the
 * expression may raise it assigns NULL, for us to do it.
 */
static bool
is_set_by_us(GradualSyncRow *row, GradualSyncColumn *column)
{
	bool		isnull;

	if (!gradual_script_writes ||
		!bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber,
					   row->call->tg_updatedcols))
		return false;
	(void) slot_getattr(row->given, column->attnum, &isnull);
	return !isnull;
}

static bool
is_wanted(GradualSyncRow *row, GradualSyncColumn *column)
{
	if (row->old == NULL)
		return true;
	if (gradual_sync_is_unfilled(row, column->attnum))
		return !is_set_by_us(row, column);
	if (column->broken ||
		gradual_sync_changed(row, row->current, column->reads, column->nreads))
		return true;
	if (gradual_script_writes)
		return !is_set_by_us(row, column) &&
			bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber,
						  row->call->tg_updatedcols);
	return gradual_sync_column_changed(row, row->given, column->attnum);
}

void
gradual_sync_shadow(GradualSyncRow *row, GradualSyncColumn *column)
{
	GradualSyncEvaluation evaluation = {.slot = row->current,.settings = column->settings};

	if (!is_wanted(row, column))
		return;
	if (column->broken && (gradual_script_writes || column->mode == GRADUAL_SYNC_STRICT))
		gradual_sync_refuse(row, column->attnum);
	evaluation.expression = &column->value;
	if (!column->broken && gradual_sync_evaluate(&evaluation))
	{
		gradual_sync_set(row, column->attnum, evaluation.value, evaluation.isnull);
		return;
	}
	if (evaluation.error != NULL && column->mode == GRADUAL_SYNC_STRICT)
		ReThrowError(evaluation.error);
	gradual_sync_set(row, column->attnum, (Datum) 0, true);
}
