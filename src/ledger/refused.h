/*
 * refused.h
 *	  Rows whose change could not be carried over to their copy.
 *
 * Written by the application's transaction, so that the note and the change are
 * there together or not at all.
 */
#ifndef GRADUAL_REFUSED_H
#define GRADUAL_REFUSED_H

#include "nodes/pg_list.h"

typedef struct GradualRefused
{
	List	   *key;			/* of char *, in the order of the key; NIL =
								 * unknown */
	char	   *message;
} GradualRefused;

/* Note a row of the table that a statement copies. */
extern void gradual_refused_add(int32 migration, int statement, List *key, int sqlstate,
								const char *message);

/*
 * Remove all of them and return them (GradualRefused *), each key once, in the
 * order of their coming.  What others note meanwhile stays.
 */
extern List *gradual_refused_take(int32 migration, int statement);

#endif							/* GRADUAL_REFUSED_H */
