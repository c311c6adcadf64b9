/*
 * key.c
 *	  The key source: every key of a table once, in key order.
 *
 * For statements that must not meet a row twice (n = n + 1), and of which
 * nothing in a row tells whether it was changed.  A row keeps its key while it
 * moves about the heap; so the ranges (lower, upper], one after another up to
 * the highest key at the start, hold every row exactly once.
 *
 * A fill that no trigger does for single rows is chased: one more pass, since
 * rows that were added meanwhile may have any key.  All its passes leave alone
 * what is filled, by the application or the pass before.
 *
 * Invariant: every key up to position->lower of position->leaf is done; the
 * bound of a pass is fixed when it comes to a leaf.  With parts (parts.h): every
 * key up to position->from, and above it, up to position->window, those of the
 * parts before position->part, and of this part up to position->lower.
 *
 * If we crash here, the pass goes on above position->lower.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/spi.h"
#include "base/testpoint.h"
#include "backfill/assigned.h"
#include "backfill/copied.h"
#include "backfill/cost.h"
#include "backfill/key_columns.h"
#include "backfill/parts.h"
#include "backfill/source.h"

typedef struct KeySource
{
	GradualRowSource base;
	List	   *assigned;		/* names of the columns that are set */
	bool		wants_chase;	/* asked for while a pass was at work */

	/* The leaf at hand */
	int			leaf_number;
	GradualLeaf *leaf;
	MemoryContext leaf_context;
	GradualKeyColumns *key;		/* NULL = not open */
	char	   *unfilled;		/* SQL: nobody has filled the row; NULL unless
								 * the step is chased */
	char	   *not_copied;		/* SQL: the row has no copy yet; NULL unless a
								 * trigger carries over what changes */
	GradualApply *first;		/* keys up to $1; made when needed */
	GradualApply *between;		/* keys above $1, up to $2 */
	int64		leaf_scanned;

	/* The batch at hand, in its memory context */
	List	   *upper;
	bool		last;			/* of the leaf */
	int			rows;			/* 0 = none */
	GradualLeaf *rows_leaf;		/* of these rows */
	char	   *only;			/* the key in words, if it is one row */
} KeySource;

static void key_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out);
static void key_applied(GradualRowSource *base, uint64 changed);
static void key_chase(GradualRowSource *base);
static void key_suspects(GradualRowSource *base, GradualSuspects *suspects);
static bool key_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid);

static const GradualSourceRoutine key_routine = {
	key_next, key_applied, key_chase, key_suspects, key_leave_out
};

/* --- opening --- */

static GradualApply *
make_apply(KeySource *source, bool lower)
{
	const GradualSourceInfo *info = source->base.info;
	const GradualKeyColumns *key = source->key;
	Oid		   *types = palloc(sizeof(Oid) * (key->count * 2 + 1));
	GradualApplyShape shape = {.types = types,.walks = info->step->walks};

	for (int i = 0; i < key->count; i++)
		types[i] = types[i + key->count] = key->types[i];
	shape.ntypes = lower ? key->count * 2 : key->count;
	shape.condition = gradual_key_condition(key, info->alias, lower, true);
	if (source->base.position->parts > 0)
	{
		types[shape.ntypes++] = INT8OID;
		shape.condition = psprintf("%s AND %s", shape.condition,
								   gradual_parts_condition(key, info->alias,
														   psprintf("$%d", shape.ntypes)));
	}
	if (info->step->chase)
		shape.condition = psprintf("%s AND %s", shape.condition, source->unfilled);
	if (source->not_copied != NULL)
		shape.condition = psprintf("%s AND %s", shape.condition, source->not_copied);
	return gradual_apply_make(info->sql, source->leaf, &shape, info->now);
}

/* The texts of a row of keys, in the current memory context; NIL for no row */
static List *
row_texts(const GradualRow *row)
{
	List	   *texts = NIL;

	for (int i = 1; row && i <= row->ncolumns; i++)
		texts = lappend(texts, gradual_row_text(row, i));
	return texts;
}

static void
add_key_args(const GradualKeyColumns *key, GradualArgs *args, List *texts)
{
	Datum	   *values = palloc(sizeof(Datum) * key->count);

	if (texts == NIL)
		return;
	gradual_key_read(key, texts, values);
	for (int i = 0; i < key->count; i++)
		gradual_args_add(args, key->types[i], values[i], false);
}

