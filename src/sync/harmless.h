/*
 * harmless.h
 *	  Can a copy refuse a change that is carried over to it?
 */
#ifndef GRADUAL_HARMLESS_H
#define GRADUAL_HARMLESS_H

#include "nodes/parsenodes.h"
#include "utils/relcache.h"

#include "script/mapping.h"

typedef struct GradualHarmlessCopy
{
	Relation	source;
	Relation	target;
	Node	   *where;			/* of the user's SELECT, analysed; or NULL */
	List	   *columns;		/* of GradualMapped * */
	const GradualMappedKey *key;
} GradualHarmlessCopy;

/* In a transaction, with both tables open; takes ACCESS SHARE locks on indexes for a moment. */
extern bool gradual_harmless_copy(const GradualHarmlessCopy *copy);

#endif							/* GRADUAL_HARMLESS_H */
