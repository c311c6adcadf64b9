/*
 * run.h
 *	  The state of one migration in progress, and what one tick of it came to.
 *
 * One tick = one transaction = one transition of the ledger.  Whatever is kept
 * here between ticks can be lost at any time: the ledger has all of it.
 */
#ifndef GRADUAL_RUN_H
#define GRADUAL_RUN_H

#include "datatype/timestamp.h"
#include "storage/lock.h"

#include "backfill/backfill.h"
#include "backfill/throttle.h"
#include "ledger/migration.h"
#include "ledger/step.h"

typedef struct GradualRun
{
	/* Info */
	int32		id;
	int64		incarnation;	/* ours; -1 in the foreground: no fence */
	bool		foreground;		/* run_batch: nothing may be waited for */
	int			helper;			/* > 0: only ranges of a backfill that the
								 * leader divides; its number among those */

	/* State, read at the start of a tick if it changed */
	GradualMigration *migration;
	List	   *steps;			/* GradualStep *; NIL = to be read again */
	TimestampTz seen;			/* of the ledger's row when they were read */
	GradualBackfill *backfill;	/* of the running step, or NULL */
	int			backfill_step;
	int			range;			/* that we have claimed, or will; 0 = none */
	bool		divided;		/* the step was, when we last chose a range */
	int			marked_step;	/* whose user code the ledger knows to run; 0
								 * = none */

	const char *shortage;		/* of helpers, in words; NULL = none */
	bool		helped;			/* they are not wanted any more, and have not
								 * left yet */

	bool		left_behind;	/* what an interrupted REINDEX left could not
								 * be dropped: leave without it */

	bool		drops_at_once;	/* DROP INDEX CONCURRENTLY refuses, whatever
								 * the index */

	/* Waiting for locks: since when, and how often in vain */
	double		waiting_since;	/* gradual_clock_ms(); 0 = not waiting */
	int			failed_attempts;

	/* Transactions that a step of kind WAIT still waits for */
	int			waits_step;		/* 0 = it has not looked yet */
	int			nwaits;
	VirtualTransactionId *waits;

	/* A batch that raised an error */
	GradualSuspects *failed;	/* rows of the tick that has just failed, or
								 * NULL */
	GradualSuspects *suspects;	/* rows to be tried first, or NULL */
	GradualSuspects *bad;		/* a row that goes into the quarantine next,
								 * or NULL; and its error, in its memory */
	int			bad_sqlstate;
	char	   *bad_message;

	/* Nice: what it still has to sleep, below a millisecond */
	double		rest_owed;

	/* Throttling */
	GradualThrottle throttle;
	double		throttle_asked; /* when the signals were read */
	bool		throttled;		/* what they said */
	double		blind_since;	/* one cannot be read: since when, or since
								 * the last batch that went through; 0 = all
								 * can */

	/* Memory */
	MemoryContext context;		/* lives as long as the run */
	MemoryContext plan_context; /* migration and steps */
} GradualRun;

typedef enum GradualOutcome
{
	GRADUAL_AGAIN,				/* call again */
	GRADUAL_WAIT,				/* call again after wait_ms */
	GRADUAL_TOP_LEVEL,			/* run 'command' outside a transaction block,
								 * then call again */
	GRADUAL_STOP				/* nothing to do any more: ready, completed,
								 * .. */
} GradualOutcome;

typedef struct GradualTick
{
	GradualOutcome outcome;
	int			step;			/* that the tick worked on; 0 = none */
	GradualPhase phase;
	bool		fills;			/* it worked on a backfill */
	bool		batch;			/* it ran a batch */
	bool		left_out;		/* or put a row into the quarantine */
	bool		awaited;		/* somebody waited for rows of that batch */
	bool		range_done;		/* the last one of our range */
	bool		reopen;			/* the leaves of the backfill are others now */
	bool		user_code;		/* it ran statements of the user: pin again */
	int64		processed;		/* rows changed */
	double		wait_ms;
	bool		tried_to_lock;	/* the tables of its steps */
	double		locking_since;	/* while it does: gradual_clock_ms() */
	double		waited_ms;		/* for locks, inside the transaction */
	bool		deferred;		/* all its steps have run, but for what they
								 * have deferred */
	char	   *work;			/* the step, in words */
	char	   *activity;		/* what it does or waits for, in words */
	char	   *position;		/* of the backfill's cursor */
	char	   *command;		/* with TOP_LEVEL */
	bool		reindexes;		/* with TOP_LEVEL: note what it makes */
	Oid			leftover;		/* with TOP_LEVEL: instead of the command,
								 * drop what a REINDEX has left; or 0 */
	bool		leaving;		/* the run has been stopped, and tidies up */
	List	   *settings;		/* with TOP_LEVEL: the script's, 'SET LOCAL
								 * ..' */
} GradualTick;

#endif							/* GRADUAL_RUN_H */
