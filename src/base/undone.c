/*
 * undone.c
 *	  Something that is done for what it shows, and undone in any case.
 *
 * A script's own pg_advisory_lock() is of the session, so the end of the
 * subtransaction leaves it: whoever only looked at a migration would hold it
 * until the session ends.  Nobody would think of it.
 *
 * Invariants: what the session held before it holds afterwards.  A lock that it
 * had already, and the body took once more, has to be released once more: how
 * often it is held, the server does not tell.
 *
 * If we crash here, locks are gone with the process.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "storage/lock.h"

#include "base/compat.h"
#include "base/txn.h"
#include "base/undone.h"

/* Those of this process (LockInstanceData) */
static List *
advisory_locks(void)
{
	LockData   *locks = GetLockStatusData();
	List	   *mine = NIL;

	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *lock = &locks->locks[i];

		if (lock->pid == MyProcPid && lock->locktag.locktag_type == LOCKTAG_ADVISORY)
			mine = lappend(mine, lock);
	}
	return mine;
}

static LOCKMASK
held_before(const List *before, const LOCKTAG *tag)
{
	ListCell   *lc;

	foreach(lc, before)
	{
		const LockInstanceData *lock = lfirst(lc);

		if (memcmp(&lock->locktag, tag, sizeof(LOCKTAG)) == 0)
			return lock->holdMask;
	}
	return 0;
}

/* After the subtransaction, whose own locks are gone: the others are the session's. */
static void
release_new(const List *before)
{
	ListCell   *lc;

	foreach(lc, advisory_locks())
	{
		const LockInstanceData *lock = lfirst(lc);
		LOCKMASK	added = lock->holdMask & ~held_before(before, &lock->locktag);

		for (LOCKMODE mode = AccessShareLock; mode <= AccessExclusiveLock; mode++)
		{
			if ((added & LOCKBIT_ON(mode)) == 0)
				continue;
			/* as often as it was taken */
			while (LockHeldByMe(&lock->locktag, mode, false) &&
				   LockRelease(&lock->locktag, mode, true))
				;
		}
	}
}

ErrorData *
gradual_undone(void (*body) (void *arg), void *arg)
{
	List	   *before = advisory_locks();
	ErrorData  *error = gradual_txn_subtransaction(false, body, arg);

	release_new(before);
	return error;
}
