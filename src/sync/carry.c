/*
 * carry.c
 *	  The trigger that carries changes of a table over to its copy, until
 *	  complete.
 *
 * gradual.carry(migration, statement) is an AFTER row trigger for INSERT, UPDATE
 * and DELETE, with a companion for TRUNCATE, ENABLE ALWAYS, on the table that an
 * INSERT .. SELECT of a migration copies.  The batches that copy lock each row
 * before they read it and pass over rows that have a copy, so that every row is
 * copied by one of the two, as it is in the end:
 *
 *	- a row that changed before its batch came is copied as it is then;
 *	- a row that changes while its batch is at work waits for that, and the
 *	  trigger, which looks with the latest snapshot, finds the copy;
 *	- a new row is copied by the trigger, in the transaction that adds it.
 *
 * Before complete() nothing of ours raises in the application's statement: where
 * the copy could refuse a change it is carried over in a subtransaction, and if
 * it is refused the row is noted, to be tried again in contract.
 *
 * What the script itself writes is not carried over: in the script, the copy was
 * made before.  But for the rest of what comes before it: the last pass of a fill
 * that no trigger does, and rows that were in the quarantine.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "access/table.h"
#include "commands/trigger.h"
#include "executor/spi.h"
#include "fmgr.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/rls.h"
#include "utils/snapmgr.h"

#include "base/errors.h"
#include "base/guc.h"
#include "base/ident.h"
#include "base/identity.h"
#include "ledger/ledger.h"
#include "ledger/migration.h"
#include "ledger/refused.h"
#include "sync/carry_cache.h"
#include "sync/lenient.h"
#include "sync/row.h"

/* What happened to one row: the keys that it had, and has. */
typedef struct CarriedChange
{
	/* Info */
	TriggerData *call;
	int32		migration;
	int			statement;

	/* Set once the plans are known */
	GradualCarry *carry;		/* NULL = not yet */
	Datum	   *old_key;		/* NULL = there was no row */
	Datum	   *new_key;		/* NULL = there is none */
	bool		harmless;		/* is_harmless() */
} CarriedChange;

PG_FUNCTION_INFO_V1(gradual_carry);
PG_FUNCTION_INFO_V1(gradual_carry_refused);

/* --- one row --- */

/* With the latest snapshot, also in a transaction that keeps an older one. */
static uint64
run(SPIPlanPtr plan, Datum *keys)
{
	int			result;

	if (plan == NULL)
		return 0;
	result = SPI_execute_snapshot(plan, keys, NULL, GetLatestSnapshot(), InvalidSnapshot,
								  false, true, 0);
	if (result < 0)
		elog(ERROR, "could not carry over: %s", SPI_result_code_string(result));
	return SPI_processed;
}

/* The table with rows that the owner may not see; NULL = there is none */
static char *
table_that_hides(const GradualCarry *carry)
{
	for (int i = 0; i < lengthof(carry->tables); i++)
	{
		if (check_enable_rls(carry->tables[i], carry->owner, true) == RLS_ENABLED)
			return gradual_ident_qualified(carry->tables[i]);
	}
	return NULL;
}

/* A row that is hidden would pass for one that is gone, and its copy go with it. */
static void
refuse_hidden(const GradualCarry *carry)
{
	char	   *table = table_that_hides(carry);

	if (table != NULL)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("row security of table %s hides rows from the migration's owner", table)));
}

/* Can nothing fail, so that it needs no subtransaction? */
static bool
is_harmless(const GradualCarry *carry)
{
	return carry->harmless && gradual_identity_exists(carry->owner) &&
		table_that_hides(carry) == NULL;
}

/* Has an UPDATE changed anything that is read?  By image. */
static bool
is_changed(TriggerData *call, const GradualCarrySet *set)
{
	GradualSyncRow row = {.call = call,.old = call->tg_trigslot};

	return set->reads_all ||
		gradual_sync_changed(&row, call->tg_newslot, set->reads, set->nreads);
}

/* The key, and which columns are to be set: what the UPDATE has changed; NULL = all */
static Datum *
update_values(const GradualCarry *carry, Datum *key, TriggerData *update)
{
	Datum	   *values = palloc(sizeof(Datum) * (carry->count + carry->nset));

	memcpy(values, key, sizeof(Datum) * carry->count);
	for (int i = 0; i < carry->nset; i++)
		values[carry->count + i] =
			BoolGetDatum(update == NULL || is_changed(update, &carry->set[i]));
	return values;
}

