/*
 * check.c
 *	  What has to hold before a swap: each value converts to the new type, the
 *	  trigger that kept two columns alike is still at work, and nobody has hung
 *	  something on the old column of which the new one knows nothing.
 *
 * Rows whose shadow is NULL although the old value is there: most of them are
 * right so, since the expression says NULL.  Only those for which it raises are
 * returned, by their addresses.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "access/tableam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "executor/tuptable.h"
#include "fmgr.h"
#include "funcapi.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "base/compat.h"
#include "base/errors.h"
#include "base/ident.h"
#include "base/texts.h"
#include "script/hung.h"
#include "sync/compile.h"
#include "sync/evaluate.h"

PG_FUNCTION_INFO_V1(gradual_unconvertible);
PG_FUNCTION_INFO_V1(gradual_require_convertible);
PG_FUNCTION_INFO_V1(gradual_require_sync);
PG_FUNCTION_INFO_V1(gradual_require_known);

/* Called with the row's address for each row that does not convert. */
typedef void (*Found) (TupleTableSlot *slot, void *arg);

static char
check_is_table(Oid table)
{
	char		kind = get_rel_relkind(table);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation with OID %u is not a table", table)));
	return kind;
}

/* The expression is the caller's, who may see by it what a row holds. */
static void
check_may_read(Oid table)
{
	char		kind = check_is_table(table);
	AclResult	result;

	result = pg_class_aclcheck(table, GetUserId(), ACL_SELECT);
	if (result != ACLCHECK_OK)
		aclcheck_error(result, get_relkind_objtype(kind), get_rel_name(table));
	if (check_enable_rls(table, InvalidOid, false) == RLS_ENABLED)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("row-level security of table \"%s\" hides rows from role \"%s\"",
						get_rel_name(table), GetUserNameFromId(GetUserId(), false))));
}

/* Does the row's value raise?  What an evaluation allocates goes with the row. */
static bool
raises(GradualSyncColumn *column, TupleTableSlot *slot, MemoryContext context)
{
	GradualSyncEvaluation evaluation = {.slot = slot};
	MemoryContext caller;
	bool		isnull;
	bool		done;

	(void) slot_getattr(slot, column->attnum, &isnull);
	if (!isnull)
		return false;
	caller = MemoryContextSwitchTo(context);
	evaluation.expression = &column->value;
	done = gradual_sync_evaluate(&evaluation);
	MemoryContextSwitchTo(caller);
	MemoryContextReset(context);
	return !done;
}

static void
scan_leaf(Oid leaf, const GradualSyncText *group, Found found, void *arg)
{
	Relation	rel = table_open(leaf, AccessShareLock);
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "gradual conversion",
												  ALLOCSET_DEFAULT_SIZES);
	GradualSyncColumn column;
	Snapshot	snapshot;
	TableScanDesc scan;
	TupleTableSlot *slot;

	if (RELKIND_HAS_TABLE_AM(rel->rd_rel->relkind))
	{
		gradual_sync_compile(rel, group, &column);
		snapshot = RegisterSnapshot(GetLatestSnapshot());
		slot = table_slot_create(rel, NULL);
		scan = table_beginscan(rel, snapshot, 0, NULL);
		while (table_scan_getnextslot(scan, ForwardScanDirection, slot))
		{
			CHECK_FOR_INTERRUPTS();
			if (raises(&column, slot, context))
				found(slot, arg);
		}
		table_endscan(scan);
		ExecDropSingleTupleTableSlot(slot);
		UnregisterSnapshot(snapshot);
	}
	MemoryContextDelete(context);
	table_close(rel, NoLock);
}

static void
scan(FunctionCallInfo fcinfo, Found found, void *arg)
{
	Oid			table = PG_GETARG_OID(0);
	GradualSyncText group = {.where = "",.mode = GRADUAL_SYNC_SHADOW};
	ListCell   *lc;

	group.column = text_to_cstring(PG_GETARG_TEXT_PP(1));
	group.expression = text_to_cstring(PG_GETARG_TEXT_PP(2));
	check_may_read(table);
	foreach(lc, find_all_inheritors(table, AccessShareLock, NULL))
		scan_leaf(lfirst_oid(lc), &group, found, arg);
}

static void
put(TupleTableSlot *slot, void *arg)
{
	ReturnSetInfo *result = arg;
	Datum		values[2] = {ObjectIdGetDatum(slot->tts_tableOid), PointerGetDatum(&slot->tts_tid)};
	bool		nulls[2] = {false, false};

	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

/* gradual.unconvertible(relation regclass, shadow text, expression text) */
Datum
gradual_unconvertible(PG_FUNCTION_ARGS)
{
	InitMaterializedSRF(fcinfo, 0);
	scan(fcinfo, put, fcinfo->resultinfo);
	return (Datum) 0;
}

static void
count(TupleTableSlot *slot, void *arg)
{
	(*(int64 *) arg)++;
}

/* gradual.require_convertible(relation regclass, shadow text, expression text) */
Datum
gradual_require_convertible(PG_FUNCTION_ARGS)
{
	int64		rows = 0;

	scan(fcinfo, count, &rows);
	if (rows > 0)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg(rows == 1 ? "a value of %s does not convert to its new type" :
						"values of %s do not convert to their new type",
						get_rel_name(PG_GETARG_OID(0))),
				 errhint("Change the values, or give the script a USING that knows what to do with them.")));
	PG_RETURN_VOID();
}

/* --- the sync trigger --- */

/*
 * ENABLE TRIGGER ALL, which restores of data use, makes it one that does not fire
 * for writers in replica role: such as some steps of ours.
 */
