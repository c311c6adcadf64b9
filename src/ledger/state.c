/*
 * state.c
 *	  Statuses, phases, goals and requests with their words, and the transitions
 *	  as a table.
 *
 * Pure: no catalog, no clock, no memory.  The words are what the ledger stores,
 * so a word is never changed once it was released.
 */
#include "postgres.h"

#include "ledger/state.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "state.c must stay pure"
#endif

typedef struct Transition
{
	GradualStatus from;
	GradualRequest request;
	GradualStatus to;
} Transition;

/*
 * Whatever is not listed here is refused.  RESUME of a queued or running
 * migration changes nothing: it is how an interrupted one gets a new worker.
 * A rollback that failed stays 'failed'; its goal says what it was about.
 * Only run_batch does work while the status is 'paused'.
 */
static const Transition transitions[] = {
	{GRADUAL_DEFINED, GRADUAL_START, GRADUAL_QUEUED},
	{GRADUAL_FAILED, GRADUAL_START, GRADUAL_QUEUED},
	{GRADUAL_CANCELLED, GRADUAL_START, GRADUAL_QUEUED},
	{GRADUAL_ROLLED_BACK, GRADUAL_START, GRADUAL_QUEUED},

	{GRADUAL_READY, GRADUAL_COMPLETE, GRADUAL_QUEUED},

	{GRADUAL_QUEUED, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},
	{GRADUAL_RUNNING, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},
	{GRADUAL_PAUSED, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},
	{GRADUAL_READY, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},
	{GRADUAL_FAILED, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},
	{GRADUAL_CANCELLED, GRADUAL_REQUEST_ROLLBACK, GRADUAL_QUEUED},

	{GRADUAL_QUEUED, GRADUAL_PAUSE, GRADUAL_PAUSED},
	{GRADUAL_RUNNING, GRADUAL_PAUSE, GRADUAL_PAUSED},

	{GRADUAL_PAUSED, GRADUAL_RESUME, GRADUAL_QUEUED},
	{GRADUAL_QUEUED, GRADUAL_RESUME, GRADUAL_QUEUED},
	{GRADUAL_RUNNING, GRADUAL_RESUME, GRADUAL_RUNNING},

	{GRADUAL_QUEUED, GRADUAL_CANCEL, GRADUAL_CANCELLED},
	{GRADUAL_RUNNING, GRADUAL_CANCEL, GRADUAL_CANCELLED},
	{GRADUAL_PAUSED, GRADUAL_CANCEL, GRADUAL_CANCELLED},
	{GRADUAL_READY, GRADUAL_CANCEL, GRADUAL_CANCELLED},

	{GRADUAL_QUEUED, GRADUAL_BEGIN, GRADUAL_RUNNING},
	{GRADUAL_RUNNING, GRADUAL_BEGIN, GRADUAL_RUNNING},
	{GRADUAL_PAUSED, GRADUAL_BEGIN, GRADUAL_RUNNING},

	{GRADUAL_RUNNING, GRADUAL_REACH_READY, GRADUAL_READY},
	{GRADUAL_PAUSED, GRADUAL_REACH_READY, GRADUAL_READY},

	{GRADUAL_RUNNING, GRADUAL_REACH_COMPLETED, GRADUAL_COMPLETED},
	{GRADUAL_PAUSED, GRADUAL_REACH_COMPLETED, GRADUAL_COMPLETED},

	{GRADUAL_RUNNING, GRADUAL_REACH_ROLLED_BACK, GRADUAL_ROLLED_BACK},
	{GRADUAL_PAUSED, GRADUAL_REACH_ROLLED_BACK, GRADUAL_ROLLED_BACK},

	{GRADUAL_QUEUED, GRADUAL_FAIL, GRADUAL_FAILED},
	{GRADUAL_RUNNING, GRADUAL_FAIL, GRADUAL_FAILED},
	{GRADUAL_PAUSED, GRADUAL_FAIL, GRADUAL_FAILED},

	{GRADUAL_RUNNING, GRADUAL_FALL_BACK, GRADUAL_READY},
	{GRADUAL_PAUSED, GRADUAL_FALL_BACK, GRADUAL_READY},

	{GRADUAL_QUEUED, GRADUAL_RESTORED, GRADUAL_PAUSED},
	{GRADUAL_RUNNING, GRADUAL_RESTORED, GRADUAL_PAUSED},
};

