/*
 * key.c
 *	  The key source: every key of a table once, in key order.
 *
 * For statements that must not meet a row twice (n = n + 1), and of which
 * nothing in a row tells whether it was changed.  A row keeps its key while it
 * moves about the heap; so the stretches (lower, upper], one after another up to
 * the highest key at the start, hold every row exactly once.  Where several
 * workers share the pass each of them goes through such stretches of a range,
 * which is one itself (divide.h).
 *
 * A fill that no trigger does for single rows is chased: one more pass, since
 * rows that were added meanwhile may have any key.  All its passes leave alone
 * what is filled, by the application or the pass before.
 *
 * Invariant: every key up to position->lower of the leaf at hand is done; the
 * bound of a pass is fixed when it comes to a leaf.  With parts (parts.h): every
 * key up to position->from, and above it, up to position->window, those of the
 * parts before position->part, and of this part up to position->lower.
 *
 * If we crash here, the pass goes on above position->lower.
 */
#include "postgres.h"

#include "utils/memutils.h"

#include "base/spi.h"
#include "base/testpoint.h"
#include "backfill/assigned.h"
#include "backfill/copied.h"
#include "backfill/cost.h"
#include "backfill/key_range.h"
#include "backfill/source.h"
#include "backfill/walk.h"

static void key_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out);
static void key_applied(GradualRowSource *base, uint64 changed);
static void key_chase(GradualRowSource *base);
static void key_suspects(GradualRowSource *base, GradualSuspects *suspects);
static bool key_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid);

static const GradualSourceRoutine key_routine = {
	key_next, key_applied, key_chase, key_suspects, key_leave_out, gradual_key_range_begin
};

/* --- opening --- */

static void
check_cost(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	List	   *upper;
	Datum	   *values;

	if (info->migration->allow_blocking || info->step->carries || !gradual_walk_leaf(source))
		return;
	upper = gradual_walk_upper(source, NIL, NIL, GRADUAL_COST_ROWS);
	if (upper == NIL)
		return;
	values = palloc(sizeof(Datum) * (source->key->count + 1));
	gradual_key_read(source->key, upper, values);
	values[source->key->count] = Int64GetDatum(0);
	gradual_cost_check(gradual_walk_apply(source, false), source->leaf, values);
}

GradualRowSource *
gradual_key_open(const GradualSourceInfo *info, GradualPosition *position)
{
	GradualKeySource *source = palloc0(sizeof(GradualKeySource));

	source->base.routine = &key_routine;
	source->base.info = info;
	source->base.position = position;
	source->base.left = -1;
	source->assigned = gradual_assigned_columns(info->sql);
	if (info->step->carries)
		source->not_copied = gradual_copied_condition(info->sql, info->step->walks);
	if (position->pass == 0)
		position->pass = 1;
	gradual_walk_open(source);
	if (!position->done)
		check_cost(source);
	return &source->base;
}

/* --- a batch --- */

/*
 * Nobody changes these rows until the batch has committed.  Those that were
 * changed before, or came meanwhile, are there for the snapshot that the
 * statement takes after this, together with the copies that the trigger made.
 */
static void
lock_rows(GradualKeySource *source, List *lower, List *upper)
{
	GradualArgs args = {0};
	char	   *where = gradual_walk_where(source, &args, lower, upper);

	gradual_spi_run(psprintf("SELECT FROM ONLY %s%s ORDER BY %s FOR SHARE",
							 source->leaf->qualified, where,
							 gradual_key_list(source->key, "")), &args);
}

/* The statement for (lower, upper], made at its first use */
static GradualApply *
apply_for(GradualKeySource *source, bool lower)
{
	GradualApply **apply = lower ? &source->between : &source->first;
	MemoryContext old;

	if (*apply == NULL)
	{
		old = MemoryContextSwitchTo(source->leaf_context);
		*apply = gradual_walk_apply(source, lower);
		MemoryContextSwitchTo(old);
	}
	return *apply;
}

static void
put_range(GradualKeySource *source, int rows, GradualSourceBatch *out)
{
	List	   *lower = source->base.position->lower;
	const GradualKeyColumns *key = source->key;
	Datum	   *values = palloc(sizeof(Datum) * (key->count * 2 + 1));
	int			count = lower != NIL ? key->count : 0;

	if (lower != NIL)
		gradual_key_read(key, lower, values);
	gradual_key_read(key, source->upper, values + count);
	values[count + key->count] = Int64GetDatum(source->base.position->part);
	out->outcome = GRADUAL_SOURCE_ROWS;
	out->apply = apply_for(source, lower != NIL);
	out->values = values;
	out->rows = rows;
}

