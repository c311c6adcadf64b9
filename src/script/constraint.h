/*
 * constraint.h
 *	  What a subcommand of ALTER TABLE does to the constraints of a clone.
 */
#ifndef GRADUAL_SCRIPT_CONSTRAINT_H
#define GRADUAL_SCRIPT_CONSTRAINT_H

#include "nodes/bitmapset.h"

#include "script/rehearsal.h"

/* The constraints of a clone before the subcommand runs there. */
typedef struct GradualConstraintsBefore
{
	List	   *constraints;	/* OIDs */
	List	   *written;		/* of Constraint *: those of the subcommand,
								 * by the names that they get on the clone */
	Bitmapset  *not_null;		/* numbers of the columns that are NOT NULL
								 * for every row of the real table */
	int			columns;
	bool		index_is_new;	/* USING INDEX: the script creates it */
} GradualConstraintsBefore;

/*
 * Look at the clone, and see to it that what the constraint names (an index, a
 * name for its own) is or will be there on the real table.
 */
extern void gradual_constraint_before(GradualRehearsal *rehearsal,
									  const GradualRelation *relation, AlterTableCmd *command,
									  GradualConstraintsBefore *before);

/*
 * What came anew goes into the command's facts.  On the clone it gets the name
 * that the server will choose on the real table, as the script has left it.
 */
extern void gradual_constraint_after(GradualRehearsal *rehearsal, GradualRelation *relation,
									 const AlterTableCmd *command,
									 const GradualConstraintsBefore *before);

/* SET NOT NULL: the facts of the column's constraint that is NOT VALID. */
extern void gradual_constraint_unproved(GradualRehearsal *rehearsal,
										const GradualRelation *relation, const char *column);

/*
 * .. and the name of the one that it has made (18), which is given to it on the
 * clone as well; NULL = none.
 */
extern char *gradual_constraint_made(GradualRehearsal *rehearsal, GradualRelation *relation,
									 const char *column);

/* VALIDATE and ALTER: the facts of one that is there; raises if there is none. */
extern void gradual_constraint_named(GradualRehearsal *rehearsal, GradualRelation *relation,
									 const AlterTableCmd *command);

/* The names of a clone's constraints: char *. */
extern List *gradual_constraint_names(const GradualRelation *relation);

/* Is the clone's constraint a CHECK in the place of the real table's foreign key? */
extern bool gradual_constraint_is_stand_in(const GradualRelation *relation, const char *name);

/* Drops all such, and returns what makes them again. */
extern char *gradual_constraint_drop_stand_ins(GradualRehearsal *rehearsal,
											   const GradualRelation *relation);

#endif							/* GRADUAL_SCRIPT_CONSTRAINT_H */