/*
 * Make the copy of the row with this key what the row says now, or what an UPDATE
 * has changed of it.  Somebody else may make one at the same time: then it is
 * there after the INSERT has waited.
 */
static void
agree(const GradualCarry *carry, Datum *key, bool is_new, TriggerData *update)
{
	Datum	   *values = update_values(carry, key, update);

	if (is_new)
	{
		if (run(carry->insert, key) == 0 && run(carry->update, values) == 0)
			(void) run(carry->remove, key);
	}
	else if (run(carry->update, values) == 0 && run(carry->insert, key) == 0 &&
			 run(carry->update, values) == 0)
		(void) run(carry->remove, key);
}

static bool
same_key(const GradualCarry *carry, const Datum *one, const Datum *other)
{
	for (int i = 0; i < carry->count; i++)
	{
		int16		length;
		bool		by_value;

		get_typlenbyval(carry->types[i], &length, &by_value);
		if (!datum_image_eq(one[i], other[i], by_value, length))
			return false;
	}
	return true;
}

/*
 * The copy keeps what it has beside what is copied, so it follows its row to the
 * new key.  Another row may have either key by now, where many change at once.
 */
static void
follow(const GradualCarry *carry, Datum *old_key, Datum *new_key)
{
	Datum	   *both = palloc(sizeof(Datum) * carry->count * 2);

	memcpy(both, old_key, sizeof(Datum) * carry->count);
	memcpy(both + carry->count, new_key, sizeof(Datum) * carry->count);
	if (run(carry->move, both) == 0 && run(carry->respell, both) == 0)
		agree(carry, new_key, false, NULL);
	if (run(carry->insert, old_key) == 0)
		(void) run(carry->remove, old_key);
}

static void
carry_row(const CarriedChange *change)
{
	const GradualCarry *carry = change->carry;
	GradualIdentity identity;

	if (!change->harmless)
		refuse_hidden(carry);
	gradual_identity_enter_statement(&identity, carry->owner, carry->search_path,
									 carry->settings);
	if (TRIGGER_FIRED_BY_TRUNCATE(change->call->tg_event))
		(void) run(carry->remove_all, NULL);
	else if (change->new_key == NULL)
		(void) run(carry->remove, change->old_key);
	else if (change->old_key == NULL)
		agree(carry, change->new_key, true, NULL);
	else if (same_key(carry, change->old_key, change->new_key))
		agree(carry, change->new_key, false, change->call);
	else
		follow(carry, change->old_key, change->new_key);
	gradual_identity_leave(&identity);
}

/* --- the trigger --- */

static Datum *
key_of(const GradualCarry *carry, Relation relation, HeapTuple row)
{
	Datum	   *key = palloc(sizeof(Datum) * carry->count);

	for (int i = 0; i < carry->count; i++)
	{
		bool		isnull;

		key[i] = heap_getattr(row, carry->key[i], RelationGetDescr(relation), &isnull);
		if (isnull)
			elog(ERROR, "column %d of a key is NULL", carry->key[i]);
	}
	return key;
}

static void
find_keys(CarriedChange *change)
{
	TriggerData *call = change->call;

	if (TRIGGER_FIRED_BY_TRUNCATE(call->tg_event))
		return;
	if (TRIGGER_FIRED_BY_INSERT(call->tg_event))
		change->new_key = key_of(change->carry, call->tg_relation, call->tg_trigtuple);
	else
		change->old_key = key_of(change->carry, call->tg_relation, call->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(call->tg_event))
		change->new_key = key_of(change->carry, call->tg_relation, call->tg_newtuple);
}

/* Has it changed anything that the copy depends on? */
static bool
is_of_account(const CarriedChange *change)
{
	return !TRIGGER_FIRED_BY_UPDATE(change->call->tg_event) ||
		is_changed(change->call, &change->carry->all);
}

static void
carry_over(void *arg)
{
	CarriedChange *change = arg;
	TriggerData *call = change->call;
	bool		asked = change->carry != NULL;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	change->carry = gradual_carry_plan(call->tg_relation, call->tg_trigger->tgoid,
									   change->migration, change->statement);
	if (asked || is_of_account(change))
	{
		find_keys(change);
		carry_row(change);
	}
	SPI_finish();
}

