/*
 * constraint_name.h
 *	  The name that the server would choose for a constraint.
 */
#ifndef GRADUAL_CONSTRAINT_NAME_H
#define GRADUAL_CONSTRAINT_NAME_H

#include "script/rehearsal.h"
#include "script/schema.h"

/*
 * Of a constraint with no name of its own, on a relation as the script has left
 * it.  'itself' is that of the clone, 'index' the one that serves it there;
 * InvalidOid = none.
 */
extern char *gradual_constraint_default_name(GradualRehearsal *rehearsal,
											 const GradualRelation *relation,
											 const GradualConstraint *constraint, Oid itself,
											 Oid index);

#endif							/* GRADUAL_CONSTRAINT_NAME_H */
