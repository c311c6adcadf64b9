/*
 * lock.c
 *	  The lock by which a worker shows that it is alive, and table locks taken
 *	  in a way that keeps nobody waiting for long.
 *
 * Lock order: the worker's lock first, then tables.
 *
 * If we crash here, locks are gone with the process: a dead worker's lock is
 * free, and that is how the others know.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_database.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "storage/proc.h"
#include "utils/guc.h"
#include "utils/syscache.h"
#include "utils/timeout.h"
#include "utils/timestamp.h"

#include "base/clock.h"
#include "base/compat.h"
#include "base/ident.h"
#include "base/lock.h"

/* The server's own advisory locks use 1 and 2 */
#define WORKER_LOCK_CLASS 71

#define TAKE_PATIENCE_MS 1000
#define TAKE_PAUSE_MS 10

static const char *const mode_names[] = {
	"",
	"ACCESS SHARE",
	"ROW SHARE",
	"ROW EXCLUSIVE",
	"SHARE UPDATE EXCLUSIVE",
	"SHARE",
	"SHARE ROW EXCLUSIVE",
	"EXCLUSIVE",
	"ACCESS EXCLUSIVE",
};

/* Well below the deadlock_timeout of anybody */
#define LOOK_AGAIN_MS 50

/* Of gradual_lock_give_way_begin() */
static TimeoutId look_again = MAX_TIMEOUTS;
static bool giving_way = false;
static bool logs_waits;

typedef struct LockedRelation
{
	const char *name;			/* NULL if it was gone before */
	LOCKMODE	mode;
} LockedRelation;

static LOCKTAG worker_tag(int32 migration, int range);
static bool try_session_lock(const LOCKTAG *tag, LOCKMODE mode);
static void lock_one(Oid relid, LOCKMODE mode);
static void show_relation(void *arg);
static void set_local_ms(const char *name, int value);

/* --- liveness --- */

/*
 * Asks again and again instead of waiting in the queue: outside a transaction
 * nobody would clean up after a wait that ends in an error.
 */
bool
gradual_worker_lock_take(int32 migration, int range)
{
	LOCKTAG		tag = worker_tag(migration, range);
	double		start = gradual_clock_ms();

	if (gradual_worker_lock_held(migration, range))
		return true;
	while (!try_session_lock(&tag, ExclusiveLock))
	{
		if (gradual_clock_ms() - start >= TAKE_PATIENCE_MS)
			return false;
		gradual_clock_sleep(TAKE_PAUSE_MS);
	}
	return true;
}

bool
gradual_worker_lock_try(int32 migration, int range)
{
	LOCKTAG		tag = worker_tag(migration, range);

	return gradual_worker_lock_held(migration, range) ||
		try_session_lock(&tag, ExclusiveLock);
}

void
gradual_worker_lock_release(int32 migration, int range)
{
	LOCKTAG		tag = worker_tag(migration, range);

	if (gradual_worker_lock_held(migration, range))
		LockRelease(&tag, ExclusiveLock, true);
}

bool
gradual_worker_lock_held(int32 migration, int range)
{
	LOCKTAG		tag = worker_tag(migration, range);

	return LockHeldByMe(&tag, ExclusiveLock, false);
}

bool
gradual_worker_alive(int32 migration, int range)
{
	LOCKTAG		tag = worker_tag(migration, range);

	/* our own lock would not refuse us */
	if (gradual_worker_lock_held(migration, range))
		return true;
	if (!try_session_lock(&tag, ShareLock))
		return true;
	LockRelease(&tag, ShareLock, true);
	return false;
}

bool
gradual_database_wanted(void)
{
	LOCKTAG		tag;

	SET_LOCKTAG_OBJECT(tag, InvalidOid, DatabaseRelationId, MyDatabaseId, 0);
	if (!try_session_lock(&tag, RowExclusiveLock))
		return true;
	LockRelease(&tag, RowExclusiveLock, true);
	return false;
}

static LOCKTAG
worker_tag(int32 migration, int range)
{
	LOCKTAG		tag;

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, (uint32) range, (uint32) migration,
						 WORKER_LOCK_CLASS);
	return tag;
}

