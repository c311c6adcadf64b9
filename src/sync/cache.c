/*
 * cache.c
 *	  The compiled form of each sync trigger that this session has fired.
 *
 * Keyed by the trigger's OID: the clones of a trigger on partitions have OIDs
 * of their own, and attribute numbers of their own.
 *
 * Invariant: a compiled trigger is never freed under a caller.  An invalidation
 * can arrive in the middle of an evaluation, and an expression may write to
 * its own table and so come back here.  What is invalid therefore leaves the
 * hash at once, but dies with the transaction.
 */
#include "postgres.h"

#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/plannodes.h"
#include "parser/parse_relation.h"
#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/syscache.h"

#include "base/sync_group.h"
#include "sync/cache.h"
#include "sync/lenient.h"

typedef struct CacheEntry
{
	Oid			trigger;		/* key */
	Oid			relation;
	GradualSyncTrigger *compiled;	/* NULL = not, or not any more */
	bool		reported;		/* that a column could not be compiled */
} CacheEntry;

typedef struct Compilation
{
	Relation	relation;
	MemoryContext context;		/* for the result */
	GradualSyncText text;
	GradualSyncColumn *column;
} Compilation;

static HTAB *cache = NULL;

/* counts every invalidation that could concern us */
static uint64 invalidations = 0;

static CacheEntry *find_entry(TriggerData *call);
static GradualSyncTrigger *compile(TriggerData *call, CacheEntry *entry);
static bool is_alone(Relation relation);
static void compile_columns(TriggerData *call, GradualSyncTrigger *compiled,
							CacheEntry *entry);
static void read_group(char **arguments, GradualSyncText *group);
static void compile_column(void *arg);
static void mark_broken(Relation relation, const GradualSyncText *group,
						GradualSyncColumn *column);
static void report(TriggerData *call, const char *column, const ErrorData *error);
static void drop(CacheEntry *entry);
static void on_relation_change(Datum arg, Oid relation);
static void on_catalog_change(Datum arg, int cache_id, uint32 hash_value);
static bool depends_on(const GradualSyncTrigger *compiled, int cache_id,
					   uint32 hash_value);

