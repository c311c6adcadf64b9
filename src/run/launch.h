/*
 * launch.h
 *	  Starting and waking workers when the caller's transaction commits.
 */
#ifndef GRADUAL_LAUNCH_H
#define GRADUAL_LAUNCH_H

#include "ledger/migration.h"
#include "postmaster/bgworker.h"

/* What a worker is given in bgw_extra. */
typedef struct GradualWorkerExtra
{
	Oid			database;
	Oid			session_role;	/* connects as; InvalidOid: the bootstrap
								 * superuser */
	int32		migration;		/* 0: look for unfinished migrations, start
								 * their workers, and leave */
	int			helper;			/* > 0: only ranges, while the leader lives */
	int64		incarnation;	/* of that leader */
} GradualWorkerExtra;

/* Registers the transaction callbacks.  By _PG_init. */
extern void gradual_launch_init(void);

/*
 * When the current transaction commits: start a worker for the migration, or
 * wake the one that lives.  A savepoint rolled back does no harm: a worker
 * believes nothing but the ledger.  PREPARE TRANSACTION is refused from here on.
 */
extern void gradual_launch_at_commit(int32 migration, Oid session_role);

/*
 * When the current transaction commits: interrupt what the worker is doing that
 * works at the range (0 = the leader).
 */
extern void gradual_interrupt_at_commit(int32 migration, int range, int pid);

/*
 * Register a worker now; false if there is no free slot.  Needs no transaction.
 * handle, unless NULL: by which to ask whether it is still there; it wakes us
 * when that changes.
 */
extern bool gradual_launch_now(const GradualWorkerExtra *extra,
							   BackgroundWorkerHandle **handle);

/*
 * In a background worker, outside a transaction: wait until those that its commits
 * have registered are started.  A crash until then brings the caller back.  Returns
 * for how many its last commit found no slot.
 */
extern int	gradual_launch_await(void);

/*
 * The role that a worker for 'owner' connects as, with 'session' the role of
 * the caller's session.  Raises 42501 with a hint if there is none.
 */
extern Oid	gradual_launch_session_role(Oid owner, Oid session);

/*
 * The role that the next worker of a migration connects as: that of the worker before
 * it, unless it cannot any more; then as above.
 */
extern Oid	gradual_launch_role(const GradualMigration *migration);

/* Raise, with a hint, if nobody could start a worker for it as things stand. */
extern void gradual_launch_require_role(const GradualMigration *migration);

/*
 * Start workers for migrations that were interrupted, or that found no slot, if
 * the current user may steer them.  In a transaction; by functions that change
 * state, never by views.
 */
extern void gradual_launch_revive(void);

/*
 * Start what waits for a worker, of any owner: by the launcher (leaving = 0),
 * and by a worker that leaves its migration.  That one is started again only
 * if somebody has queued it meanwhile, or a failure that cannot even be
 * recorded would go round for ever; and with only_queued none else but those.
 */
extern void gradual_launch_queued(int32 leaving, bool only_queued);

/*
 * The first migration without a worker that one can take over which is connected as
 * session_role; 0 = none.  In a transaction.
 */
extern int32 gradual_launch_successor(Oid session_role);

#endif							/* GRADUAL_LAUNCH_H */
