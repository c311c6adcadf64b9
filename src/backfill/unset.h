/*
 * unset.h
 *	  The statement of a batch over rows that may have been filled in part.
 */
#ifndef GRADUAL_UNSET_H
#define GRADUAL_UNSET_H

#include "nodes/parsenodes.h"

#include "backfill/rewrite.h"

/* A column that a statement sets, of which some rows may have their value already. */
typedef struct GradualUnset
{
	const char *column;
	Oid			type;			/* no domain */
	const char *preset;			/* unset are rows with this value; NULL = NULL */
	bool		steady;			/* asked twice, its new value is the same */
} GradualUnset;

/*
 * Let an UPDATE set only what is unset, in rows in which that changes something:
 * SET a = CASE WHEN a IS NULL THEN .. ELSE a END WHERE .. AND (a IS NULL AND .. IS
 * NOT NULL OR ..).  The columns are all that it sets: list of GradualUnset *.
 */
extern void gradual_unset_only(RawStmt *raw, List *columns);

#endif							/* GRADUAL_UNSET_H */