void
gradual_sync_cache_init(void)
{
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
	CacheRegisterSyscacheCallback(PROCOID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(TYPEOID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(OPEROID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(NAMESPACEOID, on_catalog_change, (Datum) 0);
	CacheRegisterSyscacheCallback(CASTSOURCETARGET, on_catalog_change, (Datum) 0);
}

/*
 * Who compiled matters only if something failed: another role may have the
 * privileges that were missing.
 */
GradualSyncTrigger *
gradual_sync_cache_get(TriggerData *call, void **hint)
{
	CacheEntry *entry = *hint;

	/* an entry stays where it is for ever, only what it holds comes and goes */
	if (entry == NULL || entry->trigger != call->tg_trigger->tgoid)
		*hint = entry = find_entry(call);
	if (entry->compiled != NULL &&
		(entry->relation != RelationGetRelid(call->tg_relation) ||
		 (entry->compiled->incomplete && entry->compiled->compiled_by != GetUserId())))
		drop(entry);
	if (entry->compiled != NULL)
		return entry->compiled;
	return compile(call, entry);
}

static CacheEntry *
find_entry(TriggerData *call)
{
	CacheEntry *entry;
	bool		found;

	if (cache == NULL)
	{
		HASHCTL		control;

		control.keysize = sizeof(Oid);
		control.entrysize = sizeof(CacheEntry);
		cache = hash_create("pg_gradual sync triggers", 16, &control,
							HASH_ELEM | HASH_BLOBS);
	}
	entry = hash_search(cache, &call->tg_trigger->tgoid, HASH_ENTER, &found);
	if (!found)
	{
		entry->relation = RelationGetRelid(call->tg_relation);
		entry->compiled = NULL;
		entry->reported = false;
	}
	return entry;
}

/*
 * What was invalidated while it was made serves this row, in whose memory it
 * lies, and is not kept.
 */
static GradualSyncTrigger *
compile(TriggerData *call, CacheEntry *entry)
{
	int			ncolumns = call->tg_trigger->tgnargs / GRADUAL_SYNC_GROUP;
	uint64		before = invalidations;
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "pg_gradual sync trigger",
												  ALLOCSET_SMALL_SIZES);
	GradualSyncTrigger *compiled = MemoryContextAllocZero(context,
														  offsetof(GradualSyncTrigger, columns) +
														  ncolumns * sizeof(GradualSyncColumn));

	compiled->context = context;
	compiled->compiled_by = GetUserId();
	compiled->ncolumns = ncolumns;
	compiled->alone = is_alone(call->tg_relation);
	compile_columns(call, compiled, entry);

	if (invalidations == before)
	{
		drop(entry);
		MemoryContextSetParent(context, CacheMemoryContext);
		entry->relation = RelationGetRelid(call->tg_relation);
		entry->compiled = compiled;
	}
	return compiled;
}

/* Disabled ones count: what enables them need not be a change of the table. */
static bool
is_alone(Relation relation)
{
	TriggerDesc *triggers = relation->trigdesc;
	int			before = 0;

	for (int i = 0; triggers != NULL && i < triggers->numtriggers; i++)
	{
		int16		type = triggers->triggers[i].tgtype;

		if (TRIGGER_FOR_ROW(type) && TRIGGER_FOR_BEFORE(type) && TRIGGER_FOR_UPDATE(type))
			before++;
	}
	return before <= 1;
}

static void
compile_columns(TriggerData *call, GradualSyncTrigger *compiled, CacheEntry *entry)
{
	Trigger    *trigger = call->tg_trigger;

	if (trigger->tgnargs == 0 || trigger->tgnargs % GRADUAL_SYNC_GROUP != 0)
		ereport(ERROR,
				errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				errmsg("trigger \"%s\" has a wrong number of arguments", trigger->tgname),
				errdetail("It has %d; gradual.sync() takes groups of %d: "
						  "column, expression, condition, mode.",
						  trigger->tgnargs, GRADUAL_SYNC_GROUP));

	for (int i = 0; i < compiled->ncolumns; i++)
	{
		Compilation compilation;
		ErrorData  *error;

		compilation.relation = call->tg_relation;
		compilation.context = compiled->context;
		compilation.column = &compiled->columns[i];
		read_group(&trigger->tgargs[i * GRADUAL_SYNC_GROUP], &compilation.text);
		error = gradual_lenient_run(compile_column, &compilation);
		if (error == NULL)
			continue;

		mark_broken(call->tg_relation, &compilation.text, &compiled->columns[i]);
		compiled->incomplete = true;
		if (!entry->reported)
			report(call, compilation.text.column, error);
		entry->reported = true;
	}
}

static void
read_group(char **arguments, GradualSyncText *group)
{
	static const char *const modes[] = {
		[GRADUAL_SYNC_FILL] = "fill",
		[GRADUAL_SYNC_DEFAULT] = "default",
		[GRADUAL_SYNC_REVERSE] = "reverse",
		[GRADUAL_SYNC_SHADOW] = "shadow",
		[GRADUAL_SYNC_STRICT] = "strict",
		[GRADUAL_SYNC_PAIR] = "pair",
		[GRADUAL_SYNC_FIRST] = "first",
		[GRADUAL_SYNC_LAST] = "last"
	};
	const char *mode = arguments[GRADUAL_SYNC_MODE];

	group->column = arguments[GRADUAL_SYNC_COLUMN];
	group->expression = arguments[GRADUAL_SYNC_EXPRESSION];
	group->where = arguments[GRADUAL_SYNC_WHERE];
	group->settings = mode + strcspn(mode, ";");
	for (int i = 0; i < lengthof(modes); i++)
	{
		group->mode = i;
		if (gradual_sync_mode_is(mode, modes[i]))
			return;
	}
	ereport(ERROR,
			errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
			errmsg("unknown mode \"%s\" of column \"%s\"", mode, group->column),
			errdetail("The modes of gradual.sync() are \"fill\", \"default\", \"reverse\", \"shadow\", \"strict\", \"pair\", \"first\" and \"last\"."));
}

static void
compile_column(void *arg)
{
	Compilation *compilation = arg;
	MemoryContext caller = MemoryContextSwitchTo(compilation->context);

	gradual_sync_compile(compilation->relation, &compilation->text,
						 compilation->column);
	MemoryContextSwitchTo(caller);
}

/* Its number is of use even so: rows that lack the column can be told by it. */
static void
mark_broken(Relation relation, const GradualSyncText *group, GradualSyncColumn *column)
{
	AttrNumber	attnum = attnameAttNum(relation, group->column, false);

	memset(column, 0, sizeof(GradualSyncColumn));
	column->broken = true;
	column->mode = group->mode;
	if (!GRADUAL_SYNC_IS_PAIR(group->mode) && attnum != InvalidAttrNumber &&
		!TupleDescAttr(RelationGetDescr(relation), attnum - 1)->attgenerated)
		column->attnum = attnum;
}

static void
report(TriggerData *call, const char *column, const ErrorData *error)
{
	ereport(LOG,
			errcode(error->sqlerrcode),
			errmsg("column \"%s\" of table \"%s\" is not kept in sync by trigger \"%s\"",
				   column, RelationGetRelationName(call->tg_relation),
				   call->tg_trigger->tgname),
			errdetail("Its expression cannot be used: %s.", error->message));
}

/* See the invariant above.  Must not raise: the callbacks use it. */
static void
drop(CacheEntry *entry)
{
	if (entry->compiled == NULL)
		return;
	if (TopTransactionContext != NULL)
		MemoryContextSetParent(entry->compiled->context, TopTransactionContext);
	else
		MemoryContextDelete(entry->compiled->context);
	entry->compiled = NULL;
}

static void
on_relation_change(Datum arg, Oid relation)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	if (cache == NULL)
		return;
	invalidations++;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (!OidIsValid(relation) || entry->relation == relation)
			drop(entry);
}

/*
 * Functions and types change often, types with every temporary table: only
 * those that an expression uses count, unless one could not be compiled, which
 * anything may mend.
 */
static void
on_catalog_change(Datum arg, int cache_id, uint32 hash_value)
{
	HASH_SEQ_STATUS status;
	CacheEntry *entry;

	if (cache == NULL)
		return;
	invalidations++;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
		if (entry->compiled != NULL &&
			depends_on(entry->compiled, cache_id, hash_value))
			drop(entry);
}

static bool
depends_on(const GradualSyncTrigger *compiled, int cache_id, uint32 hash_value)
{
	if (compiled->incomplete || hash_value == 0 ||
		(cache_id != PROCOID && cache_id != TYPEOID))
		return true;
	for (int i = 0; i < compiled->ncolumns; i++)
	{
		ListCell   *cell;

		foreach(cell, compiled->columns[i].invalidations)
		{
			PlanInvalItem *item = lfirst(cell);

			if (item->cacheId == cache_id && item->hashValue == hash_value)
				return true;
		}
	}
	return false;
}
