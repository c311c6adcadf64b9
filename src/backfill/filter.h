/*
 * filter.h
 *	  The part of the statement's WHERE that one row of the target answers by
 *	  itself: decided in C, before the row is handed to the statement.
 */
#ifndef GRADUAL_FILTER_H
#define GRADUAL_FILTER_H

#include "executor/tuptable.h"
#include "nodes/params.h"
#include "nodes/parsenodes.h"
#include "utils/relcache.h"

#include "backfill/apply.h"

/* What of a WHERE can be decided row by row. */
typedef struct GradualFilter
{
	List	   *conjuncts;		/* expressions over the row's own columns; NIL
								 * = every row passes */
	bool		exact;			/* the statement changes every row that passes */
} GradualFilter;

/* A filter ready to run, for one batch. */
typedef struct GradualFilterRun GradualFilterRun;

/*
 * In the current memory context.  'unset': number of a column of which every
 * candidate is known to have no value in its tuple, 0 = none; conditions that
 * such a row meets anyway are left out.
 */
extern GradualFilter *gradual_filter_make(GradualApply *apply, Relation rel, AttrNumber unset);

/*
 * Nor rows in which each column that the statement sets has a value, or would get
 * NULL.  Expressions that are not constants must not raise.
 */
extern void gradual_filter_add_unset_test(GradualFilter *filter, Relation rel, const Query *query);

extern GradualFilterRun *gradual_filter_begin(const GradualFilter *filter, Relation rel,
											  GradualApply *apply);

/* The tuple may lie in a page that is pinned. */
extern bool gradual_filter_passes(GradualFilterRun *run, HeapTuple tuple);
extern void gradual_filter_end(GradualFilterRun *run);

#endif							/* GRADUAL_FILTER_H */