/* 'WHERE ..' for the keys of (lower, upper]; NIL = no limit */
static char *
where_between(const GradualKeyColumns *key, GradualArgs *args, List *lower, List *upper)
{
	add_key_args(key, args, lower);
	add_key_args(key, args, upper);
	if (lower == NIL && upper == NIL)
		return pstrdup("");
	return psprintf(" WHERE %s",
					gradual_key_condition(key, NULL, lower != NIL, upper != NIL));
}

static List *
highest_key(KeySource *source)
{
	char	   *sql = psprintf("SELECT %s FROM ONLY %s ORDER BY %s LIMIT 1",
							   gradual_key_list(source->key, ""), source->leaf->qualified,
							   gradual_key_list(source->key, " DESC"));

	return row_texts(gradual_spi_row(sql, NULL));
}

/* The same for the part at hand, if the window is done in parts */
static char *
where_in_part(KeySource *source, GradualArgs *args, List *lower, List *upper)
{
	const GradualPosition *position = source->base.position;
	char	   *where = where_between(source->key, args, lower, upper);

	if (position->window == NIL)
		return where;
	return psprintf("%s %s %s", where, where[0] != '\0' ? "AND" : " WHERE",
					gradual_parts_condition(source->key, NULL, psprintf("%d", position->part)));
}

/* How far the walk goes before something else has to be decided */
static List *
limit_of_walk(const GradualPosition *position)
{
	return position->window != NIL ? position->window : position->bound;
}

/* The rows-th key above lower, up to bound; NIL if there are fewer */
static List *
upper_key(KeySource *source, List *lower, List *bound, int rows)
{
	GradualArgs args = {0};
	char	   *where = where_in_part(source, &args, lower, bound);
	char	   *sql = psprintf("SELECT %s FROM ONLY %s%s ORDER BY %s OFFSET %d LIMIT 1",
							   gradual_key_list(source->key, ""), source->leaf->qualified,
							   where, gradual_key_list(source->key, ""), rows - 1);

	return row_texts(gradual_spi_row(sql, &args));
}

static int64
count_keys(KeySource *source, List *lower, List *upper)
{
	GradualArgs args = {0};
	char	   *where = where_in_part(source, &args, lower, upper);
	GradualRow *row = gradual_spi_row(psprintf("SELECT pg_catalog.count(*) FROM ONLY %s%s",
											   source->leaf->qualified, where), &args);

	return gradual_row_bigint(row, 1, 0);
}

/*
 * Nobody changes these rows until the batch has committed.  Those that were
 * changed before, or came meanwhile, are there for the snapshot that the
 * statement takes after this, together with the copies that the trigger made.
 */
static void
lock_rows(KeySource *source, List *lower, List *upper)
{
	GradualArgs args = {0};
	char	   *where = where_between(source->key, &args, lower, upper);

	gradual_spi_run(psprintf("SELECT FROM ONLY %s%s ORDER BY %s FOR SHARE",
							 source->leaf->qualified, where,
							 gradual_key_list(source->key, "")), &args);
}

static List *
copy_texts(MemoryContext context, List *texts)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *copy = NIL;
	ListCell   *lc;

	foreach(lc, texts)
		copy = lappend(copy, pstrdup(lfirst(lc)));
	MemoryContextSwitchTo(old);
	return copy;
}

static void
replace_texts(KeySource *source, List **texts, List *with)
{
	List	   *copy = copy_texts(source->base.info->context, with);

	list_free_deep(*texts);
	*texts = copy;
}

/* --- leaves and passes --- */

static void
close_leaf(KeySource *source)
{
	if (source->leaf_context)
		MemoryContextDelete(source->leaf_context);
	source->leaf_context = NULL;
	source->key = NULL;
	source->first = source->between = NULL;
}

/* A pass comes to a leaf: fix its bound */
static void
begin_leaf(KeySource *source, Relation rel)
{
	GradualPosition *position = source->base.position;

	position->leaf = MemoryContextStrdup(source->base.info->context, source->leaf->qualified);
	replace_texts(source, &position->lower, NIL);
	replace_texts(source, &position->bound, highest_key(source));
	replace_texts(source, &position->from, NIL);
	replace_texts(source, &position->window, NIL);
	position->part = position->parts = 0;
	if (position->bound != NIL && !source->base.info->step->chase &&
		!source->base.info->step->carries && source->base.info->step->walks == NULL &&
		gradual_parts_pay(make_apply(source, false), source->leaf, rel, source->key))
		position->parts = GRADUAL_PARTS;
}

