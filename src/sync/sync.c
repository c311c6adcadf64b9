/*
 * sync.c
 *	  The sync trigger: keeps what a migration fills right in the rows that the
 *	  application writes meanwhile (DESIGN section 6).
 *
 * What decides is the change, by image, never the value: what the application
 * itself assigned in a statement stays, and what did not change is not
 * computed again.  A row version with fewer attributes than the column's
 * number was written before the column existed: it is not filled yet.  Since
 * any write makes it look filled, this trigger has to fill it there and then.
 *
 * Nothing here raises in the application's statement, except for a trigger
 * that was not made by a migration.  An expression that is not known to be
 * total runs in a subtransaction.  If it raises for a row that is not filled
 * yet, the row must not look filled, or nobody would ever hear of the error: the
 * new version is stored without the column too, which reads as it did before,
 * so that the backfill meets the row and raises as the script itself would.
 *
 * The server stores the tuple that a trigger returns as it is, unless it has to
 * form it anew: to compute stored generated columns, to compress or move out a
 * large value, or for another partition with other attribute numbers.  Then
 * such a row looks filled, and keeps the column's default.
 *
 * The script's own statements may fail, and do so rather than make a row look
 * filled that is not.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "commands/trigger.h"
#include "executor/executor.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "nodes/bitmapset.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/varlena.h"

#include "base/guc.h"
#include "sync/cache.h"
#include "sync/evaluate.h"
#include "sync/pair.h"
#include "sync/shadow.h"
#include "sync/sync.h"

PG_FUNCTION_INFO_V1(gradual_sync);

static TriggerData *check_call(FunctionCallInfo fcinfo);
static HeapTuple finish(GradualSyncRow *row);
static HeapTuple form_cut(GradualSyncRow *row);
static void apply(GradualSyncRow *row, GradualSyncColumn *column);
static void leave_unfilled(GradualSyncRow *row, AttrNumber attnum, ErrorData *error);
static void report_error(GradualSyncRow *row, AttrNumber attnum, ErrorData *error);
static bool can_cut(GradualSyncRow *row, AttrNumber attnum);
static bool is_assigned(GradualSyncRow *row, AttrNumber attnum);
static bool has_default(GradualSyncRow *row, GradualSyncColumn *column);
static bool where_changes(GradualSyncRow *row, GradualSyncColumn *column);
static bool wants_insert(GradualSyncRow *row, GradualSyncColumn *column);
static bool wants_update(GradualSyncRow *row, GradualSyncColumn *column);
static bool is_settled(GradualSyncRow *row, GradualSyncColumn *column);
static bool reads_change(GradualSyncRow *row, GradualSyncColumn *column);

void
gradual_sync_init(void)
{
	gradual_sync_cache_init();
}

/* Each column sees what those before it have set. */
Datum
gradual_sync(PG_FUNCTION_ARGS)
{
	TriggerData *call = check_call(fcinfo);
	GradualSyncTrigger *trigger = gradual_sync_cache_get(call, &fcinfo->flinfo->fn_extra);
	GradualSyncRow row = {.call = call,.alone = trigger->alone,.single = trigger->ncolumns == 1};

	if (TRIGGER_FIRED_BY_UPDATE(call->tg_event))
	{
		row.old = call->tg_trigslot;
		row.given = call->tg_newslot;
	}
	else
		row.given = call->tg_trigslot;
	row.given->tts_tableOid = RelationGetRelid(call->tg_relation);
	row.current = row.given;

	for (int i = 0; i < trigger->ncolumns; i++)
	{
		GradualSyncColumn *column = &trigger->columns[i];

		if (column->attnum == InvalidAttrNumber ||
			(column->mode == GRADUAL_SYNC_REVERSE && gradual_script_writes))
			continue;
		if (GRADUAL_SYNC_IS_PAIR(column->mode))
			gradual_sync_pair(&row, column);
		else if (GRADUAL_SYNC_IS_SHADOW(column->mode))
			gradual_sync_shadow(&row, column);
		else if (row.old ? wants_update(&row, column) : wants_insert(&row, column))
			apply(&row, column);
	}
	return PointerGetDatum(finish(&row));
}

