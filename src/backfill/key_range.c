/*
 * key_range.c
 *	  Where in a leaf a range of keys may begin.
 *
 * Above the keys that divide a sample of its rows evenly: that is right for any
 * type and any number of columns, since PostgreSQL itself sorts them, and costs
 * the same for any size.  Ranges that turn out larger than others are a matter of
 * time only: whatever key one of them begins above, the one before ends with.
 *
 * If we crash here nothing has happened: only reads.
 */
#include "postgres.h"

#include "base/spi.h"
#include "base/texts.h"
#include "backfill/key_range.h"

/* Read at random; a smaller leaf is read whole. */
#define SAMPLE_PAGES 512

/* So many keys of the sample are looked at. */
#define MILESTONES 1000

/* Lists of texts, in the order of the key, of what is left of the leaf */
static List *
find_milestones(GradualKeySource *source)
{
	const GradualPosition *position = source->base.position;
	const GradualLeaf *leaf = source->leaf;
	char	   *keys = gradual_key_list(source->key, "");
	GradualArgs args = {0};
	char	   *where = gradual_walk_where(source, &args, position->lower, position->bound);
	char	   *sample;
	List	   *milestones = NIL;
	ListCell   *lc;

	sample = psprintf("SELECT %s, pg_catalog.ntile(%d) OVER (ORDER BY %s) AS _gradual_tile"
					  " FROM ONLY %s TABLESAMPLE pg_catalog.system (%g) REPEATABLE (1)%s",
					  keys, MILESTONES, keys, leaf->qualified,
					  100.0 * SAMPLE_PAGES / Max(leaf->pages, SAMPLE_PAGES), where);
	foreach(lc, gradual_spi_rows(psprintf("SELECT DISTINCT ON (_gradual_tile) %s FROM (%s) s"
										  " ORDER BY _gradual_tile, %s",
										  keys, sample, keys), &args))
		milestones = lappend(milestones, gradual_walk_texts(lfirst(lc), 1));
	return milestones;
}

/* NIL if the sample is empty */
static List *
key_at(GradualKeySource *source, double share)
{
	int			count;

	if (source->milestones == NIL)
	{
		MemoryContext old = MemoryContextSwitchTo(source->leaf_context);

		source->milestones = find_milestones(source);
		MemoryContextSwitchTo(old);
	}
	count = list_length(source->milestones);
	return count == 0 ? NIL : list_nth(source->milestones, Min(share * count, count - 1));
}

GradualPosition *
gradual_key_range_begin(GradualRowSource *base, int leaf_number, double share)
{
	GradualKeySource *source = (GradualKeySource *) base;
	GradualPosition *range;
	List	   *lower;

	gradual_walk_to_leaf(source, leaf_number);
	if (base->position->bound == NIL)
		return NULL;
	range = gradual_position_decode(gradual_position_encode(base->position));
	if (share <= 0)
		return range;			/* all of the leaf */
	lower = key_at(source, share);
	if (lower == NIL)
		return NULL;
	range->lower = gradual_texts_copy(CurrentMemoryContext, lower);
	return range;
}
