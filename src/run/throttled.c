/*
 * throttled.c
 *	  Holding the next batch back while there is a reason to wait.
 *
 * A signal that cannot be read throttles: to go on at full speed because the
 * brake is broken would be worse.  But one batch a minute goes through, so that
 * a broken query is a slow migration, not a stopped one.
 */
#include "postgres.h"

#include "utils/timestamp.h"

#include "backfill/throttle.h"
#include "base/identity.h"
#include "base/txn.h"
#include "ledger/ledger.h"
#include "run/throttled.h"

#define LET_THROUGH_MS 60000

typedef struct Question
{
	GradualRun *run;
	MemoryContext context;		/* of the answer */
	char	   *reason;
} Question;

static void ask(void *arg);
static bool is_due(GradualRun *run, TimestampTz now);

char *
gradual_throttled(GradualRun *run)
{
	TimestampTz now = GetCurrentTimestamp();
	Question	question = {run, CurrentMemoryContext, NULL};
	ErrorData  *error;

	if (!gradual_throttle_wanted() || !is_due(run, now))
		return NULL;
	if (!gradual_txn_attempt(true, ask, &question, &error))
		question.reason = psprintf("throttled: gradual.throttle_query failed: %s",
								   error->message);
	run->throttle_asked = now;
	if (question.reason == NULL)
	{
		run->throttled_since = 0;
		return NULL;
	}
	if (run->throttled_since == 0)
		run->throttled_since = now;
	if (TimestampDifferenceExceeds(run->throttled_since, now, LET_THROUGH_MS))
	{
		run->throttled_since = now;
		return NULL;
	}
	return question.reason;
}

/* While it is throttled each batch needs a fresh answer. */
static bool
is_due(GradualRun *run, TimestampTz now)
{
	return run->throttled_since != 0 ||
		TimestampDifferenceExceeds(run->throttle_asked, now, GRADUAL_THROTTLE_ASK_MS);
}

static void
ask(void *arg)
{
	Question   *question = arg;
	GradualMigration *migration = question->run->migration;
	GradualIdentity identity;
	GradualGlance glance;
	MemoryContext transaction;

	if (!gradual_ledger_glance(question->run->id, &glance) ||
		glance.status != GRADUAL_RUNNING || glance.incarnation != question->run->incarnation)
		return;
	gradual_identity_enter_role(&identity, migration->owner);
	gradual_identity_pin_transaction(migration->search_path, NIL);
	transaction = MemoryContextSwitchTo(question->context);
	question->reason = gradual_throttle_reason();
	MemoryContextSwitchTo(transaction);
	gradual_identity_leave(&identity);
}
