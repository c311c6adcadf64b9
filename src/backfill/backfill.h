/*
 * backfill.h
 *	  One UPDATE or DELETE of a whole table, in batches: source -> rows of a batch
 *	  -> apply -> commit of rows and cursor together (DESIGN section 5).
 *
 * What is in memory can be lost at any time without harm: the ledger's cursor
 * says how far everything is done, and the source starts again there.
 */
#ifndef GRADUAL_BACKFILL_H
#define GRADUAL_BACKFILL_H

#include "backfill/suspects.h"
#include "ledger/migration.h"
#include "ledger/step.h"
#include "nodes/primnodes.h"

/* Longest wait for a row, and when a deadlock of ours is looked for, in ms. */
#define GRADUAL_ROW_LOCK_MS 50
#define GRADUAL_ROW_DEADLOCK_MS 10

typedef struct GradualBackfill GradualBackfill;

typedef enum GradualBatchOutcome
{
	GRADUAL_BATCH_MORE,			/* call again */
	GRADUAL_BATCH_WAIT,			/* nothing can be done before wait_ms are over */
	GRADUAL_BATCH_DONE			/* no row is left */
} GradualBatchOutcome;

typedef struct GradualBatch
{
	GradualBatchOutcome outcome;
	int64		processed;		/* rows changed by this batch */
	double		wait_ms;		/* with WAIT */
	char	   *activity;		/* with WAIT: for what and for whom; else NULL */
	char	   *event;			/* something for the audit log, or NULL */
	char	   *position;		/* where it stands, for people */
	bool		reopen;			/* after the commit close it, and open it
								 * again */
} GradualBatch;

/*
 * The table whose rows the step visits; of a copy, by its name in the statement.
 * 55000 if it is gone.
 */
extern Oid	gradual_backfill_find_table(const GradualStep *step, const RangeVar *walked);

/*
 * Open the backfill of a step, or a range of it that the caller has claimed (0 =
 * the whole step): read its cursor from the ledger, or create it at the start.  In a transaction, as the owner, with the migration's settings
 * pinned.  Everything lives in a child of 'parent'.  foreground: in the
 * transaction of a caller of run_batch, so the horizon will not move and
 * nothing may be waited for.  frozen_now: what now() means in the statement.
 *
 * Raises 55000 with a hint if the table is gone or altered so that the
 * statement no longer fits, or if the plan of a batch would cost more than ten
 * times what its rows cost (DESIGN 5.1).
 */
extern GradualBackfill *gradual_backfill_open(const GradualMigration *migration,
											  const GradualStep *step, int range,
											  MemoryContext parent, bool foreground, TimestampTz frozen_now);

/*
 * Run one batch in the current transaction and write its cursor.  As the owner.
 * Returns false if the ledger fenced us off: the caller must abort and leave.
 * Raises what the statement raises; then, and when the transaction aborts for
 * any other reason, the caller must close and open again.
 */
extern bool gradual_backfill_batch(GradualBackfill *backfill, GradualBatch *batch);

/*
 * Instead of a batch, after one row alone has raised (sqlstate encoded): note it
 * in the quarantine, and go on behind it.  As gradual_backfill_batch(); the
 * caller must close and open again, also after the commit.
 */
extern bool gradual_backfill_leave_out(GradualBackfill *backfill, const GradualSuspects *row,
									   int sqlstate, const char *message);

/*
 * If the migration has several workers, and what is left of the whole step is
 * enough for them: divide it into ranges, instead of a batch.  True if it was
 * divided: the caller must close.  Raises 55000 if fenced off.
 */
extern bool gradual_backfill_divide(GradualBackfill *backfill);

/*
 * The batch's transaction has committed, elapsed_ms after its start without
 * waits: corrects the size of the next one, and makes what the batch did
 * count in memory.  Outside or inside a transaction.  Returns how much of that
 * time was work: a sleep by nice follows it.
 */
extern double gradual_backfill_committed(GradualBackfill *backfill, double elapsed_ms);

/*
 * Is the ledger's cursor still the one that we wrote last?  Where no incarnation
 * fences sessions off from one another (run_batch), each has to ask before a
 * batch, and to open again if it is not.
 */
extern bool gradual_backfill_is_current(const GradualBackfill *backfill);

/* A batch ended in a lock timeout: smaller from here on, until one succeeds. */
extern void gradual_backfill_shrink(GradualBackfill *backfill);

/*
 * The rows of a batch whose transaction was aborted, before it is closed; in a
 * child of 'parent', or NULL if there are none or they cannot be divided.
 * Needs no transaction.
 */
extern GradualSuspects *gradual_backfill_suspects(const GradualBackfill *backfill,
												  MemoryContext parent);

/* Try these before any other row, and half of them at a time; NULL = no more. */
extern void gradual_backfill_suspect(GradualBackfill *backfill, GradualSuspects *suspects);

/* Settings changed by alter. */
extern void gradual_backfill_settings(GradualBackfill *backfill, const GradualMigration *migration);

extern void gradual_backfill_close(GradualBackfill *backfill);

/*
 * The chase of a fill without sync trigger: one more pass over the rows that
 * nobody has filled, to be run again in prepare.
 */
extern void gradual_backfill_chase(GradualBackfill *backfill);

#endif							/* GRADUAL_BACKFILL_H */