static List *
key_texts(const GradualCarry *carry, const Datum *key)
{
	int			level = gradual_identity_pin_texts();
	List	   *texts = NIL;

	for (int i = 0; i < carry->count; i++)
	{
		Oid			output;
		bool		is_varlena;

		getTypeOutputInfo(carry->types[i], &output, &is_varlena);
		texts = lappend(texts, OidOutputFunctionCall(output, key[i]));
	}
	gradual_identity_unpin(level);
	return texts;
}

/* Contract tries again; a serialization failure is the application's to repeat. */
static void
note_refusal(CarriedChange *change, ErrorData *error)
{
	GradualCarry *carry;

	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_TRANSACTION_ROLLBACK ||
		error->sqlerrcode == ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED)
		ReThrowError(error);
	carry = gradual_carry_known(change->call->tg_trigger->tgoid);
	change->carry = carry;
	change->old_key = change->new_key = NULL;
	if (carry != NULL)
		find_keys(change);
	if (change->old_key == NULL && change->new_key == NULL)
		gradual_refused_add(change->migration, change->statement, NIL,
							error->sqlerrcode, error->message);
	if (change->old_key != NULL)
		gradual_refused_add(change->migration, change->statement,
							key_texts(carry, change->old_key),
							error->sqlerrcode, error->message);
	if (change->new_key != NULL &&
		(change->old_key == NULL || !same_key(carry, change->old_key, change->new_key)))
		gradual_refused_add(change->migration, change->statement,
							key_texts(carry, change->new_key),
							error->sqlerrcode, error->message);
}

static void
check_call(FunctionCallInfo fcinfo)
{
	TriggerData *call = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function \"gradual.carry\" was not called as a trigger")));
	if (!TRIGGER_FIRED_AFTER(call->tg_event) || call->tg_trigger->tgnargs != 2 ||
		TRIGGER_FIRED_FOR_ROW(call->tg_event) == TRIGGER_FIRED_BY_TRUNCATE(call->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("trigger \"%s\" does not fire as gradual.carry() has to",
						call->tg_trigger->tgname),
				 errdetail("It has to be AFTER INSERT OR UPDATE OR DELETE, FOR EACH ROW, or AFTER TRUNCATE, with two arguments.")));
}

/* A write of the script itself: by a statement that comes before the copy? */
static bool
is_of_earlier(int statement)
{
	return gradual_script_statement > 0 && gradual_script_statement < statement;
}

Datum
gradual_carry(PG_FUNCTION_ARGS)
{
	CarriedChange change = {.call = (TriggerData *) fcinfo->context};
	ErrorData  *error;

	check_call(fcinfo);
	change.migration = pg_strtoint32(change.call->tg_trigger->tgargs[0]);
	change.statement = pg_strtoint32(change.call->tg_trigger->tgargs[1]);
	if (gradual_script_writes && !is_of_earlier(change.statement))
		return PointerGetDatum(NULL);
	change.carry = gradual_carry_known(change.call->tg_trigger->tgoid);

	/* an UPDATE of something else costs neither a subtransaction nor SPI */
	if (change.carry != NULL && !is_of_account(&change))
		return PointerGetDatum(NULL);
	change.harmless = change.carry != NULL && is_harmless(change.carry);
	if (change.harmless)
		carry_over(&change);
	else
	{
		error = gradual_lenient_run(carry_over, &change);
		if (error != NULL)
			note_refusal(&change, error);
	}
	return PointerGetDatum(NULL);
}

/* --- what was refused --- */

static Datum *
read_key(const GradualCarry *carry, List *texts)
{
	Datum	   *key = palloc(sizeof(Datum) * carry->count);
	int			level;

	if (list_length(texts) != carry->count)
		ereport(ERROR,
				(errcode(GRADUAL_ERRCODE_BLOCKED),
				 errmsg("key of table %s has another number of columns than before",
						carry->source)));
	level = gradual_identity_pin_texts();
	for (int i = 0; i < carry->count; i++)
	{
		Oid			input;
		Oid			element;

		getTypeInputInfo(carry->types[i], &input, &element);
		key[i] = OidInputFunctionCall(input, list_nth(texts, i), element, -1);
	}
	gradual_identity_unpin(level);
	return key;
}

typedef struct Retry
{
	GradualCarry *carry;
	Datum	   *key;
} Retry;

