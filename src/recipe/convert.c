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

#include "lib/stringinfo.h"
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

/*
 * By image, since not every type has an "=".  A conversion that may depend on the
 * clock gave each row what was right when that was written, so only what is
 * missing can be told.
 */
static char *
is_not_converted(const GradualRetype *retype)
{
	const char *shadow = quote_identifier(retype->shadow);

	if (retype->unsteady)
		return psprintf("(%s IS NULL AND (%s) IS NOT NULL)", shadow, retype->expression);
	return psprintf("pg_catalog.record_image_ne(ROW(%s), ROW((%s)::%s))", shadow,
					retype->expression, retype->type);
}

void
gradual_convert_check(GradualRecipeState *state, const GradualCommand *command)
{
	count_before_ready(state, command);
	require_after_complete(state, command);
}

/*
 * A value of which the conversion has come to be possible meanwhile, as with a new
 * enum value; and rows that were written without the trigger: in a partition
 * before it was attached, or while somebody had disabled all triggers.  Set to
 * NULL, a shadow gets its value from the trigger.
 */
void
gradual_convert_rest(GradualRecipeState *state, const GradualCommand *command)
{
	const GradualTable *table = command->table;
	GradualStep *step = gradual_steps_add(state, command, GRADUAL_STEP_SCAN, GRADUAL_PREPARE);
	StringInfoData set,
				where;
	ListCell   *lc;

	initStringInfo(&set);
	initStringInfo(&where);
	foreach(lc, table->carried->retypes)
	{
		GradualRetype *retype = lfirst(lc);
		char	   *shadow = pstrdup(quote_identifier(retype->shadow));
		char	   *missing = is_not_converted(retype);

		step->action = psprintf("%s%s", set.len > 0 ? psprintf("%s, ", step->action) :
								"convert the rest of ", retype->column);
		appendStringInfo(&set, "%s%s = CASE WHEN NOT (%s) THEN %s END", set.len > 0 ? ", " : "",
						 shadow, missing, shadow);
		appendStringInfo(&where, "%s%s", where.len > 0 ? " OR " : "", missing);
	}
	gradual_steps_command(step, gradual_trigger_require(state, table, false));
	gradual_steps_command(step, psprintf("UPDATE %s SET %s WHERE %s", table->qualified, set.data,
										 where.data));
	step->cost = "scan";
	step->est_rows = (int64) table->rows;
	step->quiet = true;
	step->note = "Values that did not convert when they were met, and do now, and rows that were written while the sync trigger did not fire: in a partition that was attached later, say. Most often there are none.";
	gradual_steps_lock(step, table, RowExclusiveLock);
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
