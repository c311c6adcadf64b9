/*
 * gone.h
 *	  Dropping what was there before the script, in the rehearsal only.
 */
#ifndef GRADUAL_GONE_H
#define GRADUAL_GONE_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/* What an object that is gone is called from then on, if it has a name. */
#define GRADUAL_GONE_PREFIX "_gradual_gone_"

/*
 * Objects that were there before (roots: of ObjectAddress *, with the clones of
 * tables beside them) are gone from now on, with all that goes with them.
 * Raises what PostgreSQL raises if others depend on them; with CASCADE, the
 * refusal if it would take along what cannot be named.
 */
extern void gradual_gone_drop(GradualRehearsal *rehearsal, DropBehavior behavior, List *roots);

/*
 * The same of what DROP COLUMN .. CASCADE takes along, from tables below (of
 * GradualRelation *) too; the column itself is for the caller to drop on the clones.
 */
extern void gradual_gone_cascade(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 List *below, const char *column);

/*
 * The same of DROP CONSTRAINT .. CASCADE, and of DROP INDEX .. CASCADE of an
 * index that serves none.
 */
extern void gradual_gone_cascade_constraint(GradualRehearsal *rehearsal,
											const GradualRelation *relation, const char *name);
extern void gradual_gone_cascade_index(GradualRehearsal *rehearsal,
									   const GradualRelation *index);

/* The clone of a relation goes; CASCADE: with what hangs on it. */
extern void gradual_gone_clone(GradualRehearsal *rehearsal, GradualRelation *relation,
							   DropBehavior behavior);

#endif							/* GRADUAL_GONE_H */
