/*
 * walk.c
 *	  The key source's way over leaves, passes, windows and their parts.
 *
 * A pass comes to one leaf after another and fixes there how far it goes; what
 * is done is (position->at, position->lower), see key.c for the rest.  Keys are
 * asked for by SQL, as texts: they outlive the batch, and the ledger keeps them.
 *
 * A leaf that is not there, detached or dropped, is passed over, and what is left of
 * it is noted.  Behind the last leaf the pass does what was noted and is there by
 * then, and leaves that are new, which follow the others.
 *
 * Invariant: each key of a leaf that the pass has come to is done, or above
 * position->lower of the leaf at hand, or in a stretch that is noted as missed.
 *
 * If we crash here, the walk goes on at the saved position.
 */
#include "postgres.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "utils/memutils.h"
#include "utils/rel.h"

#include "base/errors.h"
#include "base/identity.h"
#include "base/spi.h"
#include "base/texts.h"
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
	gradual_identity_unpin(level);
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
	List	   *copy = gradual_texts_copy(source->base.info->context, with);

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
						 position->at == source->stop_number ? position->stop :
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

/*
 * To come to a row twice does harm only where the statement itself cannot tell; then
 * it has to be known which leaf is which.
 */
static void
check_strangers(const GradualSourceInfo *info)
{
	if (info->stranger == NULL || info->step->chase || info->step->carries)
		return;
	ereport(ERROR,
			(errcode(GRADUAL_ERRCODE_BLOCKED),
			 errmsg("table %s is not known to its backfill", info->stranger->qualified),
			 errdetail("All was restored from a dump, where tables are known by their names; one of these is missing, and nothing in a row tells whether it was changed."),
			 errhint("If the table was renamed since the dump, give it its old name back; if it is a new partition, detach it until the migration is done. Then start the migration again.")));
}

/* --- leaves that are not there --- */

/* As a text: where in the leaf the walk stands */
static char *
stretch_at(const GradualPosition *position)
{
	GradualPosition stretch = {.source = position->source,.at = position->at};

	if (position->leaf != NULL)
	{
		stretch.leaf = position->leaf;
		stretch.lower = position->lower;
		stretch.bound = position->bound;
		stretch.parts = position->parts;
		stretch.part = position->part;
		stretch.from = position->from;
		stretch.window = position->window;
	}
	return gradual_position_encode(&stretch);
}

static void
note_missed(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;
	const GradualLeaf *leaf = list_nth(source->base.info->leaves, position->at);
	MemoryContext old = MemoryContextSwitchTo(source->base.info->context);
	GradualPosition all = *position;

	/* a range ends there, and another one begins */
	if (position->leaf == NULL && position->at == source->stop_number)
	{
		all.leaf = leaf->qualified;
		all.lower = all.from = all.window = NIL;
		all.bound = position->stop;
		all.parts = all.part = 0;
	}
	position->missed = lappend(position->missed, stretch_at(&all));
	MemoryContextSwitchTo(old);
}

static bool
is_absent(const GradualKeySource *source, int number)
{
	return !OidIsValid(((GradualLeaf *) list_nth(source->base.info->leaves, number))->oid);
}

static void
next_leaf(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;

	position->at = position->returned ? source->nleaves : position->at + 1;
	position->leaf = NULL;
}

/* Go to the first stretch that was missed and is there; false if there is none. */
static bool
return_to_missed(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;
	ListCell   *lc;

	foreach(lc, position->range ? NIL : position->missed)
	{
		MemoryContext old = MemoryContextSwitchTo(source->base.info->context);
		GradualPosition *stretch = gradual_position_decode(lfirst(lc));

		MemoryContextSwitchTo(old);
		if (is_absent(source, stretch->at))
			continue;
		position->missed = foreach_delete_current(position->missed, lc);
		position->returned = true;
		position->at = stretch->at;
		position->leaf = stretch->leaf;
		position->lower = stretch->lower;
		position->bound = stretch->bound;
		position->parts = stretch->parts;
		position->part = stretch->part;
		position->from = stretch->from;
		position->window = stretch->window;
		return true;
	}
	return false;
}

/* Past what is not there; false behind the last leaf */
static bool
find_leaf(GradualKeySource *source)
{
	GradualPosition *position = source->base.position;

	while (position->at < source->nleaves && is_absent(source, position->at))
	{
		note_missed(source);
		next_leaf(source);
	}
	return position->at < source->nleaves || return_to_missed(source);
}

/* --- going on --- */

/* What is new comes behind the last leaf: too late if the walk has come back. */
static void
add_new(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;

	for (int i = info->first_new; i < list_length(info->leaves) && position->returned; i++)
	{
		GradualPosition stretch = {.source = position->source,.at = i};

		position->missed = lappend(position->missed, gradual_position_encode(&stretch));
	}
}

void
gradual_walk_open(GradualKeySource *source)
{
	const GradualPosition *position = source->base.position;
	List	   *leaves = source->base.info->leaves;

	check_strangers(source->base.info);
	source->stop_number = gradual_leaves_stop(leaves, position->stop_leaf, position->stop != NIL,
											  &source->nleaves);
	add_new(source);
}

bool
gradual_walk_leaf(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;
	Relation	rel;

	if (!find_leaf(source))
		return false;
	source->leaf = list_nth(info->leaves, position->at);
	rel = gradual_leaf_try_open(source->leaf);
	if (rel == NULL)
	{
		source->base.reopen = true;
		return false;
	}
	if (source->key == NULL)
		open_leaf(source, rel);
	if (position->leaf == NULL)
		begin_leaf(source, rel);
	relation_close(rel, NoLock);
	return true;
}

void
gradual_walk_to_leaf(GradualKeySource *source, int leaf_number)
{
	GradualPosition *position = source->base.position;

	if (leaf_number != position->at)
	{
		close_leaf(source);
		position->at = leaf_number;
		position->leaf = NULL;
	}
	relation_close(gradual_leaf_open(list_nth(source->base.info->leaves, leaf_number)), NoLock);
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
	position->at = 0;
	position->missed = NIL;
	position->returned = false;
}

void
gradual_walk_end_pass(GradualKeySource *source)
{
	const GradualSourceInfo *info = source->base.info;
	GradualPosition *position = source->base.position;

	if (position->range)
		position->done = true;	/* the chase is one of the whole */
	else if (gradual_leaves_differ(info->leaves, info->root, info->with_children))
		source->base.reopen = true;
	else if (info->step->chase && (position->pass == 1 || source->wants_chase))
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
	next_leaf(source);
	if (!gradual_walk_leaf(source) && !source->base.reopen)
		gradual_walk_end_pass(source);
}
