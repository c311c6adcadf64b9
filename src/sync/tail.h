/*
 * tail.h
 *	  A tuple with another value in its last column, without taking it apart.
 */
#ifndef GRADUAL_TAIL_H
#define GRADUAL_TAIL_H

#include "access/htup.h"
#include "access/tupdesc.h"

/*
 * A copy, in the current memory context, with a value that is not NULL in one
 * column; 'before' is the tuple's own value, NULL if it has none there.  Returns
 * NULL if another column with a value follows, or the value has a form that
 * must be looked at first: then the tuple has to be formed anew.
 */
extern HeapTuple gradual_tail_form(HeapTuple tuple, TupleDesc descriptor, AttrNumber attnum,
								   const Datum *before, Datum value);

#endif							/* GRADUAL_TAIL_H */
