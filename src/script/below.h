/*
 * below.h
 *	  What statements about a table do to real ones below it: those that inherit
 *	  from it, and its partitions.
 */
#ifndef GRADUAL_BELOW_H
#define GRADUAL_BELOW_H

#include "nodes/parsenodes.h"

#include "script/rehearsal.h"

/* Raises, or says otherwise what becomes of one table below. */
typedef void (*GradualBelowCheck) (GradualRehearsal *rehearsal, GradualBelow *below);

/* Can the relation have others below it? */
extern bool gradual_below_has_family(const GradualRelation *relation);

/*
 * The current command does what the model says to all tables below a real one.  With
 * a check each note is given to it first; NULL = none.
 */
extern void gradual_below_note(GradualRehearsal *rehearsal, const GradualBelow *model,
							   Oid parent, GradualBelowCheck check);

/*
 * The clones that there are follow: of all tables, and those that the script has put
 * below them, which get or lose the column by the server.  column may be NULL.
 */
extern void gradual_below_follow(GradualRehearsal *rehearsal, const GradualRelation *relation,
								 const char *column);

/*
 * From how many parents has a real table the column of that name, as the script has
 * left it?  *own becomes true if it has it itself as well.
 */
extern int	gradual_below_count_parents(GradualRehearsal *rehearsal, Oid table,
										const char *column, bool *own);

/* The same of a CHECK. */
extern int	gradual_below_count_check_parents(GradualRehearsal *rehearsal, Oid table,
											  const char *name, bool *own);

/* Of Oid: the real children of a table that the script has not taken from it; locks them. */
extern List *gradual_below_children(GradualRehearsal *rehearsal, Oid parent);

/* The real table, if the script has not met it only for reading what is in here. */
extern GradualRelation *gradual_below_relation(GradualRehearsal *rehearsal, Oid table);

/*
 * Before DROP COLUMN runs on the clone of a table that others inherit from: notes
 * which of them lose it too.  Returns the real ones, of GradualRelation *, some of
 * which the script may not have met.  Their clones still have it.
 */
extern List *gradual_below_drop_column(GradualRehearsal *rehearsal,
									   const GradualRelation *relation,
									   const AlterTableCmd *command);

/* Before DROP COLUMN or DROP CONSTRAINT with ONLY: the children keep it as their own. */
extern void gradual_below_leave(GradualRehearsal *rehearsal, const GradualRelation *relation,
								const AlterTableCmd *command);

/*
 * Notes the names of the indexes and constraints that go with a column of a table
 * or clone: what takes them has to wait for the command.
 */
extern void gradual_below_free_names(GradualRehearsal *rehearsal, Oid table, const char *column);

#endif							/* GRADUAL_BELOW_H */
