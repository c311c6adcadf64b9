/*
 * held.h
 *	  The locks that the current transaction holds on relations.
 */
#ifndef GRADUAL_HELD_H
#define GRADUAL_HELD_H

#include "nodes/pg_list.h"
#include "storage/lock.h"

typedef struct GradualHeld
{
	Oid			relid;
	LOCKMODE	mode;			/* the strongest */
	const char *name;			/* of one that is expected, else NULL */
} GradualHeld;

/* List of GradualHeld *, one a relation, without catalogs. */
extern List *gradual_held_locks(void);

/*
 * A list with a lock that is expected, on a relation by its qualified name, unless
 * this transaction has created it.  A drop takes the name along: so before it.
 */
extern List *gradual_held_expect(List *expected, const List *before, const char *name,
								 LOCKMODE mode);

/*
 * Those of 'now' that are stronger than 'before', and all that are 'expected':
 * 'public.users ACCESS EXCLUSIVE, public.orgs SHARE ROW EXCLUSIVE', the strongest
 * first; NULL if there are none.  Tables only, without ours, without what this
 * transaction has created, and without ACCESS SHARE.
 */
extern char *gradual_held_describe(const List *before, const List *expected, const List *now);

/*
 * Sequences (oids) of 'now' from which this transaction has drawn, but not those
 * that it has created.  That lock lasts to the end of the transaction, whatever is
 * rolled back before.
 */
extern List *gradual_held_sequences(const List *now);

#endif							/* GRADUAL_HELD_H */
