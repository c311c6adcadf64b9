/*
 * ordinary.c
 *	  Commands that are to run concurrently, in their ordinary form, inside a
 *	  transaction: for a trial on small tables.
 */
#include "postgres.h"

#include "base/identity.h"
#include "base/toplevel.h"
#include "run/executor.h"
#include "run/manners.h"
#include "run/ordinary.h"
#include "run/reindex.h"

#define CONCURRENTLY " CONCURRENTLY"

/* The first one that is not part of a quoted name or literal. */
static char *
without_concurrently(const char *command)
{
	char		quote = '\0';

	for (const char *at = command; *at != '\0'; at++)
	{
		if (quote == '\0' && strncmp(at, CONCURRENTLY, strlen(CONCURRENTLY)) == 0)
			return psprintf("%.*s%s", (int) (at - command), command, at + strlen(CONCURRENTLY));
		if (quote == '\0' && (*at == '"' || *at == '\''))
			quote = *at;
		else if (*at == quote)
			quote = '\0';
	}
	return pstrdup(command);
}

bool
gradual_ordinary_is_needed(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_INDEX || step->kind == GRADUAL_STEP_DROP_INDEX ||
		step->kind == GRADUAL_STEP_REINDEX || step->kind == GRADUAL_STEP_CONCURRENT;
}

const char *
gradual_ordinary_mode(const GradualStep *step)
{
	return step->kind == GRADUAL_STEP_INDEX ? "SHARE" : "ACCESS EXCLUSIVE";
}

void
gradual_ordinary_run(GradualRun *run, const GradualStep *step, GradualTick *tick)
{
	GradualStep locking = *step;
	GradualIdentity identity;
	char	   *command;

	locking.lock_mode = (char *) gradual_ordinary_mode(step);
	locking.lock_modes = NIL;
	(void) gradual_manners_lock(run, list_make1(&locking), tick);
	gradual_identity_enter_role(&identity, run->migration->owner);
	gradual_identity_pin_transaction(run->migration->search_path, step->settings);
	command = without_concurrently(tick->command);
	if (step->kind == GRADUAL_STEP_REINDEX)
		command = gradual_reindex_commands(command);
	(void) gradual_toplevel_run(command, false, CurrentMemoryContext);
	gradual_identity_leave(&identity);
	tick->outcome = GRADUAL_AGAIN;
	if (step->kind == GRADUAL_STEP_REINDEX || step->kind == GRADUAL_STEP_CONCURRENT)
		gradual_executor_top_level_done(run, tick);
}