/* The next window of keys begins */
static void
begin_window(KeySource *source)
{
	GradualPosition *position = source->base.position;
	List	   *upper = upper_key(source, position->lower, position->bound, GRADUAL_PARTS_KEYS);

	position->part = 0;
	replace_texts(source, &position->from, position->lower);
	replace_texts(source, &position->window, upper != NIL ? upper : position->bound);
}

static bool
is_same_key(List *texts, List *others)
{
	ListCell   *lc;
	ListCell   *other;

	forboth(lc, texts, other, others)
	{
		if (strcmp(lfirst(lc), lfirst(other)) != 0)
			return false;
	}
	return list_length(texts) == list_length(others);
}

/*
 * A part of a window is done, or with the last one all of it.  Returns false if
 * that was all of the leaf.
 */
static bool
end_part(KeySource *source)
{
	GradualPosition *position = source->base.position;

	if (++position->part < position->parts)
	{
		replace_texts(source, &position->lower, position->from);
		return true;
	}
	if (is_same_key(position->window, position->bound))
		return false;
	replace_texts(source, &position->lower, position->window);
	replace_texts(source, &position->window, NIL);
	return true;
}

static void
open_leaf(KeySource *source, Relation rel)
{
	MemoryContext old;

	source->leaf_context = AllocSetContextCreate(source->base.info->context, "gradual leaf",
												 ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(source->leaf_context);
	source->key = gradual_key_columns(source->leaf, rel, source->assigned);
	if (source->base.info->step->chase)
		source->unfilled = gradual_assigned_unfilled(rel, source->base.info->alias,
													 source->assigned);
	source->leaf_scanned = 0;
	MemoryContextSwitchTo(old);
}

/* Returns false behind the last leaf */
static bool
current_leaf(KeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;
	Relation	rel;

	if (source->leaf_number < 0 || source->leaf_number >= list_length(info->leaves))
		return false;
	source->leaf = list_nth(info->leaves, source->leaf_number);
	rel = gradual_leaf_open(source->leaf);
	if (source->key == NULL)
		open_leaf(source, rel);
	if (position->leaf == NULL || strcmp(position->leaf, source->leaf->qualified) != 0)
		begin_leaf(source, rel);
	relation_close(rel, NoLock);
	return true;
}

static void
begin_pass(KeySource *source)
{
	GradualPosition *position = source->base.position;

	close_leaf(source);
	position->pass++;
	position->done = false;
	position->leaf = NULL;
	source->leaf_number = source->base.info->leaves == NIL ? -1 : 0;
}

static void
end_pass(KeySource *source)
{
	GradualPosition *position = source->base.position;

	if (source->base.info->step->chase && (position->pass == 1 || source->wants_chase))
	{
		source->wants_chase = source->wants_chase && position->pass == 1;
		begin_pass(source);
	}
	else
		position->done = true;
}

static void
end_leaf(KeySource *source)
{
	close_leaf(source);
	source->leaf_number++;
	source->base.position->leaf = NULL;

	/*
	 * the position must name the next leaf before it is saved: this one is
	 * done
	 */
	if (!current_leaf(source))
		end_pass(source);
}

static void
check_cost(KeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	List	   *upper;
	Datum	   *values;

	if (info->migration->allow_blocking || info->step->carries || !current_leaf(source))
		return;
	upper = upper_key(source, NIL, NIL, GRADUAL_COST_ROWS);
	if (upper == NIL)
		return;
	values = palloc(sizeof(Datum) * (source->key->count + 1));
	gradual_key_read(source->key, upper, values);
	values[source->key->count] = Int64GetDatum(0);
	gradual_cost_check(make_apply(source, false), source->leaf, values);
}

GradualRowSource *
gradual_key_open(const GradualSourceInfo *info, GradualPosition *position)
{
	KeySource  *source = palloc0(sizeof(KeySource));

	source->base.routine = &key_routine;
	source->base.info = info;
	source->base.position = position;
	source->base.left = -1;
	source->assigned = gradual_assigned_columns(info->sql);
	if (info->step->carries)
		source->not_copied = gradual_copied_condition(info->sql, info->step->walks);
	if (position->pass == 0)
		position->pass = 1;
	source->leaf_number = gradual_leaf_position(info->leaves, position->leaf);
	if (!position->done)
		check_cost(source);
	return &source->base;
}

/* --- a batch --- */

/* The statement for (lower, upper], made at its first use */
static GradualApply *
apply_for(KeySource *source, bool lower)
{
	GradualApply **apply = lower ? &source->between : &source->first;
	MemoryContext old;

	if (*apply == NULL)
	{
		old = MemoryContextSwitchTo(source->leaf_context);
		*apply = make_apply(source, lower);
		MemoryContextSwitchTo(old);
	}
	return *apply;
}

static void
put_range(KeySource *source, int rows, GradualSourceBatch *out)
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
note_rows(KeySource *source, int rows)
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
		texts = upper_key(source, position->lower, limit_of_walk(position), 1);
	source->only = texts == NIL ? NULL : gradual_key_words(source->key, texts);
}