static void
require_trigger(Oid table, const char *name)
{
	Relation	rel = table_open(table, AccessShareLock);
	TriggerDesc *triggers = rel->trigdesc;
	const Trigger *found = NULL;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		if (strcmp(triggers->triggers[i].tgname, name) == 0)
			found = &triggers->triggers[i];
	}
	if (found == NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("trigger \"%s\" of table %s was dropped", name,
						gradual_ident_qualified(table)),
				 errdetail("It kept two columns alike, and rows may lack what was written to one of them."),
				 errhint(GRADUAL_HINT_START_ANEW)));
	if (found->tgenabled != TRIGGER_FIRES_ALWAYS)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg(found->tgenabled == TRIGGER_DISABLED ?
						"trigger \"%s\" of table %s was disabled" :
						"trigger \"%s\" of table %s does not fire always", name,
						gradual_ident_qualified(table)),
				 errdetail("It kept two columns alike, and rows may lack what was written to one of them."),
				 errhint("ALTER TABLE %s ENABLE ALWAYS TRIGGER %s; then complete the migration.",
						 gradual_ident_qualified(table), quote_identifier(name))));
	table_close(rel, NoLock);
}

/* It had none when the migration began, and the trigger of a table is not inherited. */
static void
require_no_child(Oid table)
{
	List	   *children = find_inheritance_children(table, AccessShareLock);

	if (children != NIL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("table %s inherits from %s by now", gradual_ident_qualified(linitial_oid(children)),
						gradual_ident_qualified(table)),
				 errdetail("Nothing keeps two columns alike in its rows."),
				 errhint("ALTER TABLE %s NO INHERIT %s, until the migration is completed; or roll the migration back.",
						 gradual_ident_qualified(linitial_oid(children)),
						 gradual_ident_qualified(table))));
}

/* gradual.require_sync(relation regclass, trigger name): on its partitions, too */
Datum
gradual_require_sync(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	char	   *name = NameStr(*PG_GETARG_NAME(1));
	char		kind = check_is_table(table);
	ListCell   *lc;

	if (!object_ownercheck(RelationRelationId, table, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, get_relkind_objtype(kind), get_rel_name(table));
	if (kind != RELKIND_PARTITIONED_TABLE)
	{
		require_trigger(table, name);
		require_no_child(table);
	}
	else
	{
		foreach(lc, find_all_inheritors(table, AccessShareLock, NULL))
			require_trigger(lfirst_oid(lc), name);
	}
	PG_RETURN_VOID();
}

/* --- what hangs on the old column --- */

static void
check_hung(Oid table, const char *column, List *found, List *known)
{
	StringInfoData unknown;
	ListCell   *lc;

	initStringInfo(&unknown);
	foreach(lc, found)
	{
		GradualHung *hung = lfirst(lc);

		if (hung->name == NULL || !gradual_texts_have(known, hung->name))
			appendStringInfo(&unknown, "%s%s", unknown.len > 0 ? ", " : "", hung->description);
	}
	if (unknown.len > 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("others use column \"%s\" of table %s, which the swap replaces", column,
						gradual_ident_qualified(table)),
				 errdetail("Made since the migration started: %s.", unknown.data),
				 errhint("Drop it until the migration is completed, or roll the migration back and start it again.")));
}

static void
check_needed(Oid table, const char *column, List *found, List *needed)
{
	List	   *names = NIL;
	StringInfoData gone;
	ListCell   *lc;

	initStringInfo(&gone);
	foreach(lc, found)
		names = lappend(names, ((GradualHung *) lfirst(lc))->name);
	foreach(lc, needed)
	{
		if (!gradual_texts_have(names, lfirst(lc)))
			appendStringInfo(&gone, "%s\"%s\"", gone.len > 0 ? ", " : "", (char *) lfirst(lc));
	}
	if (gone.len > 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("others dropped or renamed what the swap replaces with column \"%s\" of table %s",
						column, gradual_ident_qualified(table)),
				 errdetail("Gone since the migration started: %s.", gone.data),
				 errhint("Make it again until the migration is completed, or roll the migration back and start it again.")));
}

static void
check_state(Oid table, const char *column, const char *state)
{
	char	   *now = gradual_hung_state(table, column);

	if (now == NULL || strcmp(now, state) != 0)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("column \"%s\" of table %s was altered, and the swap replaces it", column,
						gradual_ident_qualified(table)),
				 errdetail("It was [%s] when the migration started, and is [%s].", state, now != NULL ? now : "dropped"),
				 errhint("Take that back until the migration is completed, or roll the migration back and start it again.")));
}

/* gradual.require_known(relation regclass, "column" text, known text[], needed text[], state text) */
Datum
gradual_require_known(PG_FUNCTION_ARGS)
{
	Oid			table;
	char	   *column;
	List	   *found;

	if (PG_ARGISNULL(0) || PG_ARGISNULL(1) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		PG_RETURN_VOID();
	table = PG_GETARG_OID(0);
	column = text_to_cstring(PG_GETARG_TEXT_PP(1));
	check_is_table(table);
	found = gradual_hung_find(table, column);
	check_hung(table, column, found, gradual_texts_of_array(PG_GETARG_ARRAYTYPE_P(2)));
	check_needed(table, column, found, gradual_texts_of_array(PG_GETARG_ARRAYTYPE_P(3)));
	if (!PG_ARGISNULL(4))
		check_state(table, column, text_to_cstring(PG_GETARG_TEXT_PP(4)));
	PG_RETURN_VOID();
}
