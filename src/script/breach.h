/*
 * breach.h
 *	  SQL that counts the rows which keep a constraint or a unique index from
 *	  being there, and names a few of them: what step->check wants.
 */
#ifndef GRADUAL_BREACH_H
#define GRADUAL_BREACH_H

#include "script/rehearsal.h"

/*
 * Rows for which a CHECK is not true, or which refer to nothing; NULL for other
 * constraints, and for a table without rows.  The constraint is the clone's, or
 * one of the real table.
 */
extern char *gradual_breach_of_constraint(GradualRehearsal *rehearsal,
										  const GradualRelation *relation, Oid constraint);

/* Rows that have the same key as another in a unique index of the clone. */
extern char *gradual_breach_of_index(GradualRehearsal *rehearsal, GradualTable *table,
									 Oid index);

#endif							/* GRADUAL_BREACH_H */
