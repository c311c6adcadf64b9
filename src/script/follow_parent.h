/*
 * follow_parent.h
 *	  What statements about tables above a table do to its clone, which has no parents.
 */
#ifndef GRADUAL_FOLLOW_PARENT_H
#define GRADUAL_FOLLOW_PARENT_H

#include "script/rehearsal.h"

/* All that is noted in rehearsal->below and not done yet, in the script's order. */
extern void gradual_follow_parent(GradualRehearsal *rehearsal, GradualRelation *relation);

/* Is anything noted for that real table, done or not? */
extern bool gradual_follow_parent_has(const GradualRehearsal *rehearsal, Oid table);

#endif							/* GRADUAL_FOLLOW_PARENT_H */
