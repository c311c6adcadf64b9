/*
 * held.c
 *	  The locks that the current transaction holds on relations.
 *
 * The server keeps them for all sessions in one place; ours are those of our
 * process.  A look takes as long as one at pg_locks.
 */
#include "postgres.h"

#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "access/transam.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "storage/lock.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "base/ident.h"
#include "base/lock.h"
#include "run/held.h"

/* So many tables are named. */
#define NAMED_TABLES 4

static GradualHeld *
find(const List *held, Oid relid)
{
	ListCell   *lc;

	foreach(lc, held)
	{
		GradualHeld *one = lfirst(lc);

		if (one->relid == relid)
			return one;
	}
	return NULL;
}

static List *
add(List *held, Oid relid, LOCKMODE mode)
{
	GradualHeld *one = find(held, relid);

	if (one != NULL)
	{
		one->mode = Max(one->mode, mode);
		return held;
	}
	one = palloc0(sizeof(GradualHeld));
	one->relid = relid;
	one->mode = mode;
	return lappend(held, one);
}

List *
gradual_held_locks(void)
{
	LockData   *locks = GetLockStatusData();
	List	   *held = NIL;

	for (int i = 0; i < locks->nelements; i++)
	{
		const LockInstanceData *lock = &locks->locks[i];

		if (lock->pid != MyProcPid || lock->locktag.locktag_type != LOCKTAG_RELATION ||
			lock->locktag.locktag_field1 != MyDatabaseId ||
			lock->locktag.locktag_field2 < FirstNormalObjectId)
			continue;
		for (LOCKMODE mode = AccessExclusiveLock; mode > NoLock; mode--)
		{
			if ((lock->holdMask & LOCKBIT_ON(mode)) == 0)
				continue;
			held = add(held, lock->locktag.locktag_field2, mode);
			break;
		}
	}
	return held;
}

/* The mode in the list, NoLock if there is none. */
static LOCKMODE
mode_in(const List *held, Oid relid)
{
	const GradualHeld *one = find(held, relid);

	return one == NULL ? NoLock : one->mode;
}

/* Is it somebody else's to wait for?  Of a relation that is locked. */
static bool
is_of_others(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		created;

	if (!RelationIsValid(relation))
		return false;
	created = relation->rd_createSubid != InvalidSubTransactionId ||
		RelationGetNamespace(relation) == get_namespace_oid("gradual", true);
	RelationClose(relation);
	return !created;
}

static bool
is_table(Oid relid)
{
	char		relkind = get_rel_relkind(relid);

	return relkind == RELKIND_RELATION || relkind == RELKIND_PARTITIONED_TABLE ||
		relkind == RELKIND_MATVIEW || relkind == RELKIND_VIEW;
}

List *
gradual_held_expect(List *expected, const List *before, const char *name, LOCKMODE mode)
{
	Oid			relid = gradual_ident_find(name);

	/* what was created here is locked since then */
	if (!OidIsValid(relid) || (find(before, relid) != NULL && !is_of_others(relid)))
		return expected;
	expected = add(expected, relid, mode);
	find(expected, relid)->name = name;
	return expected;
}

typedef struct NamedLock
{
	const char *name;
	LOCKMODE	mode;
} NamedLock;

static int
strongest_first(const ListCell *a, const ListCell *b)
{
	const NamedLock *x = lfirst(a);
	const NamedLock *y = lfirst(b);

	return x->mode != y->mode ? y->mode - x->mode : strcmp(x->name, y->name);
}

/* Under its new name, if it has another by now; NULL: it is nothing to show. */
static const char *
name_of(const List *expected, Oid relid)
{
	const GradualHeld *one = find(expected, relid);

	if (get_rel_relkind(relid) == '\0')
		return one == NULL ? NULL : one->name;	/* dropped */
	return is_table(relid) && is_of_others(relid) ? gradual_ident_qualified(relid) : NULL;
}

static List *
name_locks(const List *before, const List *expected, const List *now)
{
	List	   *named = NIL;
	ListCell   *lc;

	foreach(lc, now)
	{
		const GradualHeld *one = lfirst(lc);
		LOCKMODE	mode = mode_in(expected, one->relid);
		const char *name;
		NamedLock  *lock;

		if (one->mode > mode_in(before, one->relid))
			mode = one->mode;
		name = mode <= AccessShareLock ? NULL : name_of(expected, one->relid);
		if (name == NULL)
			continue;
		lock = palloc(sizeof(NamedLock));
		lock->name = name;
		lock->mode = mode;
		named = lappend(named, lock);
	}
	list_sort(named, strongest_first);
	return named;
}

char *
gradual_held_describe(const List *before, const List *expected, const List *now)
{
	List	   *named = name_locks(before, expected, now);
	StringInfoData text;
	ListCell   *lc;

	if (named == NIL)
		return NULL;
	initStringInfo(&text);
	foreach(lc, named)
	{
		const NamedLock *lock = lfirst(lc);

		if (foreach_current_index(lc) == NAMED_TABLES)
		{
			appendStringInfo(&text, " and %d more", list_length(named) - NAMED_TABLES);
			break;
		}
		appendStringInfo(&text, "%s%s %s", text.len > 0 ? ", " : "", lock->name,
						 gradual_lock_mode_name(lock->mode));
	}
	return text.data;
}

List *
gradual_held_sequences(const List *now)
{
	List	   *sequences = NIL;
	ListCell   *lc;

	foreach(lc, now)
	{
		const GradualHeld *one = lfirst(lc);

		if (one->mode >= RowExclusiveLock && get_rel_relkind(one->relid) == RELKIND_SEQUENCE &&
			is_of_others(one->relid))
			sequences = lappend_oid(sequences, one->relid);
	}
	return sequences;
}
