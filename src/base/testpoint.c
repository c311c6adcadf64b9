/*
 * testpoint.c
 *	  Named points at which a test can hold the code, make it fail or kill it.
 *	  TESTING builds only.
 *
 * To hold a point is to hold a lock of our own advisory class, which whoever
 * reaches the point must get: so a waiter shows in pg_locks, deadlocks are
 * found, and a test that dies strands nobody.  Arrivals are counted in shared
 * memory, with a condition variable for those who await them.
 *
 * Shared memory is taken at the first use.  When the library is preloaded its
 * room has been requested; otherwise the little it needs comes out of what the
 * server keeps spare.
 *
 * Lock order: a point's lock is waited for with nothing of this file held.
 */
#include "postgres.h"

#ifdef GRADUAL_TESTING

#include <signal.h>

#include "access/xact.h"
#include "common/hashfn.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "storage/condition_variable.h"
#include "storage/ipc.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/wait_event.h"

#include "base/compat.h"
#include "base/testpoint.h"

#define POINT_LOCK_CLASS 77
#define MAX_POINTS 100
#define MAX_POINT_NAME 64

typedef struct TestPoint
{
	char		name[MAX_POINT_NAME];	/* "" = free */
	int			arrivals;
	int			kill_in;		/* arrivals until SIGKILL; 0 = not armed */
	bool		fail;
} TestPoint;

typedef struct TestPoints
{
	slock_t		mutex;
	ConditionVariable arrived;
	TestPoint	points[MAX_POINTS];
} TestPoints;

static TestPoints *shared = NULL;
static shmem_request_hook_type previous_request_hook = NULL;

static void request_memory(void);
static void attach(void);
static TestPoint *lock_point(const char *name);
static TestPoint *find_point(const char *name);
static LOCKTAG point_tag(const char *name);
static void count_arrival(const char *name, bool *fail, bool *die);
static void wait_while_held(const char *name);
static void wait_for_lock(const LOCKTAG *tag);
static void let_go(const char *name);
static int	arrivals_at(const char *name);

/* --- memory --- */

void
gradual_testpoint_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
}

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(TestPoints)));
}