static const char *const status_words[] = {
	[GRADUAL_DEFINED] = "defined",
	[GRADUAL_QUEUED] = "queued",
	[GRADUAL_RUNNING] = "running",
	[GRADUAL_PAUSED] = "paused",
	[GRADUAL_READY] = "ready",
	[GRADUAL_COMPLETED] = "completed",
	[GRADUAL_FAILED] = "failed",
	[GRADUAL_CANCELLED] = "cancelled",
	[GRADUAL_ROLLED_BACK] = "rolled_back",
};

/* GRADUAL_NO_PHASE has no word: it is NULL in the ledger. */
static const char *const phase_words[] = {
	[GRADUAL_EXPAND] = "expand",
	[GRADUAL_BACKFILL] = "backfill",
	[GRADUAL_INDEX] = "index",
	[GRADUAL_VERIFY] = "verify",
	[GRADUAL_PHASE_READY] = "ready",
	[GRADUAL_PREPARE] = "prepare",
	[GRADUAL_SWAP] = "swap",
	[GRADUAL_TAIL] = "tail",
	[GRADUAL_ROLLBACK] = "rollback",
};

static const char *const goal_words[] = {
	[GRADUAL_TO_READY] = "ready",
	[GRADUAL_TO_COMPLETED] = "completed",
	[GRADUAL_TO_ROLLED_BACK] = "rolled_back",
};

static const char *const step_status_words[] = {
	[GRADUAL_STEP_PENDING] = "pending",
	[GRADUAL_STEP_RUNNING] = "running",
	[GRADUAL_STEP_DONE] = "done",
	[GRADUAL_STEP_FAILED] = "failed",
	[GRADUAL_STEP_UNDONE] = "undone",
};

static const char *const request_words[] = {
	[GRADUAL_START] = "start",
	[GRADUAL_COMPLETE] = "complete",
	[GRADUAL_REQUEST_ROLLBACK] = "rollback",
	[GRADUAL_PAUSE] = "pause",
	[GRADUAL_RESUME] = "resume",
	[GRADUAL_CANCEL] = "cancel",
	[GRADUAL_BEGIN] = "begin",
	[GRADUAL_REACH_READY] = "ready",
	[GRADUAL_REACH_COMPLETED] = "completed",
	[GRADUAL_REACH_ROLLED_BACK] = "rolled back",
	[GRADUAL_FAIL] = "fail",
	[GRADUAL_FALL_BACK] = "fall back",
	[GRADUAL_RESTORED] = "restored",
};

bool
gradual_state_next(GradualStatus from, GradualRequest request, GradualStatus *to)
{
	int			i;

	for (i = 0; i < lengthof(transitions); i++)
	{
		if (transitions[i].from == from && transitions[i].request == request)
		{
			*to = transitions[i].to;
			return true;
		}
	}
	return false;
}

bool
gradual_state_transition(int row, GradualStatus *from, GradualRequest *request,
						 GradualStatus *to)
{
	if (row < 0 || row >= lengthof(transitions))
		return false;
	*from = transitions[row].from;
	*request = transitions[row].request;
	*to = transitions[row].to;
	return true;
}

const char *
gradual_status_name(GradualStatus status)
{
	return status_words[status];
}

GradualStatus
gradual_status_parse(const char *name)
{
	return gradual_word_parse(status_words, lengthof(status_words), "status", name);
}

const char *
gradual_phase_name(GradualPhase phase)
{
	return phase == GRADUAL_NO_PHASE ? NULL : phase_words[phase];
}

GradualPhase
gradual_phase_parse(const char *name)
{
	if (name == NULL)
		return GRADUAL_NO_PHASE;
	return gradual_word_parse(phase_words, lengthof(phase_words), "phase", name);
}

const char *
gradual_goal_name(GradualGoal goal)
{
	return goal_words[goal];
}

GradualGoal
gradual_goal_parse(const char *name)
{
	return gradual_word_parse(goal_words, lengthof(goal_words), "goal", name);
}

const char *
gradual_step_status_name(GradualStepStatus status)
{
	return step_status_words[status];
}

GradualStepStatus
gradual_step_status_parse(const char *name)
{
	return gradual_word_parse(step_status_words, lengthof(step_status_words), "step status", name);
}

const char *
gradual_request_name(GradualRequest request)
{
	return request_words[request];
}

int
gradual_word_parse(const char *const *words, int count, const char *what, const char *word)
{
	int			i;

	for (i = 0; word != NULL && i < count; i++)
	{
		if (words[i] != NULL && strcmp(words[i], word) == 0)
			return i;
	}
	elog(ERROR, "unknown %s \"%s\" in the ledger", what, word ? word : "(null)");
	return 0;					/* keep the compiler quiet */
}
