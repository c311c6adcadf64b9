/*
 * state.h
 *	  The words of pg_gradual: statuses, phases, goals, requests, and the
 *	  transitions between statuses as a table of data.  Pure.
 *
 * Vocabulary.  A migration has a script; a script has statements; a plan turns
 * them into steps; a step belongs to a phase and is one transaction, one
 * concurrent command or one backfill; a backfill has batches and a cursor.
 */
#ifndef GRADUAL_STATE_H
#define GRADUAL_STATE_H

typedef enum GradualStatus
{
	GRADUAL_DEFINED,
	GRADUAL_QUEUED,
	GRADUAL_RUNNING,
	GRADUAL_PAUSED,
	GRADUAL_READY,
	GRADUAL_COMPLETED,
	GRADUAL_FAILED,
	GRADUAL_CANCELLED,
	GRADUAL_ROLLED_BACK
} GradualStatus;

/* In the order in which they run; GRADUAL_PHASE_READY is a stop, not work. */
typedef enum GradualPhase
{
	GRADUAL_EXPAND,
	GRADUAL_BACKFILL,
	GRADUAL_INDEX,
	GRADUAL_VERIFY,
	GRADUAL_PHASE_READY,
	GRADUAL_PREPARE,
	GRADUAL_SWAP,
	GRADUAL_TAIL,
	GRADUAL_ROLLBACK,
	GRADUAL_NO_PHASE			/* NULL in the ledger */
} GradualPhase;

/* Where a queued, running, paused or failed migration is heading. */
typedef enum GradualGoal
{
	GRADUAL_TO_READY,
	GRADUAL_TO_COMPLETED,
	GRADUAL_TO_ROLLED_BACK
} GradualGoal;

typedef enum GradualStepStatus
{
	GRADUAL_STEP_PENDING,
	GRADUAL_STEP_RUNNING,
	GRADUAL_STEP_DONE,
	GRADUAL_STEP_FAILED,
	GRADUAL_STEP_UNDONE
} GradualStepStatus;

/* What moves a migration from one status to another. */
typedef enum GradualRequest
{
	/* of users */
	GRADUAL_START,
	GRADUAL_COMPLETE,
	GRADUAL_REQUEST_ROLLBACK,
	GRADUAL_PAUSE,
	GRADUAL_RESUME,
	GRADUAL_CANCEL,
	/* of the worker, or of run_batch */
	GRADUAL_BEGIN,				/* queued -> running */
	GRADUAL_REACH_READY,
	GRADUAL_REACH_COMPLETED,
	GRADUAL_REACH_ROLLED_BACK,
	GRADUAL_FAIL,
	GRADUAL_FALL_BACK,			/* prepare failed: back to ready */
	GRADUAL_RESTORED			/* found in a restored dump: paused */
} GradualRequest;

/*
 * The status that 'request' leads to from 'from'; false if it is not allowed.
 * rollback leads to queued, rolled_back comes when it is done.
 */
extern bool gradual_state_next(GradualStatus from, GradualRequest request, GradualStatus *to);

extern const char *gradual_status_name(GradualStatus status);
extern GradualStatus gradual_status_parse(const char *name);
extern const char *gradual_phase_name(GradualPhase phase);	/* NULL for no phase */
extern GradualPhase gradual_phase_parse(const char *name);	/* NULL allowed */
extern const char *gradual_goal_name(GradualGoal goal); /* 'ready', 'completed',
														 * 'rolled_back' */
extern GradualGoal gradual_goal_parse(const char *name);
extern const char *gradual_step_status_name(GradualStepStatus status);
extern GradualStepStatus gradual_step_status_parse(const char *name);
extern const char *gradual_request_name(GradualRequest request);	/* the event's name */

/*
 * The position of a word in an array of words (NULL entries are passed over);
 * 'what' names the array in the error for a word that is not there.
 */
extern int	gradual_word_parse(const char *const *words, int count, const char *what,
							   const char *word);

/* For the regress test that prints the whole table: row by row, false at the end. */
extern bool gradual_state_transition(int row, GradualStatus *from, GradualRequest *request,
									 GradualStatus *to);

#endif							/* GRADUAL_STATE_H */
