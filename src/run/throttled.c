/*
 * throttled.c
 *	  Holding the next batch back while there is a reason to wait.
 *
 * A signal that cannot be read throttles: to go on at full speed because the
 * brake is broken would be worse.  But one batch a minute goes through, so that
 * a broken query is a slow migration, not a stopped one.  Each signal is read in
 * a transaction of its own, so a broken one hides no other.
 */
#include "postgres.h"

#include "base/clock.h"
#include "base/txn.h"
#include "ledger/ledger.h"
#include "run/throttled.h"

#define LET_THROUGH_MS 60000

typedef struct Question
{
	GradualRun *run;
	const GradualSignal *signal;
	MemoryContext context;		/* of the answer */
	char	   *reason;
} Question;

static char *first_reason(GradualRun *run, char **broken);
static bool is_due(GradualRun *run, double now);
static void ask(void *arg);

char *
gradual_throttled(GradualRun *run)
{
	double		now = gradual_clock_ms();
	char	   *broken = NULL;
	char	   *reason;

	if (!is_due(run, now))
		return NULL;
	reason = first_reason(run, &broken);
	run->throttle_asked = now;
	run->throttled = reason != NULL || broken != NULL;
	if (reason != NULL || broken == NULL)
	{
		run->blind_since = 0;
		return reason;
	}
	if (run->blind_since == 0)
		run->blind_since = now;
	if (now - run->blind_since < LET_THROUGH_MS)
		return broken;
	run->blind_since = now;
	return NULL;
}

/* The first signal that says so; *broken: the first that cannot be read, if none does */
static char *
first_reason(GradualRun *run, char **broken)
{
	for (int i = 0; i < gradual_signal_count; i++)
	{
		Question	question = {run, &gradual_signals[i], CurrentMemoryContext, NULL};
		ErrorData  *error;

		if (!question.signal->is_set())
			continue;
		if (gradual_txn_attempt(true, ask, &question, &error))
		{
			if (question.reason != NULL)
				return psprintf("throttled: %s", question.reason);
		}
		else if (*broken == NULL)
			*broken = psprintf("throttled: %s cannot be read: %s",
							   question.signal->setting, error->message);
	}
	return NULL;
}

/* While it is throttled each batch needs a fresh answer. */
static bool
is_due(GradualRun *run, double now)
{
	return run->throttled || now - run->throttle_asked >= GRADUAL_THROTTLE_ASK_MS;
}

static void
ask(void *arg)
{
	Question   *question = arg;
	GradualRun *run = question->run;
	GradualGlance glance;
	char	   *reason;

	if (!gradual_ledger_glance(run->id, &glance) ||
		glance.status != GRADUAL_RUNNING || glance.incarnation != run->incarnation)
		return;
	reason = question->signal->read(run->migration, &run->throttle);
	if (reason != NULL)
		question->reason = MemoryContextStrdup(question->context, reason);
}
