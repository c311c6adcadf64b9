/*
 * walk.c
 *	  The key source's way over leaves, passes, windows and their parts.
 *
 * A pass comes to one leaf after another and fixes there how far it goes; what
 * is done is (position->leaf, position->lower), see key.c for the rest.  Keys are
 * asked for by SQL, as texts: they outlive the batch, and the ledger keeps them.
 *
 * Invariant: the position names the leaf that comes next before it is saved.
 *
 * If we crash here, the walk goes on at the saved position.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/identity.h"
#include "base/spi.h"
#include "backfill/assigned.h"
#include "backfill/parts.h"
#include "backfill/walk.h"

/* --- keys --- */

List *
gradual_walk_texts(const GradualRow *row, int first)
{
	int			level = gradual_identity_pin_texts();
	List	   *texts = NIL;

	for (int i = first; row && i <= row->ncolumns; i++)
		texts = lappend(texts, gradual_row_text(row, i));
	gradual_identity_unpin_texts(level);
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
highest_key(GradualKeySource *source)
{
	char	   *sql = psprintf("SELECT %s FROM ONLY %s ORDER BY %s LIMIT 1",
							   gradual_key_list(source->key, ""), source->leaf->qualified,
							   gradual_key_list(source->key, " DESC"));

	return gradual_walk_texts(gradual_spi_row(sql, NULL), 1);
}

/* The same for the part at hand, if the window is done in parts */
char *
gradual_walk_where(GradualKeySource *source, GradualArgs *args, List *lower, List *upper)
{
	const GradualPosition *position = source->base.position;
	char	   *where = where_between(source->key, args, lower, upper);

	if (position->window == NIL)
		return where;
	return psprintf("%s %s %s", where, where[0] != '\0' ? "AND" : " WHERE",
					gradual_parts_condition(source->key, NULL, psprintf("%d", position->part)));
}

/* How far the walk goes before something else has to be decided */
List *
gradual_walk_limit(const GradualPosition *position)
{
	return position->window != NIL ? position->window : position->bound;
}

/* The rows-th key above lower, up to bound; NIL if there are fewer */
List *
gradual_walk_upper(GradualKeySource *source, List *lower, List *bound, int rows)
{
	GradualArgs args = {0};
	char	   *where = gradual_walk_where(source, &args, lower, bound);
	char	   *sql = psprintf("SELECT %s FROM ONLY %s%s ORDER BY %s OFFSET %d LIMIT 1",
							   gradual_key_list(source->key, ""), source->leaf->qualified,
							   where, gradual_key_list(source->key, ""), rows - 1);

	return gradual_walk_texts(gradual_spi_row(sql, &args), 1);
}

int64
gradual_walk_count(GradualKeySource *source, List *lower, List *upper)
{
	GradualArgs args = {0};
	char	   *where = gradual_walk_where(source, &args, lower, upper);
	GradualRow *row = gradual_spi_row(psprintf("SELECT pg_catalog.count(*) FROM ONLY %s%s",
											   source->leaf->qualified, where), &args);

	return gradual_row_bigint(row, 1, 0);
}

void
gradual_walk_replace(GradualKeySource *source, List **texts, List *with)
{
	List	   *copy = gradual_text_list_copy(source->base.info->context, with);

	list_free_deep(*texts);
	*texts = copy;
}

/* --- leaves and passes --- */

GradualApply *
gradual_walk_apply(GradualKeySource *source, bool lower)
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

static void
close_leaf(GradualKeySource *source)
{
	if (source->leaf_context)
		MemoryContextDelete(source->leaf_context);
	source->leaf_context = NULL;
	source->key = NULL;
	source->first = source->between = NULL;
	source->milestones = NIL;
}

/* A pass comes to a leaf: fix its bound */
static void
begin_leaf(GradualKeySource *source, Relation rel)
{
	GradualPosition *position = source->base.position;

	position->leaf = MemoryContextStrdup(source->base.info->context, source->leaf->qualified);
	gradual_walk_replace(source, &position->lower, NIL);
	gradual_walk_replace(source, &position->bound,
						 source->leaf_number == source->stop_number ? position->stop :
						 highest_key(source));
	gradual_walk_replace(source, &position->from, NIL);
	gradual_walk_replace(source, &position->window, NIL);
	position->part = position->parts = 0;
	if (position->bound != NIL && !source->base.info->step->chase &&
		!source->base.info->step->carries && source->base.info->step->walks == NULL &&
		gradual_parts_pay(gradual_walk_apply(source, false), source->leaf, rel, source->key))
		position->parts = GRADUAL_PARTS;
}

/* The next window of keys begins */
void
gradual_walk_begin_window(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;
	List	   *upper = gradual_walk_upper(source, position->lower, position->bound, GRADUAL_PARTS_KEYS);

	position->part = 0;
	gradual_walk_replace(source, &position->from, position->lower);
	gradual_walk_replace(source, &position->window, upper != NIL ? upper : position->bound);
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
bool
gradual_walk_end_part(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;

	if (++position->part < position->parts)
	{
		gradual_walk_replace(source, &position->lower, position->from);
		return true;
	}
	if (is_same_key(position->window, position->bound))
		return false;
	gradual_walk_replace(source, &position->lower, position->window);
	gradual_walk_replace(source, &position->window, NIL);
	return true;
}

static void
open_leaf(GradualKeySource *source, Relation rel)
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

/* To come to a row twice does harm only where the statement itself cannot tell. */
static void
learn_names(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;

	if (list_length(info->leaves) > 1 && !info->step->chase && !info->step->carries)
		position->names = gradual_leaves_learn_names(info->leaves, position->names);
}

void
gradual_walk_open(GradualKeySource *source)
{
	const GradualPosition *position = source->base.position;
	List	   *leaves = source->base.info->leaves;

	learn_names(source);
	source->stop_number = gradual_leaves_stop(leaves, position->stop_leaf, position->stop != NIL,
											  &source->nleaves);
	source->leaf_number = gradual_leaf_position(leaves, position->leaf);
}

/* Returns false behind the last leaf */
bool
gradual_walk_leaf(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;
	Relation	rel;

	if (source->leaf_number < 0 || source->leaf_number >= source->nleaves)
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

void
gradual_walk_to_leaf(GradualKeySource *source, int leaf_number)
{
	if (leaf_number != source->leaf_number)
	{
		close_leaf(source);
		source->leaf_number = leaf_number;
	}
	(void) gradual_walk_leaf(source);
}

void
gradual_walk_begin_pass(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;

	close_leaf(source);
	position->pass++;
	position->done = false;
	position->leaf = NULL;
	source->leaf_number = source->base.info->leaves == NIL ? -1 : 0;
}

void
gradual_walk_end_pass(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;

	if (position->range)
		position->done = true;	/* the chase is one of the whole */
	else if (source->base.info->step->chase && (position->pass == 1 || source->wants_chase))
	{
		source->wants_chase = source->wants_chase && position->pass == 1;
		gradual_walk_begin_pass(source);
	}
	else
		position->done = true;
}

void
gradual_walk_end_leaf(GradualKeySource *source)
{
	close_leaf(source);
	source->leaf_number++;
	source->base.position->leaf = NULL;

	/*
	 * the position must name the next leaf before it is saved: this one is
	 * done
	 */
	if (!gradual_walk_leaf(source))
		gradual_walk_end_pass(source);
}
