/*
 * witness.c
 *	  Sees what a worker's transactions hold at their commit: locks on relations,
 *	  and how many rows of these they have read in sequence.  TESTING builds only.
 *
 * A look at pg_locks from outside sees what lasts; this sees every transaction,
 * those inside a concurrent command too.  What a transaction has created itself
 * is nobody else's, and left out; so are locks that let everybody read, write
 * and vacuum.  Everything is kept in shared memory, the strongest for each step
 * and relation, so that an abort loses nothing.
 *
 * Rows read come from the statistics that the backend has not sent yet: they may
 * be sent between two looks, and then fewer are seen, never more.
 */
#include "postgres.h"

#ifdef GRADUAL_TESTING

#include "access/xact.h"
#include "fmgr.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/ipc.h"
#include "storage/lock.h"
#include "storage/lwlock.h"
#include "storage/shmem.h"
#include "storage/spin.h"
#include "utils/builtins.h"
#include "utils/rel.h"
#include "utils/relcache.h"

#include "base/compat.h"
#include "base/witness.h"

#define MAX_SIGHTS 20000
#define MAX_READ 200

/* What one step held on one relation. */
typedef struct Sight
{
	Oid			database;
	int			migration;
	int			step;
	Oid			relation;
	LOCKMODE	mode;
	int64		rows;			/* read in sequence, by one transaction that
								 * kept writers out */
} Sight;

typedef struct Witness
{
	slock_t		mutex;
	bool		watching;
	int			count;
	Sight		sights[MAX_SIGHTS];
} Witness;

/* Rows of a relation that this process has read so far. */
typedef struct ReadSoFar
{
	Oid			relation;
	int64		rows;
} ReadSoFar;

static Witness *shared = NULL;
static shmem_request_hook_type previous_request_hook = NULL;
static int	current_migration = 0;
static int	current_step = 0;
static ReadSoFar read_so_far[MAX_READ];
static int	read_count = 0;

/* --- memory --- */

static void
request_memory(void)
{
	if (previous_request_hook)
		previous_request_hook();
	RequestAddinShmemSpace(MAXALIGN(sizeof(Witness)));
}

void
gradual_witness_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	previous_request_hook = shmem_request_hook;
	shmem_request_hook = request_memory;
}

static void
attach(void)
{
	bool		found;

	if (shared != NULL)
		return;
	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	shared = ShmemInitStruct("pg_gradual witness", sizeof(Witness), &found);
	if (!found)
	{
		memset(shared, 0, sizeof(Witness));
		SpinLockInit(&shared->mutex);
	}
	LWLockRelease(AddinShmemInitLock);
}

/* --- looking --- */

static LOCKMODE
strongest(LOCKMASK mask)
{
	LOCKMODE	mode = NoLock;

	for (LOCKMODE one = AccessShareLock; one <= AccessExclusiveLock; one++)
	{
		if (mask & LOCKBIT_ON(one))
			mode = one;
	}
	return mode;
}

static bool
is_created_here(Oid relid)
{
	Relation	relation = RelationIdGetRelation(relid);
	bool		created;

	if (!RelationIsValid(relation))
		return false;
	created = relation->rd_createSubid != InvalidSubTransactionId;
	RelationClose(relation);
	return created;
}

/* What was read since the last look. */
static int64
rows_read(Oid relid)
{
	PgStat_TableStatus *status = find_tabstat_entry(relid);
	int64		now = status == NULL ? 0 : GRADUAL_ROWS_READ(status);
	int64		before = 0;
	int			i = 0;

	while (i < read_count && read_so_far[i].relation != relid)
		i++;
	if (i < read_count)
		before = read_so_far[i].rows;
	if (i < MAX_READ)
	{
		read_so_far[i].relation = relid;
		read_so_far[i].rows = now;
		read_count = Max(read_count, i + 1);
	}

	/* or sent meanwhile */
	return now >= before ? now - before : now;
}

static void
remember(Oid relid, LOCKMODE mode, int64 rows)
{
	Sight	   *sight = shared->sights;
	Sight	   *end;

	SpinLockAcquire(&shared->mutex);
	end = sight + shared->count;
	while (sight < end && (sight->relation != relid || sight->database != MyDatabaseId ||
						   sight->step != current_step ||
						   sight->migration != current_migration))
		sight++;
	if (sight == end && shared->count < MAX_SIGHTS)
	{
		memset(sight, 0, sizeof(Sight));
		sight->database = MyDatabaseId;
		sight->migration = current_migration;
		sight->step = current_step;
		sight->relation = relid;
		shared->count++;
	}
	if (sight < shared->sights + MAX_SIGHTS)
	{
		sight->mode = Max(sight->mode, mode);
		sight->rows = Max(sight->rows, rows);
	}
	SpinLockRelease(&shared->mutex);
}

static void
look(void)
{
	LockData   *locks = GetLockStatusData();

	for (int i = 0; i < locks->nelements; i++)
	{
		LockInstanceData *lock = &locks->locks[i];
		LOCKMODE	mode = strongest(lock->holdMask);
		int64		rows;
		Oid			relid = lock->locktag.locktag_field2;

		if (lock->pid != MyProcPid || lock->locktag.locktag_type != LOCKTAG_RELATION ||
			lock->locktag.locktag_field1 != MyDatabaseId ||
			relid < FirstNormalObjectId || is_created_here(relid))
			continue;

		/* what is read under a weak lock is not of the next step */
		rows = rows_read(relid);
		if (mode < ShareUpdateExclusiveLock)
			continue;
		remember(relid, mode, mode >= ShareLock ? rows : 0);
	}
}

static void
at_commit(XactEvent event, void *arg)
{
	if (event == XACT_EVENT_PRE_COMMIT && current_step != 0 && shared->watching)
		look();
}

void
gradual_witness_step(int migration, int step)
{
	static bool registered = false;

	if (MyBackendType != B_BG_WORKER)
		return;
	attach();
	current_migration = migration;
	current_step = step;
	if (!registered && shared->watching)
	{
		RegisterXactCallback(at_commit, NULL);
		registered = true;
	}
}

/* --- SQL: schema gradual_test --- */

PG_FUNCTION_INFO_V1(gradual_test_watch);
PG_FUNCTION_INFO_V1(gradual_test_seen);

/* watch(on): from now on; forgets what was seen before */
Datum
gradual_test_watch(PG_FUNCTION_ARGS)
{
	attach();
	SpinLockAcquire(&shared->mutex);
	shared->watching = PG_GETARG_BOOL(0);
	shared->count = 0;
	SpinLockRelease(&shared->mutex);
	PG_RETURN_VOID();
}

/* seen(): migration, step, relation, level of the lock mode, rows read */
Datum
gradual_test_seen(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;

	attach();
	InitMaterializedSRF(fcinfo, 0);
	for (int i = 0; i < shared->count; i++)
	{
		Sight	   *sight = &shared->sights[i];
		Datum		values[5];
		bool		nulls[5] = {0};

		if (sight->database != MyDatabaseId)
			continue;
		values[0] = Int32GetDatum(sight->migration);
		values[1] = Int32GetDatum(sight->step);
		values[2] = ObjectIdGetDatum(sight->relation);
		values[3] = Int32GetDatum(sight->mode);
		values[4] = Int64GetDatum(sight->rows);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	PG_RETURN_VOID();
}

#endif							/* GRADUAL_TESTING */
