/*
 * fault.c
 *	  Which step an error of a tick is about, and the words for it.
 *
 * Where several steps share a transaction, the tick says at which of them it was.
 * But what they have deferred, a foreign key for one, runs at its end: then it is
 * the last one whose table the error names, and if there is none, the last of all.
 */
#include "postgres.h"

#include "lib/stringinfo.h"
#include "utils/builtins.h"

#include "base/errors.h"
#include "run/fault.h"

bool
gradual_fault_shared(const GradualStep *one, const GradualStep *other)
{
	return one != other && one->transaction > 0 && one->transaction == other->transaction;
}

static GradualStep *
step_of_tick(List *steps, const GradualTick *tick)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		GradualStep *step = lfirst(lc);

		if (step->step == tick->step)
			return step;
	}
	return NULL;
}

GradualStep *
gradual_fault_step(List *steps, const GradualTick *tick, const ErrorData *error)
{
	GradualStep *last = step_of_tick(steps, tick);
	const char *table;

	if (last == NULL || !tick->deferred || error->table_name == NULL)
		return last;
	table = quote_qualified_identifier(error->schema_name, error->table_name);
	for (int i = last->step; i > 0; i--)
	{
		GradualStep *step = list_nth(steps, i - 1);

		if (strcmp(step->target, table) == 0 && step->status != GRADUAL_STEP_DONE &&
			(step == last || gradual_fault_shared(last, step)))
			return step;
	}
	return last;
}

/* Is the step one of several that ran before what they have deferred? */
static bool
was_deferred(List *steps, const GradualTick *tick, const GradualStep *step)
{
	ListCell   *lc;

	foreach(lc, steps)
	{
		if (tick->deferred && gradual_fault_shared(step, lfirst(lc)))
			return true;
	}
	return false;
}

/* The hint, or NULL: of a rollback with its call, as long as there is one. */
static char *
hint_for(const GradualMigration *migration, List *steps, const ErrorData *error)
{
	if (error->hint == NULL || strcmp(error->hint, GRADUAL_HINT_START_ANEW) != 0)
		return error->hint;
	if (gradual_is_swapped(steps))
		return NULL;
	return psprintf("%s SELECT gradual.rollback(%s);", error->hint,
					quote_literal_cstr(migration->name));
}

char *
gradual_fault_describe(const GradualMigration *migration, List *steps, const GradualTick *tick,
					   const GradualStep *step, const ErrorData *error)
{
	char	   *hint = hint_for(migration, steps, error);
	StringInfoData text;

	initStringInfo(&text);
	if (step != NULL)
		appendStringInfo(&text, "step %d (%s)%s: ", step->step, step->action,
						 was_deferred(steps, tick, step) ? ", at the end of its transaction" : "");
	appendStringInfo(&text, "%s (SQLSTATE %s)", error->message,
					 unpack_sql_state(error->sqlerrcode));
	if (error->detail != NULL)
		appendStringInfo(&text, "\nDETAIL: %s", error->detail);
	if (hint != NULL)
		appendStringInfo(&text, GRADUAL_HINT_MARK "%s", hint);
	return text.data;
}