static TriggerData *
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *call = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("function \"gradual.sync\" was not called as a trigger"));
	if (!TRIGGER_FIRED_BEFORE(call->tg_event) ||
		!TRIGGER_FIRED_FOR_ROW(call->tg_event) ||
		!(TRIGGER_FIRED_BY_INSERT(call->tg_event) ||
		  TRIGGER_FIRED_BY_UPDATE(call->tg_event)))
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" does not fire as gradual.sync() has to",
					   call->tg_trigger->tgname),
				errdetail("It has to be BEFORE INSERT OR UPDATE, FOR EACH ROW."));
	return call;
}

/* The tuple to go on with: the very one that came, if nothing was set. */
static HeapTuple
finish(GradualSyncRow *row)
{
	HeapTuple	tuple;

	if (row->cut == InvalidAttrNumber)
		return gradual_sync_form(row);
	tuple = form_cut(row);
	tuple->t_tableOid = RelationGetRelid(row->call->tg_relation);
	if (row->current != row->given)
		ExecDropSingleTupleTableSlot(row->current);
	return tuple;
}

static HeapTuple
form_cut(GradualSyncRow *row)
{
	TupleDesc	cut = CreateTemplateTupleDesc(row->cut - 1);

	for (AttrNumber attnum = 1; attnum < row->cut; attnum++)
		TupleDescCopyEntry(cut, attnum, row->current->tts_tupleDescriptor, attnum);
	slot_getallattrs(row->current);
	return heap_form_tuple(cut, row->current->tts_values, row->current->tts_isnull);
}

static void
apply(GradualSyncRow *row, GradualSyncColumn *column)
{
	GradualSyncEvaluation evaluation = {.slot = row->current};

	evaluation.where = &column->where;
	evaluation.expression = &column->value;
	evaluation.settings = column->settings;
	if (!column->broken && gradual_sync_evaluate(&evaluation))
		gradual_sync_set(row, column->attnum, evaluation.value, evaluation.isnull);
	else if (column->mode != GRADUAL_SYNC_REVERSE &&
			 (column->broken || evaluation.error != NULL))
		leave_unfilled(row, column->attnum, evaluation.error);
}

/*
 * The script's own writes fail where the row would look filled: the statement
 * that fills the column is still to come.
 */
static void
leave_unfilled(GradualSyncRow *row, AttrNumber attnum, ErrorData *error)
{
	TupleConstr *constraints = row->given->tts_tupleDescriptor->constr;
	bool		unfilled = row->old == NULL || gradual_sync_is_unfilled(row, attnum);

	if (unfilled && gradual_script_writes &&
		(!can_cut(row, attnum) || (constraints != NULL && constraints->has_generated_stored)))
		report_error(row, attnum, error);
	if (unfilled && can_cut(row, attnum) &&
		(row->cut == InvalidAttrNumber || attnum < row->cut))
		row->cut = attnum;
}

static void
report_error(GradualSyncRow *row, AttrNumber attnum, ErrorData *error)
{
	if (error == NULL)
		gradual_sync_refuse(row, attnum);
	if (error->detail == NULL)
		error->detail = psprintf("It is a value of column \"%s\", which a later statement of the script fills.",
								 NameStr(TupleDescAttr(row->given->tts_tupleDescriptor,
													   attnum - 1)->attname));
	ReThrowError(error);
}

/*
 * Not if the statement assigned this column, or one after it, which would be
 * lost.  What this trigger sets after it is not: the row is one of those that
 * are not filled there either.
 */
static bool
can_cut(GradualSyncRow *row, AttrNumber attnum)
{
	TupleDesc	descriptor = row->given->tts_tupleDescriptor;

	if (row->old == NULL)
		return false;
	for (AttrNumber other = attnum; other <= descriptor->natts; other++)
	{
		Form_pg_attribute attribute = TupleDescAttr(descriptor, other - 1);

		if (!attribute->attisdropped && !attribute->attgenerated && is_assigned(row, other))
			return false;
	}
	return true;
}

