/*
 * preview.c
 *	  What the changes of rows in a script do to a few of them.
 *
 * A second rehearsal, on clones that hold a sample of the rows of their
 * originals: there every statement that changes rows runs as it was written.  A
 * row trigger of ours on the clone that it changes sees each row as it was and
 * as it is.
 *
 * Invariant: nothing is changed but the clones, which are gone afterwards; what
 * functions of the script do is undone with them.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "executor/spi.h"
#include "tcop/pquery.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/portal.h"
#include "utils/rel.h"

#include "base/compat.h"
#include "base/errors.h"
#include "script/clone.h"
#include "script/lookup.h"
#include "script/preview.h"

/* For the trigger: the preview of which a statement runs. */
static GradualPreview *running = NULL;

static void
wish(GradualPreview *preview, const GradualCommand *command)
{
	const GradualChange *change = command->change;
	const GradualTable *table = change->copy != NULL ? change->copy->source : command->table;
	GradualSampleWish *wish;

	if (table == NULL || !OidIsValid(table->oid))
		return;
	wish = palloc(sizeof(GradualSampleWish));
	wish->oid = table->oid;
	wish->where = change->copy != NULL ? NULL : change->where;
	preview->sample.wishes = lappend(preview->sample.wishes, wish);
}

GradualPreview *
gradual_preview_make(const GradualScript *script, int rows)
{
	GradualPreview *preview = palloc0(sizeof(GradualPreview));
	ListCell   *statement;
	ListCell   *command;

	preview->script = script;
	preview->sample.rows = rows;
	preview->context = CurrentMemoryContext;
	foreach(statement, script->statements)
	{
		foreach(command, ((GradualStatement *) lfirst(statement))->commands)
		{
			if (((GradualCommand *) lfirst(command))->change != NULL)
				wish(preview, lfirst(command));
		}
	}
	return preview;
}

/* What the first rehearsal found out about the statement that is rehearsed. */
static const GradualChange *
known_change(const GradualRehearsal *rehearsal)
{
	ListCell   *lc;

	foreach(lc, rehearsal->preview->script->statements)
	{
		GradualStatement *statement = lfirst(lc);

		if (statement->number == rehearsal->statement->number)
			return ((GradualCommand *) linitial(statement->commands))->change;
	}
	return NULL;
}

void
gradual_preview_source(GradualRehearsal *rehearsal)
{
	const GradualChange *change = known_change(rehearsal);

	if (change != NULL && change->copy != NULL && change->copy->source != NULL &&
		OidIsValid(change->copy->source->oid))
		gradual_clone_ensure(rehearsal,
							 gradual_lookup_real(rehearsal, change->copy->source->oid));
}

static void
run(const Query *query, const char *script, CommandTag tag)
{
	Portal		portal = CreateNewPortal();
	PlannedStmt *planned = pg_plan_query(copyObject((Query *) query), script,
										 CURSOR_OPT_PARALLEL_OK, NULL);

	portal->visible = false;
	PortalDefineQuery(portal, NULL, script, tag, list_make1(planned), NULL);
	PortalStart(portal, NULL, 0, InvalidSnapshot);
	(void) PortalRun(portal, FETCH_ALL, false, None_Receiver, None_Receiver, NULL);
	PortalDrop(portal, false);
	CommandCounterIncrement();
}

/* On the clone, from CREATE TRIGGER or DROP TRIGGER to the name. */
static void
on_clone(GradualRehearsal *rehearsal, const char *format, Oid clone)
{
	gradual_clone_run_text(rehearsal, psprintf(format, quote_identifier(get_rel_name(clone))));
}

void
gradual_preview_run(GradualRehearsal *rehearsal, const RawStmt *raw)
{
	GradualPreview *preview = rehearsal->preview;
	List	   *queries = pg_analyze_and_rewrite_fixedparams(copyObject((RawStmt *) raw),
															 rehearsal->script->text, NULL, 0, NULL);
	Oid			clone = rehearsal->command->table->clone;
	bool		shows = known_change(rehearsal) != NULL && OidIsValid(clone);	/* a view has none */
	ListCell   *lc;

	if (shows)
		on_clone(rehearsal, "CREATE TRIGGER \"~_gradual_preview\" AFTER INSERT OR UPDATE OR DELETE"
				 " ON pg_temp.%s FOR EACH ROW EXECUTE FUNCTION gradual.preview_row()", clone);
	preview->statement = shows ? rehearsal->statement->number : 0;
	preview->shown = 0;
	running = preview;
	foreach(lc, queries)
		run(lfirst_node(Query, lc), rehearsal->script->text, CreateCommandTag(raw->stmt));
	running = NULL;
	if (shows)
		on_clone(rehearsal, "DROP TRIGGER \"~_gradual_preview\" ON pg_temp.%s", clone);
}

/* --- the rows --- */

static char *
key_of(Relation rel, HeapTuple tuple)
{
	Bitmapset  *key = RelationGetIndexAttrBitmap(rel, INDEX_ATTR_BITMAP_PRIMARY_KEY);
	TupleDesc	desc = RelationGetDescr(rel);
	StringInfoData names;
	StringInfoData values;
	int			column = -1;

	initStringInfo(&names);
	initStringInfo(&values);
	while ((column = bms_next_member(key, column)) >= 0)
	{
		AttrNumber	number = column + FirstLowInvalidHeapAttributeNumber;
		const char *separator = names.len > 0 ? ", " : "";

		appendStringInfo(&names, "%s%s", separator,
						 quote_identifier(NameStr(TupleDescAttr(desc, number - 1)->attname)));
		appendStringInfo(&values, "%s%s", separator, SPI_getvalue(tuple, desc, number));
	}
	return names.len == 0 ? NULL : psprintf("(%s)=(%s)", names.data, values.data);
}

static char *
json_of(Relation rel, HeapTuple tuple)
{
	Datum		row = heap_copy_tuple_as_datum(tuple, RelationGetDescr(rel));

	return TextDatumGetCString(DirectFunctionCall1(row_to_json, row));
}

void
gradual_preview_see(const TriggerData *trigger)
{
	Relation	rel = trigger->tg_relation;
	bool		inserts = TRIGGER_FIRED_BY_INSERT(trigger->tg_event);
	bool		deletes = TRIGGER_FIRED_BY_DELETE(trigger->tg_event);
	HeapTuple	now = deletes || inserts ? trigger->tg_trigtuple : trigger->tg_newtuple;
	GradualPreviewRow *row;
	MemoryContext old;

	if (running == NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_UNSUPPORTED),
				 errmsg("gradual.preview_row() is for gradual.preview() only")));
	if (running->statement == 0 || running->shown == running->sample.rows)
		return;
	running->shown++;

	old = MemoryContextSwitchTo(running->context);
	row = palloc0(sizeof(GradualPreviewRow));
	row->statement = running->statement;
	row->key = key_of(rel, trigger->tg_trigtuple);
	row->before = inserts ? NULL : json_of(rel, trigger->tg_trigtuple);
	row->after = deletes ? NULL : json_of(rel, now);
	running->rows = lappend(running->rows, row);
	MemoryContextSwitchTo(old);
}

void
gradual_preview_end(void)
{
	running = NULL;
}
