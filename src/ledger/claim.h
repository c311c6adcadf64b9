/*
 * claim.h
 *	  Taking a migration over: by a worker, or by the cluster that a dump was
 *	  restored in.  All rules of ledger.h hold.
 */
#ifndef GRADUAL_CLAIM_H
#define GRADUAL_CLAIM_H

#include "ledger/migration.h"

/*
 * A worker takes over: counts the incarnation up (also in the cursors), stores
 * its pid, and returns the row; NULL if the migration is not queued or running,
 * or failed here by the rule below.  The status stays what it was: BEGIN is a
 * transition of its own.  The commit is synchronous.
 *
 * A predecessor vanished if it left the status 'running' and its mark of user
 * code.  Three starts in a row whose predecessor vanished while nothing moved,
 * no step and no cursor, make the migration failed; or three that vanished while
 * the same range was claimed and did not move.
 */
extern GradualMigration *gradual_ledger_claim(int32 id, int pid);

/*
 * How many other workers are at work in this database, on migrations and on
 * ranges of their backfills.  Until the end of the transaction whoever else asks
 * waits, so that two do not take the last place at once.
 */
extern int	gradual_ledger_others_at_work(void);

/*
 * User code is about to run in a step, or the worker leaves in good order
 * (running = false): for the crash-loop rule.  Once a step and worker, and at a
 * clean exit, not for each batch; not for steps whose end by a crash must not count.
 */
extern void gradual_ledger_mark_user_code(int32 id, int64 incarnation, int step, bool running);


/*
 * Adopt the migrations of a restored dump (another system identifier or
 * database): queued and running ones become paused.  Cheap when there are none.
 * Called by every function that changes state and by worker and launcher at
 * start; not on a standby.
 */
extern void gradual_ledger_adopt_restored(void);

#endif							/* GRADUAL_CLAIM_H */