/*
 * tg_updatedcols is no proof that a column was not assigned, since a user's
 * trigger may have done that, but it tells a NULL that the application wrote
 * from one that was there.
 */
static bool
is_assigned(GradualSyncRow *row, AttrNumber attnum)
{
	return bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber,
						 row->call->tg_updatedcols) ||
		gradual_sync_column_changed(row, row->given, attnum);
}

static bool
has_default(GradualSyncRow *row, GradualSyncColumn *column)
{
	GradualSyncEvaluation preset = {.slot = row->given};
	bool		isnull;
	Datum		value;

	if (column->preset.expr == NULL)
		return heap_attisnull(gradual_sync_given_tuple(row), column->attnum,
							  row->given->tts_tupleDescriptor);
	value = slot_getattr(row->given, column->attnum, &isnull);
	preset.expression = &column->preset;
	if (!gradual_sync_evaluate(&preset))
		return false;
	if (isnull || preset.isnull)
		return isnull && preset.isnull;
	return gradual_sync_equal(TupleDescAttr(row->given->tts_tupleDescriptor, column->attnum - 1),
							  value, preset.value);
}

/* A value that is not the default's was given by the application. */
static bool
wants_insert(GradualSyncRow *row, GradualSyncColumn *column)
{
	return column->on_insert && !is_settled(row, column) && has_default(row, column);
}

/*
 * Does a row, which the WHERE left out so far, come to satisfy it?  That it does
 * is seen when the value is computed.
 */
static bool
where_changes(GradualSyncRow *row, GradualSyncColumn *column)
{
	GradualSyncEvaluation before = {.slot = row->old,.settings = column->settings};

	if (column->mode != GRADUAL_SYNC_FILL || !column->on_insert ||
		!gradual_sync_changed(row, row->current, column->where_reads, column->nwhere_reads) ||
		!has_default(row, column))
		return false;
	before.expression = &column->where;
	return !gradual_sync_evaluate(&before) || before.isnull || !DatumGetBool(before.value);
}

/* The cheapest questions come first. */
static bool
wants_update(GradualSyncRow *row, GradualSyncColumn *column)
{
	if (bms_is_member(column->attnum - FirstLowInvalidHeapAttributeNumber,
					  row->call->tg_updatedcols))
		return false;
	if ((column->mode == GRADUAL_SYNC_REVERSE ||
		 !gradual_sync_is_unfilled(row, column->attnum)) &&
		!(column->on_change && (reads_change(row, column) || where_changes(row, column))))
		return false;
	return !gradual_sync_column_changed(row, row->given, column->attnum) &&
		!is_settled(row, column);
}

/*
 * Is this a write of the script itself, by a statement after the one that fills
 * the column?  Then the column stays, as it does without a trigger.
 */
static bool
is_settled(GradualSyncRow *row, GradualSyncColumn *column)
{
	TupleDesc	descriptor = row->given->tts_tupleDescriptor;
	List	   *names;
	ListCell   *lc;

	if (gradual_settled_columns == NULL || gradual_settled_columns[0] == '\0')
		return false;
	if (!SplitIdentifierString(pstrdup(gradual_settled_columns), ',', &names))
		ereport(ERROR,
				errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				errmsg("gradual.settled_columns is not a list of names"),
				errdetail("It is \"%s\".", gradual_settled_columns));
	foreach(lc, names)
	{
		if (namestrcmp(&TupleDescAttr(descriptor, column->attnum - 1)->attname,
					   lfirst(lc)) == 0)
			return true;
	}
	return false;
}

/*
 * What goes with the swap follows what the application wrote, not what this
 * trigger has just derived from it, and never the script's own writes: a
 * rollback has to find it as it was.
 */
static bool
reads_change(GradualSyncRow *row, GradualSyncColumn *column)
{
	TupleTableSlot *slot = column->mode == GRADUAL_SYNC_REVERSE ? row->given : row->current;

	return gradual_sync_changed(row, slot, column->reads, column->nreads);
}
