/*
 * published.h
 *	  Which publications a table is in: subscribers stop for good when a column
 *	  comes that they do not have.
 */
#ifndef GRADUAL_PUBLISHED_H
#define GRADUAL_PUBLISHED_H

#include "script/rehearsal.h"

/*
 * Note in the relation's table which publications would show an interim column
 * of it, and how it can be hidden from them.  To be called by whoever makes a
 * recipe add one.
 */
extern void gradual_published_find(GradualRehearsal *rehearsal, const GradualRelation *relation);

#endif							/* GRADUAL_PUBLISHED_H */