static bool
try_session_lock(const LOCKTAG *tag, LOCKMODE mode)
{
	return LockAcquire(tag, mode, true, true) != LOCKACQUIRE_NOT_AVAIL;
}

/* --- table locks --- */

double
gradual_lock_relation(Oid relid, LOCKMODE mode, int wait_ms)
{
	double		start = gradual_clock_ms();
	double		waited;

	/* an autovacuum gives way only when we look for deadlocks */
	gradual_lock_timeouts(wait_ms, Max(wait_ms / 3, 1));
	lock_one(relid, mode);
	waited = gradual_clock_ms() - start;
	gradual_lock_timeouts(Max(wait_ms - (int) waited, 1), Max(wait_ms / 3, 1));
	return waited;
}

static void
lock_one(Oid relid, LOCKMODE mode)
{
	LockedRelation locked = {gradual_ident_qualified(relid), mode};
	ErrorContextCallback callback;

	callback.callback = show_relation;
	callback.arg = &locked;
	callback.previous = error_context_stack;
	error_context_stack = &callback;

	LockRelationOid(relid, mode);
	if (!SearchSysCacheExists1(RELOID, ObjectIdGetDatum(relid)))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relid),
				 errdetail("It was dropped before it could be locked.")));

	error_context_stack = callback.previous;
}

/* lock_timeout itself does not say what it waited for */
static void
show_relation(void *arg)
{
	const LockedRelation *locked = arg;

	if (locked->name)
		errcontext("while locking %s in %s mode", locked->name,
				   gradual_lock_mode_name(locked->mode));
}

bool
gradual_lock_awaited(void)
{
	TransactionId xid = GetTopTransactionIdIfAny();
	LOCKTAG		tag;

	if (!TransactionIdIsValid(xid))
		return false;
	SET_LOCKTAG_TRANSACTION(tag, xid);
	return LockHasWaiters(&tag, ExclusiveLock, false);
}

void
gradual_lock_timeouts(int lock_timeout_ms, int deadlock_timeout_ms)
{
	set_local_ms("lock_timeout", lock_timeout_ms);
	set_local_ms("deadlock_timeout", deadlock_timeout_ms);
}

/* deadlock_timeout is a superuser's to set, but this one harms only ourselves */
static void
set_local_ms(const char *name, int value)
{
	char		digits[16];

	snprintf(digits, sizeof(digits), "%d", value);
	(void) set_config_option(name, digits, PGC_SUSET, PGC_S_SESSION,
							 GUC_ACTION_LOCAL, true, 0, false);
}

/*
 * PostgreSQL looks once, deadlock_timeout after the wait began: a circle that
 * another session closes later is found by that one, and ends its transaction.
 * Each look would also log the wait again.
 */
void
gradual_lock_give_way_begin(void)
{
	if (giving_way)
		return;
	giving_way = true;
	if (look_again == MAX_TIMEOUTS)
		look_again = RegisterTimeout(USER_TIMEOUT, CheckDeadLockAlert);
	logs_waits = log_lock_waits;
	log_lock_waits = false;
	enable_timeout_every(look_again,
						 TimestampTzPlusMilliseconds(GetCurrentTimestamp(), LOOK_AGAIN_MS),
						 LOOK_AGAIN_MS);
}

void
gradual_lock_give_way_end(void)
{
	if (!giving_way)
		return;
	giving_way = false;
	disable_timeout(look_again, false);
	log_lock_waits = logs_waits;
}

/* --- names of modes --- */

const char *
gradual_lock_mode_name(LOCKMODE mode)
{
	if (mode < NoLock || mode >= lengthof(mode_names))
		elog(ERROR, "unrecognized lock mode: %d", mode);
	return mode_names[mode];
}

LOCKMODE
gradual_lock_mode_parse(const char *name)
{
	if (name == NULL)
		return NoLock;
	for (LOCKMODE mode = NoLock; mode < lengthof(mode_names); mode++)
	{
		if (strcmp(name, mode_names[mode]) == 0)
			return mode;
	}
	elog(ERROR, "unrecognized lock mode: \"%s\"", name);
	return NoLock;
}