static void
count_scanned(KeySource *source, int64 rows)
{
	const GradualLeaf *leaf = source->leaf;
	List	   *leaves = source->base.info->leaves;
	double		all;
	int64		pages = 0;

	source->leaf_scanned += rows;
	if (source->base.position->pass > 1)
		return;
	source->base.scanned += rows;
	for (int i = 0; i < source->leaf_number; i++)
		pages += ((GradualLeaf *) list_nth(leaves, i))->pages;
	all = Max(leaf->rows, source->leaf_scanned);
	if (all > 0)
		pages += leaf->pages * (source->leaf_scanned / all);
	source->base.pages_done = Max(source->base.pages_done, pages);
}

static void
key_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out)
{
	KeySource  *source = (KeySource *) base;
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
	else if (!current_leaf(source))
		end_pass(source);
	else if (position->bound == NIL)
		end_leaf(source);
	else
	{
		if (position->parts > 0 && position->window == NIL)
			begin_window(source);
		source->upper = upper_key(source, position->lower, limit_of_walk(position), rows);
		source->last = source->upper == NIL;
		if (source->last)
		{
			source->upper = limit_of_walk(position);
			rows = count_keys(source, position->lower, source->upper);
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
	KeySource  *source = (KeySource *) base;
	GradualPosition *position = base->position;

	if (source->last && position->window != NIL)
	{
		if (!end_part(source))
			end_leaf(source);
	}
	else if (source->last)
		end_leaf(source);
	else
		replace_texts(source, &position->lower, source->upper);
	source->upper = NIL;
}

static void
key_suspects(GradualRowSource *base, GradualSuspects *suspects)
{
	KeySource  *source = (KeySource *) base;

	if (source->rows > 0)
		gradual_suspects_set(suspects, source->rows_leaf, NULL, source->rows, source->only);
}

static GradualRow *
first_row(KeySource *source)
{
	const GradualPosition *position = source->base.position;
	GradualArgs args = {0};
	char	   *where = where_in_part(source, &args, position->lower, limit_of_walk(position));

	return gradual_spi_row(psprintf("SELECT ctid, %s FROM ONLY %s%s ORDER BY %s LIMIT 1",
									gradual_key_list(source->key, ""), source->leaf->qualified,
									where, gradual_key_list(source->key, "")), &args);
}

/* All keys below it are done, so it is the next one, unless it is gone. */
static bool
key_leave_out(GradualRowSource *base, const GradualSuspects *row, ItemPointer tid)
{
	KeySource  *source = (KeySource *) base;
	List	   *texts = NIL;
	GradualRow *first;

	if (base->position->done || !current_leaf(source) || base->position->bound == NIL)
		return false;
	if (base->position->parts > 0 && base->position->window == NIL)
		begin_window(source);
	first = first_row(source);
	for (int i = 2; first != NULL && i <= first->ncolumns; i++)
		texts = lappend(texts, gradual_row_text(first, i));
	if (texts == NIL || row->key == NULL ||
		strcmp(gradual_key_words(source->key, texts), row->key) != 0)
		return false;
	ItemPointerCopy((ItemPointer) DatumGetPointer(first->values[0]), tid);
	count_scanned(source, 1);
	replace_texts(source, &base->position->lower, texts);
	return true;
}

/* A pass that is at work is finished first; it has not read what came since. */
static void
key_chase(GradualRowSource *base)
{
	KeySource  *source = (KeySource *) base;

	if (base->position->done)
		begin_pass(source);
	else
		source->wants_chase = true;
}
