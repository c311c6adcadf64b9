/*
 * direct.c
 *	  The source of a small table: the statement as written, once.
 */
#include "postgres.h"

#include "backfill/source.h"

typedef struct DirectSource
{
	GradualRowSource base;
	GradualApply *apply;
} DirectSource;

static void
direct_next(GradualRowSource *base, int rows, double budget_ms, GradualSourceBatch *out)
{
	out->outcome = base->position->done ? GRADUAL_SOURCE_END : GRADUAL_SOURCE_ROWS;
	out->apply = ((DirectSource *) base)->apply;
	out->save = !base->position->done;
}

static void
direct_applied(GradualRowSource *base, uint64 changed)
{
	base->position->done = true;
	base->scanned = changed;
	base->pages_done = gradual_leaves_pages(base->info->leaves);
}

static const GradualSourceRoutine direct_routine = {direct_next, direct_applied, NULL, NULL, NULL, NULL};

GradualRowSource *
gradual_direct_open(const GradualSourceInfo *info, GradualPosition *position)
{
	DirectSource *source = palloc0(sizeof(DirectSource));

	source->base.routine = &direct_routine;
	source->base.info = info;
	source->base.position = position;
	source->base.left = -1;
	source->apply = gradual_apply_make_direct(info->sql, info->now);
	return &source->base;
}