static void
attach(void)
{
	bool		found;

	if (shared != NULL)
		return;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("pg_gradual test points", sizeof(TestPoints), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(TestPoints));
		SpinLockInit(&shared->mutex);
		ConditionVariableInit(&shared->arrived);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* Returns the point with the mutex held, which the caller releases */
static TestPoint *
lock_point(const char *name)
{
	TestPoint  *point;

	attach();
	SpinLockAcquire(&shared->mutex);
	point = find_point(name);
	if (point == NULL)
	{
		SpinLockRelease(&shared->mutex);
		elog(ERROR, "too many test points");
	}
	return point;
}

/* Finds or makes; NULL if there is no room */
static TestPoint *
find_point(const char *name)
{
	for (int i = 0; i < MAX_POINTS; i++)
	{
		TestPoint  *point = &shared->points[i];

		if (point->name[0] == '\0')
			memcpy(point->name, name, Min(strlen(name), MAX_POINT_NAME - 1));
		if (strncmp(point->name, name, MAX_POINT_NAME - 1) == 0)
			return point;
	}
	return NULL;
}

static LOCKTAG
point_tag(const char *name)
{
	LOCKTAG		tag;
	uint32		hash = hash_bytes((const unsigned char *) name, strlen(name));

	SET_LOCKTAG_ADVISORY(tag, MyDatabaseId, 0, hash, POINT_LOCK_CLASS);
	return tag;
}

/* --- the point itself --- */

void
gradual_testpoint(const char *name)
{
	bool		fail;
	bool		die;

	count_arrival(name, &fail, &die);
	ConditionVariableBroadcast(&shared->arrived);
	if (die)
		kill(MyProcPid, SIGKILL);
	if (fail)
		ereport(ERROR,
				(errcode(ERRCODE_TRIGGERED_ACTION_EXCEPTION),
				 errmsg("test point \"%s\" was told to fail", name)));
	wait_while_held(name);
}

/* What is armed goes off once */
static void
count_arrival(const char *name, bool *fail, bool *die)
{
	TestPoint  *point = lock_point(name);

	point->arrivals++;
	*fail = point->fail;
	point->fail = false;
	*die = point->kill_in > 0 && --point->kill_in == 0;
	SpinLockRelease(&shared->mutex);
}

/* The lock is of the session, so that it works without a transaction */
static void
wait_while_held(const char *name)
{
	LOCKTAG		tag = point_tag(name);

	if (LockAcquire(&tag, ShareLock, true, true) == LOCKACQUIRE_NOT_AVAIL)
		wait_for_lock(&tag);
	LockRelease(&tag, ShareLock, true);
}

/* The short lock_timeout of a DDL step must not end the wait of a test. */
static void
wait_for_lock(const LOCKTAG *tag)
{
	int			level;

	if (!IsTransactionState())
	{
		(void) LockAcquire(tag, ShareLock, true, false);
		return;
	}
	level = NewGUCNestLevel();
	(void) set_config_option("lock_timeout", "0", PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	(void) LockAcquire(tag, ShareLock, true, false);
	AtEOXact_GUC(false, level);
}

/* --- SQL: schema gradual_test --- */

PG_FUNCTION_INFO_V1(gradual_test_hold);
PG_FUNCTION_INFO_V1(gradual_test_release);
PG_FUNCTION_INFO_V1(gradual_test_await);
PG_FUNCTION_INFO_V1(gradual_test_arrivals);
PG_FUNCTION_INFO_V1(gradual_test_fail_once);
PG_FUNCTION_INFO_V1(gradual_test_kill_at);
PG_FUNCTION_INFO_V1(gradual_test_reset);

/* hold(point): whoever comes to it waits; its arrivals count from zero */
Datum
gradual_test_hold(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	LOCKTAG		tag = point_tag(name);

	if (LockAcquire(&tag, ExclusiveLock, true, false) == LOCKACQUIRE_ALREADY_HELD)
		LockRelease(&tag, ExclusiveLock, true);
	lock_point(name)->arrivals = 0;
	SpinLockRelease(&shared->mutex);
	PG_RETURN_VOID();
}

/* release(point): by the session that holds it */
Datum
gradual_test_release(PG_FUNCTION_ARGS)
{
	let_go(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	PG_RETURN_VOID();
}

static void
let_go(const char *name)
{
	LOCKTAG		tag = point_tag(name);

	if (LockHeldByMe(&tag, ExclusiveLock, false))
		LockRelease(&tag, ExclusiveLock, true);
}

/* await(point, n): returns when it was reached n times since hold() or reset() */
Datum
gradual_test_await(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			count = PG_GETARG_INT32(1);

	attach();
	ConditionVariablePrepareToSleep(&shared->arrived);
	while (arrivals_at(name) < count)
		ConditionVariableSleep(&shared->arrived, PG_WAIT_EXTENSION);
	ConditionVariableCancelSleep();
	PG_RETURN_VOID();
}

Datum
gradual_test_arrivals(PG_FUNCTION_ARGS)
{
	PG_RETURN_INT32(arrivals_at(text_to_cstring(PG_GETARG_TEXT_PP(0))));
}

static int
arrivals_at(const char *name)
{
	int			arrivals = lock_point(name)->arrivals;

	SpinLockRelease(&shared->mutex);
	return arrivals;
}

/* fail_once(point): the next arrival, of any session, raises an error */
Datum
gradual_test_fail_once(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));

	lock_point(name)->fail = true;
	SpinLockRelease(&shared->mutex);
	PG_RETURN_VOID();
}

/* kill_at(point, nth): the nth arrival from now on kills its process */
Datum
gradual_test_kill_at(PG_FUNCTION_ARGS)
{
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(0));
	int			nth = PG_GETARG_INT32(1);

	lock_point(name)->kill_in = nth;
	SpinLockRelease(&shared->mutex);
	PG_RETURN_VOID();
}

/* reset(): forget all points, and let go of those that this session holds */
Datum
gradual_test_reset(PG_FUNCTION_ARGS)
{
	char		names[MAX_POINTS][MAX_POINT_NAME];

	attach();
	SpinLockAcquire(&shared->mutex);
	for (int i = 0; i < MAX_POINTS; i++)
		memcpy(names[i], shared->points[i].name, MAX_POINT_NAME);
	memset(shared->points, 0, sizeof(shared->points));
	SpinLockRelease(&shared->mutex);

	for (int i = 0; i < MAX_POINTS; i++)
	{
		if (names[i][0] != '\0')
			let_go(names[i]);
	}
	PG_RETURN_VOID();
}

#endif							/* GRADUAL_TESTING */
