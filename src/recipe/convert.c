/*
 * convert.c
 *	  A new type that not every value converts to.
 *
 * Until complete the application is right whatever it writes: where a value does
 * not convert its shadow is NULL, and the row is counted.  After complete the
 * application gets the error itself; so from then on the number of such rows
 * cannot grow, and as long as there are any complete leads back to ready.
 */
#include "postgres.h"

#include "utils/builtins.h"

#include "recipe/convert.h"
#include "recipe/trigger.h"

#if defined(SPI_H) || defined(XACT_H) || defined(LATCH_H) || defined(BGWORKER_H)
#error "convert.c must stay pure"
#endif

/* 'gradual.what('public.t', '_gradual_c', 'c::int')' */
static char *
call(const char *what, const GradualCommand *command)
{
	return psprintf("gradual.%s(%s, %s, %s)", what,
					quote_literal_cstr(command->table->qualified),
					quote_literal_cstr(command->retype->shadow),
					quote_literal_cstr(command->retype->expression));
}

/* How many, and which they are. */
static char *
count_unconvertible(const GradualCommand *command)
{
	const GradualTable *table = command->table;

	return psprintf("SELECT pg_catalog.count(*), pg_catalog.string_agg(name, ', ' ORDER BY name) FILTER (WHERE number <= 5) FROM (SELECT %s AS name, pg_catalog.row_number() OVER () AS number FROM %s WHERE (tableoid, ctid) IN (SELECT leaf, address FROM %s)) AS violators",
					table->row, table->qualified, call("unconvertible", command));
}

static void
count_before_ready(GradualRecipeState *state, const GradualCommand *command)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, GRADUAL_VERIFY);

	step->check = count_unconvertible(command);
	step->sql = psprintf("SELECT * FROM %s", call("unconvertible", command));
	step->action = psprintf("count values of %s that do not convert", command->retype->column);
	step->cost = "scan";
	step->note = "Their number, and some keys, go to gradual.event. They can be changed until complete, which does not go on while there are any.";
	gradual_steps_lock(step, command->table, AccessShareLock);
}

static void
require_after_complete(GradualRecipeState *state, const GradualCommand *command)
{
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, GRADUAL_PREPARE);

	gradual_steps_command(step, psprintf("SELECT %s", call("require_convertible", command)));
	step->check = count_unconvertible(command);
	step->action = psprintf("require that %s converts", command->retype->column);
	step->cost = "scan";
	step->note = "While a value does not convert, complete leads back to ready, with the number of rows and some keys.";
	gradual_steps_lock(step, command->table, AccessShareLock);
}

/* A value of which the conversion has come to be possible meanwhile, as with a new enum value. */
static void
convert_the_rest(GradualRecipeState *state, const GradualCommand *command)
{
	const char *shadow = quote_identifier(command->retype->shadow);
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, GRADUAL_PREPARE);

	gradual_steps_command(step, psprintf("UPDATE %s SET %s = NULL WHERE %s IS NULL AND (%s) IS NOT NULL",
										 command->table->qualified, shadow, shadow,
										 command->retype->expression));
	step->action = psprintf("convert the rest of %s", command->retype->column);
	step->cost = "scan";
	step->est_rows = (int64) command->table->rows;
	step->quiet = true;
	step->note = "Values that did not convert when they were met, and do now; most often there are none.";
	gradual_steps_lock(step, command->table, RowExclusiveLock);
}

void
gradual_convert_check(GradualRecipeState *state, const GradualCommand *command)
{
	count_before_ready(state, command);
	require_after_complete(state, command);
	convert_the_rest(state, command);
}

static bool
may_fail(const GradualCarried *carry)
{
	ListCell   *lc;

	foreach(lc, carry->retypes)
	{
		if (!((GradualRetype *) lfirst(lc))->total)
			return true;
	}
	return false;
}

void
gradual_convert_strict(GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->fills)
	{
		GradualFill *fill = lfirst(lc);

		if (fill->table->carried != NULL && !fill->late && may_fail(fill->table->carried))
			gradual_trigger_strict(state, fill);
	}
}

/* --- old snapshots --- */

void
gradual_convert_wait(GradualRecipeState *state)
{
	ListCell   *lc;

	foreach(lc, state->script->tables)
	{
		GradualTable *table = lfirst(lc);
		GradualStep *step;

		if (table->carried == NULL)
			continue;
		step = gradual_steps_add(state, NULL, GRADUAL_STEP_WAIT, GRADUAL_PREPARE);
		step->action = "wait for old snapshots";
		step->target = table->qualified;
		step->cost = "instant";
		step->note = "A transaction that began before a row got its new value would read NULL after the swap, without a word; so those that are older than this step end first, within gradual.lock_patience.";
		return;
	}
}
