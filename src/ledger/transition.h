/*
 * transition.h
 *	  From one status to another, and what is shown in between.  All rules
 *	  of ledger.h hold.
 */
#ifndef GRADUAL_TRANSITION_H
#define GRADUAL_TRANSITION_H

#include "ledger/migration.h"

/*
 * One transition: status, phase, goal and error, the event, and NOTIFY, all in
 * the caller's transaction.  Refused with 55000, detail and hint, if the table
 * of state.c does not allow request in the current status.  'step' 0 = none,
 * 'detail' and 'error' may be NULL (error NULL clears it, but while fell_back
 * only START and ROLLBACK do).  Updates *migration.
 *
 * Phase and goal are taken from *migration, except where the request says it
 * all: COMPLETE and ROLLBACK set the goal, a START from rolled_back clears it,
 * FALL_BACK sets it to ready; a ROLLBACK is phase rollback, reaching or falling
 * back to ready is phase ready, the other ends and a fresh START have no phase.
 * A fresh START (from defined or rolled_back) also drops cursors that are left
 * and sets started_at.
 *
 * fence: the caller's incarnation, or -1 for requests of users.  A fenced write
 * that finds another incarnation, or a status that changed meanwhile, returns
 * false and has written nothing.
 */
extern bool gradual_ledger_transition(GradualMigration *migration, GradualRequest request,
									  int64 fence, int step, const char *detail, const char *error);

/* The goal of the next run (start, complete, rollback), without changing status. */
extern void gradual_ledger_set_goal(GradualMigration *migration, GradualGoal goal, bool force);

/*
 * Prepare failed: the goal is ready again, the error is kept, and fell_back set
 * until the transition GRADUAL_FALL_BACK (which keeps the error) clears it.
 */
extern void gradual_ledger_fall_back(GradualMigration *migration, const char *error);

/*
 * A reset has undone everything: goal ready, tables as just compiled, started
 * now, no cursors.  Raises 55000 if fenced off.
 */
extern void gradual_ledger_restarted(GradualMigration *migration);

/* Phase and activity shown while running; fenced; cheap, not an event. */
extern bool gradual_ledger_set_phase(GradualMigration *migration, GradualPhase phase);
extern void gradual_ledger_set_activity(int32 id, const char *activity);

#endif							/* GRADUAL_TRANSITION_H */