/*
 * Nobody changes the row meanwhile: else the copy could be waited for, and get
 * what the row was before.  One that comes meanwhile may lose its copy so.
 */
static void
retry_row(void *arg)
{
	Retry	   *retry = arg;
	GradualIdentity identity;

	if (SPI_connect() != SPI_OK_CONNECT)
		elog(ERROR, "could not connect to SPI");
	gradual_identity_enter_statement(&identity, retry->carry->owner,
									 retry->carry->search_path, retry->carry->settings);
	refuse_hidden(retry->carry);
	(void) run(retry->carry->lock, retry->key);
	agree(retry->carry, retry->key, false, NULL);
	(void) run(retry->carry->insert, retry->key);
	gradual_identity_leave(&identity);
	SPI_finish();
}

static char *
join_texts(List *texts)
{
	StringInfoData joined;
	ListCell   *lc;

	initStringInfo(&joined);
	foreach(lc, texts)
		appendStringInfo(&joined, "%s%s", joined.len > 0 ? ", " : "", (char *) lfirst(lc));
	return joined.data;
}

static void
report_refused(const GradualCarry *carry, int count, const char *keys, const char *message)
{
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg_plural("%d changed row of %s cannot be carried over to its copy",
						   "%d changed rows of %s cannot be carried over to their copies",
						   count, count, carry->source),
			 errdetail("Key %s: %s.", keys, message),
			 errhint("Change the rows, or their copies, then complete the migration.")));
}

static void
retry_all(GradualCarry *carry, List *refused)
{
	StringInfoData keys;
	char	   *message = NULL;
	int			count = 0;
	ListCell   *lc;

	initStringInfo(&keys);
	foreach(lc, refused)
	{
		GradualRefused *row = lfirst(lc);
		Retry		retry = {.carry = carry};
		ErrorData  *error;

		if (row->key == NIL)
			report_refused(carry, 1, "unknown", row->message);
		retry.key = read_key(carry, row->key);
		error = gradual_lenient_run(retry_row, &retry);
		if (error == NULL)
			continue;
		if (message == NULL)
			message = error->message;
		if (++count <= 5)
			appendStringInfo(&keys, "%s(%s)", count > 1 ? ", " : "", join_texts(row->key));
	}
	if (count > 0)
		report_refused(carry, count, keys.data, message);
}

/* Without it, what changed meanwhile is in the copy or is not: nobody knows. */
static Oid
find_trigger(Relation relation, int32 migration, int statement)
{
	char	   *name = gradual_ident_carry_trigger(migration, statement, false);
	TriggerDesc *triggers = relation->trigdesc;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		const Trigger *trigger = &triggers->triggers[i];

		if (strcmp(trigger->tgname, name) == 0 && trigger->tgenabled == TRIGGER_FIRES_ALWAYS)
			return trigger->tgoid;
	}
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg("trigger \"%s\" of table %s was dropped or disabled", name,
					gradual_ident_qualified(RelationGetRelid(relation))),
			 errdetail("It carried changes over to a copy of the table, which may lack some by now."),
			 errhint(GRADUAL_HINT_START_ANEW)));
	return InvalidOid;
}

static void
carry_refused(int32 migration, int statement, Oid table)
{
	Relation	relation = table_open(table, AccessShareLock);
	Oid			trigger = find_trigger(relation, migration, statement);
	List	   *refused = gradual_refused_take(migration, statement);
	GradualCarry *carry;

	if (refused != NIL)
	{
		if (SPI_connect() != SPI_OK_CONNECT)
			elog(ERROR, "could not connect to SPI");
		carry = gradual_carry_plan(relation, trigger, migration, statement);
		SPI_finish();
		retry_all(carry, refused);
	}
	table_close(relation, NoLock);
}

Datum
gradual_carry_refused(PG_FUNCTION_ARGS)
{
	int32		id = PG_GETARG_INT32(0);
	int			statement = PG_GETARG_INT32(1);
	Oid			table = PG_GETARG_OID(2);
	GradualMigration *migration = gradual_ledger_get(id);

	if (migration == NULL || !gradual_identity_may_act_as(migration->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for migration %d", id)));
	if (get_rel_relkind(table) != RELKIND_RELATION &&
		get_rel_relkind(table) != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("relation with OID %u is not a table", table)));
	carry_refused(id, statement, table);
	PG_RETURN_VOID();
}
