/*
 * change_source.h
 *	  From which source an UPDATE or DELETE gets its rows.
 */
#ifndef GRADUAL_CHANGE_SOURCE_H
#define GRADUAL_CHANGE_SOURCE_H

#include "nodes/parsenodes.h"
#include "utils/rel.h"

#include "script/steady.h"
#include "script/script.h"

/* All that is known of the statement while it is looked at. */
typedef struct GradualChangeAnalysis
{
	/* Info */
	GradualTable *table;
	GradualChange *change;

	/* The rewritten query; generated columns are expanded in what follows it */
	Query	   *query;
	Index		varno;			/* of the target */
	Relation	clone;
	List	   *targets;		/* of TargetEntry *: the SET list */
	Node	   *quals;
	List	   *written;		/* of char *: assigned columns, and generated
								 * ones over them */
	Bitmapset  *not_null;		/* columns of the clone that are NOT NULL
								 * while the statement runs */

	/* Findings */
	bool		alone;			/* no FROM, no WITH, no sub-select */
	GradualSteadiness values;	/* of SET */
	GradualSteadiness condition;	/* of WHERE */
	GradualSteadiness whole;	/* of all but RETURNING */
} GradualChangeAnalysis;

/* Once all of it is known: source, proof and reason of the change, and after the swap. */
extern void gradual_change_source(GradualChangeAnalysis *analysis);

#endif							/* GRADUAL_CHANGE_SOURCE_H */
