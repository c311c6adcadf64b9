/*
 * carry_cache.c
 *	  The plans of each trigger of gradual.carry() that this session has fired.
 *
 * Invariant: plans are never freed under a caller.  A change of any table makes
 * them stale, but one of them may be running further up: they are freed at the
 * first use of any after the transaction that used them last.
 */
#include "postgres.h"

#include "utils/hsearch.h"
#include "utils/inval.h"
#include "utils/memutils.h"

#include "base/compat.h"
#include "sync/carry_cache.h"

/* The entry's key is the trigger: each partition has one of its own. */
typedef struct CarryEntry
{
	Oid			trigger;
	GradualCarry *carry;		/* NULL = not made */
} CarryEntry;

static HTAB *cache = NULL;
static List *graves = NIL;		/* of GradualCarry *: stale, and maybe in use */
static uint64 changes = 0;		/* of any table, since the cache is there */

static void
on_relation_change(Datum arg, Oid relation)
{
	HASH_SEQ_STATUS status;
	CarryEntry *entry;

	changes++;
	hash_seq_init(&status, cache);
	while ((entry = hash_seq_search(&status)) != NULL)
	{
		if (entry->carry != NULL)
			entry->carry->stale = true;
	}
}

static void
make_cache(void)
{
	HASHCTL		control = {.keysize = sizeof(Oid),.entrysize = sizeof(CarryEntry)};

	cache = hash_create("gradual carried tables", 16, &control, HASH_ELEM | HASH_BLOBS);
	CacheRegisterRelcacheCallback(on_relation_change, (Datum) 0);
}

static void
release(GradualCarry *carry)
{
	SPIPlanPtr	plans[] = {carry->insert, carry->update, carry->move, carry->respell,
	carry->remove, carry->remove_all, carry->lock};

	for (int i = 0; i < lengthof(plans); i++)
	{
		if (plans[i] != NULL)
			SPI_freeplan(plans[i]);
	}
	MemoryContextDelete(carry->context);
}

/* A plan may be running further up, but not after its transaction has ended. */
static void
release_graves(void)
{
	MemoryContext caller = MemoryContextSwitchTo(CacheMemoryContext);
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, graves)
	{
		GradualCarry *carry = lfirst(lc);

		if (carry->used == gradual_compat_local_xid())
			kept = lappend(kept, carry);
		else
			release(carry);
	}
	list_free(graves);
	graves = kept;
	MemoryContextSwitchTo(caller);
}

static void
bury(GradualCarry *carry)
{
	MemoryContext caller = MemoryContextSwitchTo(CacheMemoryContext);

	graves = lappend(graves, carry);
	MemoryContextSwitchTo(caller);
}

GradualCarry *
gradual_carry_known(Oid trigger)
{
	CarryEntry *entry;

	if (cache == NULL)
		return NULL;
	entry = hash_search(cache, &trigger, HASH_FIND, NULL);
	return entry == NULL || entry->carry == NULL || entry->carry->stale ? NULL : entry->carry;
}

GradualCarry *
gradual_carry_plan(Relation relation, Oid trigger, int32 migration, int statement)
{
	CarryEntry *entry;
	bool		found;

	if (cache == NULL)
		make_cache();
	entry = hash_search(cache, &trigger, HASH_ENTER, &found);
	if (!found)
		entry->carry = NULL;
	if (graves != NIL)
		release_graves();
	if (entry->carry != NULL && entry->carry->stale)
	{
		bury(entry->carry);
		entry->carry = NULL;
	}
	if (entry->carry == NULL)
	{
		uint64		before = changes;
		GradualCarry *carry = gradual_carry_make(relation, migration, statement);

		/* what changed meanwhile may have been read before it did */
		carry->stale = changes != before;
		entry = hash_search(cache, &trigger, HASH_ENTER, &found);
		entry->carry = carry;
	}
	entry->carry->used = gradual_compat_local_xid();
	return entry->carry;
}
