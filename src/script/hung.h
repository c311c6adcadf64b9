/*
 * hung.h
 *	  What hangs on a column of a real table, and would go with it.
 */
#ifndef GRADUAL_HUNG_H
#define GRADUAL_HUNG_H

#include "nodes/pg_list.h"

typedef struct GradualHung
{
	char	   *name;			/* of an index, a constraint, statistics or a
								 * sequence, not quoted; NULL for others */
	char	   *description;	/* in words, qualified */
} GradualHung;

/*
 * Of GradualHung *: whatever names the column, in partitions too what is their
 * own, but for what is ours.  Needs an open transaction; takes no lock.
 */
extern List *gradual_hung_find(Oid table, const char *column);

/*
 * What else is said about the column and gets lost with it, in words: type, default,
 * NOT NULL, identity, how it is analyzed, and what partitions have of it besides.  NULL if there is no such column.
 */
extern char *gradual_hung_state(Oid table, const char *column);

#endif							/* GRADUAL_HUNG_H */
