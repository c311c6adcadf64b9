/*
 * gather.h
 *	  What hangs on a column that gets another type, with the names that it has
 *	  on the shadow.
 */
#ifndef GRADUAL_GATHER_H
#define GRADUAL_GATHER_H

#include "script/carried.h"
#include "script/rehearsal.h"

/*
 * Make what a clone lacks, and PostgreSQL has to convert or copy: the statistics
 * objects over a real column, NULL = all.  Returns their names (char *).
 */
extern List *gradual_gather_statistics(GradualRehearsal *rehearsal,
									   const GradualRelation *relation, const char *column);

/*
 * After it, when the column has its bridge: gather all that hangs on the columns
 * of the table that got another type so far.  False: it cannot be named.
 */
extern bool gradual_gather_table(GradualRehearsal *rehearsal, GradualRelation *relation,
								 GradualRetype *retype);

/* The clone's indexes were made anew: find them by their names. */
extern void gradual_gather_refresh(GradualRehearsal *rehearsal, const GradualRelation *relation);

#endif							/* GRADUAL_GATHER_H */