/* What an error of this batch will be about */
static void
note_rows(GradualKeySource *source, int rows)
{
	const GradualPosition *position = source->base.position;
	List	   *texts = source->upper;

	source->rows = rows;
	source->rows_leaf = source->leaf;
	if (source->base.suspects != NULL)
		source->base.suspects->next += rows;
	if (rows != 1)
		return;

	/* the row at the bound may have been deleted since */
	if (source->last)
		texts = gradual_walk_upper(source, position->lower, gradual_walk_limit(position), 1);
	source->only = texts == NIL ? NULL : gradual_key_words(source->key, texts);
}

static void
count_scanned(GradualKeySource *source, int64 rows)
{
	const GradualLeaf *leaf = source->leaf;
	List	   *leaves = source->base.info->leaves;
	int64		skipped = source->base.position->skipped;
	int64		pages = gradual_leaves_pages_before(leaves, source->base.position->at);
	double		all;

	if (source->leaf_scanned == 0)
		source->leaf_begun = Max(source->base.pages_done + skipped - pages, 0);
	source->leaf_scanned += rows;
	if (source->base.position->pass > 1)
		return;
	source->base.scanned += rows;
	all = Max(leaf->rows, source->leaf_scanned);
	if (all > 0)
		pages += Min(source->leaf_begun + leaf->pages * (source->leaf_scanned / all), leaf->pages);
	source->base.pages_done = Max(source->base.pages_done, pages - skipped);
}

static void
key_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out)
{
	GradualKeySource *source = (GradualKeySource *) base;
	GradualPosition *position = base->position;

	source->rows = 0;
	source->only = NULL;
	out->outcome = GRADUAL_SOURCE_PASSED;
	out->save = true;
	if (position->done)
	{
		out->outcome = GRADUAL_SOURCE_END;
		out->save = false;
	}
	else if (!gradual_walk_leaf(source))
	{
		if (!base->reopen)
			gradual_walk_end_pass(source);
	}
	else if (position->bound == NIL)
		gradual_walk_end_leaf(source);
	else
	{
		if (position->parts > 0 && position->window == NIL)
			gradual_walk_begin_window(source);
		source->upper = gradual_walk_upper(source, position->lower, gradual_walk_limit(position), rows);
		source->last = source->upper == NIL;
		if (source->last)
		{
			source->upper = gradual_walk_limit(position);
			rows = gradual_walk_count(source, position->lower, source->upper);
		}
		GRADUAL_TESTPOINT("copy-rows-chosen");
		if (source->not_copied != NULL)
			lock_rows(source, position->lower, source->upper);
		note_rows(source, rows);
		count_scanned(source, rows);
		put_range(source, rows, out);
	}
}

static void
key_applied(GradualRowSource *base, uint64 changed)
{
	GradualKeySource *source = (GradualKeySource *) base;
	GradualPosition *position = base->position;

	if (source->last && position->window != NIL)
	{
		if (!gradual_walk_end_part(source))
			gradual_walk_end_leaf(source);
	}
	else if (source->last)
		gradual_walk_end_leaf(source);
	else
		gradual_walk_replace(source, &position->lower, source->upper);
	source->upper = NIL;
}

static void
key_suspects(GradualRowSource *base, GradualSuspects *suspects)
{
	GradualKeySource *source = (GradualKeySource *) base;

	if (source->rows > 0)
		gradual_suspects_set(suspects, source->rows_leaf, NULL, source->rows, source->only);
}

static GradualRow *
first_row(GradualKeySource *source)
{
	const GradualPosition *position = source->base.position;
	GradualArgs args = {0};
	char	   *where = gradual_walk_where(source, &args, position->lower, gradual_walk_limit(position));

	return gradual_spi_row(psprintf("SELECT ctid, %s FROM ONLY %s%s ORDER BY %s LIMIT 1",
									gradual_key_list(source->key, ""), source->leaf->qualified,
									where, gradual_key_list(source->key, "")), &args);
}

/* All keys below it are done, so it is the next one, unless it is gone. */
static bool
key_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid)
{
	GradualKeySource *source = (GradualKeySource *) base;
	GradualRow *first;
	List	   *texts;

	if (base->position->done || !gradual_walk_leaf(source) || base->position->bound == NIL)
		return false;
	if (base->position->parts > 0 && base->position->window == NIL)
		gradual_walk_begin_window(source);
	first = first_row(source);
	texts = gradual_walk_texts(first, 2);
	if (texts == NIL || row->key == NULL ||
		strcmp(gradual_key_words(source->key, texts), row->key) != 0)
		return false;
	ItemPointerCopy((ItemPointer) DatumGetPointer(first->values[0]), tid);
	count_scanned(source, 1);
	gradual_walk_replace(source, &base->position->lower, texts);
	return true;
}

/* A pass that is at work is finished first; it has not read what came since. */
static void
key_chase(GradualRowSource *base)
{
	GradualKeySource *source = (GradualKeySource *) base;

	if (base->position->done)
		gradual_walk_begin_pass(source);
	else
		source->wants_chase = true;
}
