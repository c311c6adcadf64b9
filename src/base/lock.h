/*
 * lock.h
 *	  The lock by which a worker shows that it is alive, and the manners of
 *	  taking table locks on a busy table.
 *
 * Lock order: the worker's lock first (session level, held for its life), then
 * table locks (see run/manners.c), then whatever the DDL takes.
 */
#ifndef GRADUAL_LOCK_H
#define GRADUAL_LOCK_H

#include "nodes/pg_list.h"
#include "storage/lock.h"

/* --- liveness: a session-level advisory lock of our own class (field4 = 71) --- */

/*
 * There is one for the migration itself (range 0: its leader holds it), and one
 * for each range of a backfill that several workers share.
 *
 * Take the lock for this session; waits up to 1 s (a reader's probe may hold it
 * for a moment), returns false if another has it.  try: does not wait.
 */
extern bool gradual_worker_lock_take(int32 migration, int range);
extern bool gradual_worker_lock_try(int32 migration, int range);
extern void gradual_worker_lock_release(int32 migration, int range);

/* Does this session still hold it?  User code can drop it: pg_advisory_unlock_all(). */
extern bool gradual_worker_lock_held(int32 migration, int range);

/* Does a worker that holds it live?  A probe, 0.3 us; needs no transaction. */
extern bool gradual_worker_alive(int32 migration, int range);

/*
 * Somebody wants to drop, rename or copy this database: true when our shared
 * lock on the database object is refused, and the worker has to step aside.
 */
extern bool gradual_database_wanted(void);

/* --- table locks (DESIGN section 8) --- */

/* Who stands in the way of a lock, in words fit for every reader: never a query text. */
typedef struct GradualBlocker
{
	int			pid;			/* 0: a prepared transaction */
	double		age_ms;			/* of its transaction */
	char	   *description;	/* 'pid 4211 (app_rw, idle in transaction, 3
								 * min)' */
} GradualBlocker;

/*
 * Look, without waiting or queueing, for a transaction of another session that
 * holds a lock on relid which conflicts with mode.  Returns NULL if there is
 * none, else the one with the oldest transaction.  Autovacuum workers that can
 * be cancelled by a waiter do not count: they give way to a waiter.
 */
extern GradualBlocker *gradual_lock_blocker(Oid relid, LOCKMODE mode);

/*
 * Lock a relation, waiting wait_ms at most, with a deadlock_timeout below that, so
 * that a blocking autovacuum gives way, and a deadlock ends our wait.  Raises 55P03
 * when the time is over, 42P01 naming the relation's OID if it is gone.  Leaves
 * lock_timeout set, for the rest of the transaction, to what remained (at least
 * 1 ms).  Returns the milliseconds waited.
 */
extern double gradual_lock_relation(Oid relid, LOCKMODE mode, int wait_ms);

/*
 * Does another session wait for rows that this transaction has changed, right
 * now?  1 us.  Who waits for a table gets it at the commit by the order of the
 * queue, and is not looked for.
 */
extern bool gradual_lock_awaited(void);

/* For this transaction: lock_timeout and deadlock_timeout in ms; lock_timeout 0 = none. */
extern void gradual_lock_timeouts(int lock_timeout_ms, int deadlock_timeout_ms);

/*
 * Between begin and end each wait of this process for a lock looks for deadlocks
 * again and again, not once.  For commands that wait while they hold locks, for as
 * long as lock_wait allows or without a bound (CREATE INDEX CONCURRENTLY): whoever
 * closes a circle with them, it is we who find it first, and give way.  For a
 * background worker, which calls the end once its transaction is over, also where
 * nothing began; neither raises.
 */
extern void gradual_lock_give_way_begin(void);
extern void gradual_lock_give_way_end(void);

/* 'ACCESS EXCLUSIVE' <-> AccessExclusiveLock, '' <-> NoLock; NULL is NoLock too. */
extern const char *gradual_lock_mode_name(LOCKMODE mode);
extern LOCKMODE gradual_lock_mode_parse(const char *name);

/*
 * Who holds back the MVCC horizon of this database ('pid 77 (app, idle in
 * transaction, 12 min)', 'replication slot s1', 'prepared transaction "x"'),
 * or NULL if nobody older than 'age_ms' does.  Own session excluded.
 */
extern char *gradual_horizon_holder(int age_ms);

/* Who the transaction is, in the same words; NULL: it is over. */
extern char *gradual_lock_transaction(VirtualTransactionId vxid);

#endif							/* GRADUAL_LOCK_H */
